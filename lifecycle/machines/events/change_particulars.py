"""The customer has another name, address, e-mail, phone, kana or number; the party stays the same (R39)."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import model_validator

from lifecycle.machines.body import CustomerBody, Entering, Examples
from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import EITHER, Event, EventInput
from lifecycle.machines.events.common import ChangedOn, not_in_future, on_its_own_day
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Name
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.succession import particulars_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeParticulars(Facts):
    """changed: the names of the particulars, never their values."""

    changed: tuple[str, ...]


def rulings(case: AnyCase, after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The change is recorded."""
    return (particulars_changed(tokyo_day(case.at), case.terms()),)


class ParticularsBody(CustomerBody):
    """Changes of a customer's particulars; null removes a value, omitted fields stay."""

    name: Name | None = None  # type: ignore[assignment]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("names nothing that changes")
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("a customer has a name")
        return self

    def stored(self) -> dict[str, Any]:
        """The stored changes."""
        return self.model_dump(mode="json", exclude_unset=True)


class ChangeParticularsBody(ChangedOn):
    """Changes of the customer's particulars from a day; only what changes."""

    customer: ParticularsBody
    examples: ClassVar[Examples] = [
        {"on": "2022-04-20", "customer": {"address": "東京都千代田区富士見2-10-2", "phone": "03-0000-0000"}}
    ]

    def facts(self, entering: Entering) -> ChangeParticulars:
        """The names of the changed particulars."""
        return ChangeParticulars(changed=tuple(sorted(self.customer.model_fields_set)))


CHANGE_PARTICULARS = Event(
    name="change_particulars",
    facts=ChangeParticulars,
    happened="changed",
    setting=True,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("particulars"),),
    input=EventInput(
        body=ChangeParticularsBody,
        roles=EITHER,
        summary="The customer has another name, address, e-mail, phone, kana or number from a day on (R39).",
        people=lambda body: {"customer": body.customer.stored()},
    ),
)
