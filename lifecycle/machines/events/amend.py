"""The customer changes the application before its acceptance (Art. 7; R10, R22).

A wrongly typed application is corrected (R35), not amended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

from pydantic import model_validator

from lifecycle.machines.body import CustomerBody, Dated, Entering, Examples, Input, PersonBody
from lifecycle.machines.check import AnyCase
from lifecycle.machines.compared import OtherReferences
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import EITHER, Changes, Event, EventInput
from lifecycle.machines.events.apply_body import CustomDomainBody, certificate_needs_https
from lifecycle.machines.events.common import not_in_future, on_its_own_day
from lifecycle.machines.events.in_range import changed_in_range
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day, Instant, Reference, Text
from lifecycle.machines.names_of_services import ItemName, refuse_item_of_another_service
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import ITEMS
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.succession import application_amended

CLEARABLE = ("requested_billing_start_on", "administrator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend(Facts):
    """Only the changes. cleared: the names of removed details.

    delivery: changes of domain and HTTPS. people: the newly named of customer and administrator.
    """

    reference: str | None = absent()
    other_references: tuple[str, ...] | None = absent()
    item: str | None = absent()
    requested_billing_start_on: date | None = absent()
    laws_accepted: bool | None = absent()
    rights_cleared: bool | None = absent()
    delivery: Mapping[str, Any] | None = absent()
    people: tuple[str, ...] = absent(())
    cleared: tuple[str, ...] = absent(())


PLAIN = ("reference", "other_references", "item", "requested_billing_start_on", "laws_accepted", "rights_cleared")


def effect(contract: Contract, facts: Amend, row: str) -> Changes:
    """The amended application."""
    changes = {name: value for name in PLAIN if (value := getattr(facts, name)) is not None}
    if "requested_billing_start_on" in facts.cleared:
        changes["requested_billing_start_on"] = None
    if "administrator" in (*facts.cleared, *facts.people):
        changes["administrator_named"] = "administrator" in facts.people
    if facts.delivery is not None:
        delivery = {**(contract.delivery or {}), **facts.delivery}
        changes["delivery"] = delivery if delivery.get("https") else conditions.without_certificate(delivery)
    return changes


def rulings(case: AnyCase, after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The application was amended in time."""
    return (application_amended(tokyo_day(case.at), case.terms()),)


class AmendedDeclarationsBody(Input):
    """Changes of the declarations of Art. 3(3) and 3(4)."""

    laws_accepted: bool | None = None
    rights_cleared: bool | None = None


class AmendedDeliveryBody(Input):
    """Changes of domain and HTTPS; custom_domain null removes the domain."""

    custom_domain: CustomDomainBody | None = None
    https: bool | None = None
    certificate_obtained: bool | None = None
    certificate_expires_on: Day | None = None
    certificate_kind: Text | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        certificate_needs_https(self, self.https is not False)
        return self


class AmendBody(Dated):
    """Changes of the application by the customer, with the day; omitted fields stay."""

    DATED: ClassVar[str] = "amended"
    amended_on: Day | None = None
    amended_at: Instant | None = None
    reference: Reference | None = None
    other_references: OtherReferences | None = None
    customer: CustomerBody | None = None
    administrator: PersonBody | None = None
    item: ItemName | None = None
    requested_billing_start_on: Day | None = None
    declarations: AmendedDeclarationsBody | None = None
    delivery: AmendedDeliveryBody | None = None
    examples: ClassVar[Examples] = [
        {"item": ITEMS[0], "requested_billing_start_on": "2022-06-01", "reason": "The customer called."},
        {"amended_on": "2022-04-21", "declarations": {"rights_cleared": True}},
    ]

    @model_validator(mode="after")
    def _something(self) -> Self:
        given = set(self.model_fields_set) - {"reason", "accept_invalidated", "amended_on", "amended_at"}
        if not any(getattr(self, name) is not None or name in CLEARABLE for name in given):
            raise ValueError("names nothing that changes")
        return self

    @property
    def people(self) -> dict[str, Any] | None:
        """The newly named person, or None."""
        people: dict[str, Any] = {}
        if self.customer is not None:
            people["customer"] = self.customer.stored()
        if "administrator" in self.model_fields_set:
            people["administrator"] = self.administrator.stored() if self.administrator else None
        return people or None

    def facts(self, entering: Entering) -> Amend:
        """Only the changes. Raises Malformed for an item of another service."""
        if self.item is not None:
            refuse_item_of_another_service(self.item, entering.read().service)
        declared, delivery = self.declarations or AmendedDeclarationsBody(), self.delivery
        people = self.people or {}
        return Amend(
            reference=self.reference,
            other_references=None if self.other_references is None else tuple(self.other_references),
            item=self.item,
            requested_billing_start_on=self.requested_billing_start_on,
            laws_accepted=declared.laws_accepted,
            rights_cleared=declared.rights_cleared,
            delivery=None if delivery is None else _given(delivery),
            people=tuple(sorted(name for name, person in people.items() if person is not None)),
            cleared=tuple(n for n in CLEARABLE if n in self.model_fields_set and getattr(self, n) is None),
        )


def _given(delivery: AmendedDeliveryBody) -> dict[str, Any]:
    """The details of the delivery; null has a meaning only for the domain."""
    given = delivery.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name == "custom_domain"}


AMEND = Event(
    name="amend",
    facts=Amend,
    happened="amended",
    setting=True,
    rank=0,  # before an acceptance of the same day
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("amendment"), changed_in_range),
    input=EventInput(
        body=AmendBody,
        roles=EITHER,
        summary="The customer changes the application before its acceptance (R10, R22).",
        people=lambda body: body.people,
    ),
)
