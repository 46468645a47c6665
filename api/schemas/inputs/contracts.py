"""What the interface takes in about contracts and their options, and about a sandbox's clock."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.inputs.fields import (
    Day,
    DomainName,
    Email,
    Input,
    Instant,
    ItemName,
    Name,
    NeedsReason,
    NoticeId,
    Reasoned,
    Reference,
    Yen,
    one_of,
)
from lifecycle.commands.context import When


class Received(Input):
    """When an application was received: a day or an instant, neither = now."""

    received_on: Day | None = None
    received_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "received_on", "received_at")
        return self

    @property
    def received(self) -> When:
        """The day or instant given."""
        return When(self.received_on, self.received_at)


class Person(Input):
    """Name and address of a customer or an administrator."""

    name: Name
    email: Email | None = None


class Declarations(Input):
    """Art. 3(3) and 3(4)."""

    laws_accepted: bool = False
    rights_cleared: bool = False


class CustomDomain(Input):
    """Art. 3(1)(1) and (2): a domain of the customer's own."""

    name: DomainName
    acquired: bool = False
    dns_registered: bool = False


class Delivery(Input):
    """How the service is reached. certificate_obtained goes with https (Art. 3(1)(3))."""

    custom_domain: CustomDomain | None = None
    https: bool = False
    certificate_obtained: bool | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        if self.certificate_obtained is not None and not self.https:
            raise ValueError("certificate_obtained goes with https: true only")
        return self


class OptionWished(Input):
    """An option applied for together with the contract."""

    kind: Literal["drm"]
    reference: Reference


class ContractApplication(Received):
    """An application for a contract."""

    reference: Reference
    customer: Person
    administrator: Person | None = None
    item: ItemName
    requested_billing_start_on: Day | None = None
    declarations: Declarations = Declarations()
    delivery: Delivery = Delivery()
    options: Annotated[list[OptionWished], Field(max_length=1)] = []  # noqa: RUF012  each model gets its own copy


class OptionApplication(Received):
    """An application for an option of a contract."""

    kind: Literal["drm"]
    reference: Reference


class Accepted(Reasoned):
    """When an application was accepted: a day or an instant, neither = now."""

    accepted_on: Day | None = None
    accepted_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "accepted_on", "accepted_at")
        return self

    @property
    def accepted(self) -> When:
        """The day or instant given."""
        return When(self.accepted_on, self.accepted_at)


class AcceptContract(Accepted):
    """Acceptance of a contract; billing starts as requested where no other day is named."""

    billing_starts_on: Day | None = None


class AcceptOption(Accepted):
    """Acceptance of an option, with the fees quoted to the customer in yen (R21)."""

    billing_starts_on: Day
    initial_fee_yen: Yen
    monthly_fee_yen: Yen


class RescheduleBilling(Reasoned):
    """Another billing start."""

    billing_starts_on: Day


class NotifyCancellation(Reasoned):
    """A cancellation notice: when it arrived, and the day it chooses, if any."""

    arrived_on: Day | None = None
    arrived_at: Instant | None = None
    chosen_on: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "arrived_on", "arrived_at")
        return self

    @property
    def arrived(self) -> When:
        """The day or instant given."""
        return When(self.arrived_on, self.arrived_at)


class RevokeCancellation(NeedsReason):
    """Taking a notice back, or all of them."""

    notice: NoticeId | None = None


class MoveClock(Input):
    """A sandbox's time to come."""

    now: Instant
