"""A contract that runs already, as a file of an existing book describes it (R41)."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from lifecycle.machines.body import CustomerBody, Input, PersonBody
from lifecycle.machines.compared import OtherReferences
from lifecycle.machines.events.apply_body import certificate_needs_https
from lifecycle.machines.events.record_usage import month_named
from lifecycle.machines.field_types import Day, DomainName, LongText, Reference, Text, Yen
from lifecycle.machines.names_of_services import ItemName
from lifecycle.terms.editions import service_of_item

MOST_ITEMS = 100
LONGEST = 95  # signs of a reference to which the number of an item change is added
MonthName = Annotated[str, BeforeValidator(month_named)]


class RunningNoticeBody(Input):
    """A valid cancellation notice."""

    arrived_on: Day
    chosen_on: Day | None = None


class RunningOptionBody(Input):
    """The DRM option of a running contract. Days that are left out are the contract's."""

    reference: Reference
    received_on: Day | None = None
    accepted_on: Day | None = None
    billing_starts_on: Day | None = None
    initial_fee_yen: Yen
    monthly_fee_yen: Yen
    notice: RunningNoticeBody | None = None


class ItemPeriodBody(Input):
    """An item of the past or the present, and its first day."""

    item: ItemName
    from_on: Day


class RunningDomainBody(Input):
    """A domain of the customer's own. A contract in billing has met its conditions (Art. 3(1), R28)."""

    name: DomainName
    acquired: bool = True
    dns_registered: bool = True


class RunningDeliveryBody(Input):
    """Domain and HTTPS."""

    custom_domain: RunningDomainBody | None = None
    https: bool = False
    certificate_obtained: bool | None = None
    certificate_expires_on: Day | None = None
    certificate_kind: Text | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        certificate_needs_https(self, self.https)
        return self


class RunningContractBody(Input):
    """A running contract with its legal days.

    item: the one in force. items: all of them with their first days, oldest first, where it has changed; the
    first one begins on the day of acceptance or of billing start. received_on: by default the day of acceptance.
    billed_until: the last month that was billed elsewhere.
    """

    reference: Reference
    other_references: OtherReferences = Field(default_factory=list)
    received_on: Day | None = None
    accepted_on: Day
    billing_starts_on: Day
    billed_until: MonthName | None = None
    customer: CustomerBody
    administrator: PersonBody | None = None
    item: ItemName
    items: list[ItemPeriodBody] = Field(default_factory=list, max_length=MOST_ITEMS)
    laws_accepted: bool = True
    rights_cleared: bool = True
    delivery: RunningDeliveryBody = Field(default_factory=RunningDeliveryBody)
    option: RunningOptionBody | None = None
    notice: RunningNoticeBody | None = None
    reason: LongText | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if len({service_of_item(item) for item in (self.item, *(period.item for period in self.items))}) > 1:
            raise ValueError("the items are of different services")
        days = [period.from_on for period in self.items]
        if days != sorted(set(days)):
            raise ValueError("the days of the items are not in order")
        if self.items and self.items[-1].item != self.item:
            raise ValueError("the last item is not the item in force")
        if self.items and days[0] not in (self.accepted_on, self.billing_starts_on):
            raise ValueError("the first item begins neither on the day of acceptance nor on that of billing start")
        if self.option and (self.option.received_on or self.accepted_on) < (self.received_on or self.accepted_on):
            raise ValueError("the option was applied for before the contract")
        if len(self.items) > 1 and len(self.reference) > LONGEST:
            raise ValueError(f"the reference of a contract whose item changed has at most {LONGEST} signs")
        return self

    @property
    def first_item(self) -> ItemName:
        """The item that was accepted."""
        return self.items[0].item if self.items else self.item
