"""Another party takes over the contract: by merger, split, transfer or inheritance (R39)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from lifecycle.machines.body import CustomerBody, Entering, Examples, PersonBody
from lifecycle.machines.check import AnyCase, Case, about_facts, at_entry
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import ChangedOn, not_in_future, on_its_own_day
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Day
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import start_of, tokyo_day
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.succession import succession


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(Facts):
    """ground: `merger`, `split`, `transfer` or `inheritance`. consented_on: the day of the company's consent to a
    transfer.
    """

    ground: str
    consented_on: date | None
    administrator_named: bool


@at_entry
@about_facts
def consent_not_in_future(case: AnyCase) -> Ruling | None:
    """R39: the consent has been given."""
    facts: Succeed = case.facts
    given = start_of(facts.consented_on) if facts.consented_on is not None else case.now
    return order.not_in_future("transfer_consent", given, case.now, case.terms())


def effect(contract: Contract, facts: Succeed, row: str) -> Changes:
    """People are personal data, which has a table of its own; nothing else of the contract changes."""
    return {"administrator_named": True} if facts.administrator_named else {}


def rulings(case: Case[Succeed], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """Why the contract passes to another party."""
    facts = case.facts
    return (succession(facts.ground, tokyo_day(case.at), facts.consented_on, case.terms()),)


class SucceedBody(ChangedOn):
    """Another party from a day. Without an administrator, the present one stays."""

    ground: Literal["merger", "split", "transfer", "inheritance"]
    consented_on: Day | None = None
    customer: CustomerBody
    administrator: PersonBody | None = None
    examples: ClassVar[Examples] = [
        {
            "on": "2022-04-01",
            "ground": "merger",
            "customer": {"name": "株式会社承継配信", "email": "keiyaku@example.com", "number": "C-2001"},
            "administrator": {"name": "高橋一郎", "email": "takahashi@example.com"},
            "reason": "Notified with an extract from the register.",
        },
        {
            "on": "2022-04-01",
            "ground": "transfer",
            "consented_on": "2022-03-28",
            "customer": {"name": "株式会社譲受配信"},
        },
    ]

    @model_validator(mode="after")
    def _consent_with_transfer(self) -> Self:
        if (self.ground == "transfer") != (self.consented_on is not None):
            raise ValueError(
                "consented_on goes with the ground transfer, and with it alone: a transfer needs the company's "
                "consent (Civil Code Art. 539-2)"
            )
        return self

    @property
    def people(self) -> dict[str, Any]:
        """The new party, and its administrator, if named."""
        people: dict[str, Any] = {"customer": self.customer.stored()}
        return people | {"administrator": self.administrator.stored()} if self.administrator else people

    def facts(self, entering: Entering) -> Succeed:
        """The ground and the consent."""
        named = self.administrator is not None
        return Succeed(ground=self.ground, consented_on=self.consented_on, administrator_named=named)


SUCCEED = Event(
    name="succeed",
    facts=Succeed,
    happened="changed",
    setting=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("succession"), consent_not_in_future),
    input=EventInput(
        body=SucceedBody,
        roles=OPERATOR,
        summary="Another party takes the contract over; fees and terms go on (R39).",
        people=lambda body: body.people,
    ),
)
