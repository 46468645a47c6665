"""A condition of Art. 3(1) is met: the domain, its DNS entry or the certificate (R28)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from lifecycle.machines.body import Dated, Entering, Examples
from lifecycle.machines.check import AnyCase, Case, on_the_line
from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future, on_its_own_day
from lifecycle.machines.events.in_range import met_in_range
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day, Instant, Text
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleCondition(Facts):
    """condition: `domain`, `dns` or `certificate`."""

    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetCondition(SettleCondition):
    """expires_on, certificate_kind: for the condition certificate, its last civil day and its kind."""

    expires_on: date | None = absent()
    certificate_kind: str | None = absent()


@on_the_line
def needs_open_condition(case: AnyCase) -> Ruling | None:
    """R28; if no condition is named, one must be open."""
    found_open = case.contract.open_conditions
    facts: SettleCondition | None = case.event_facts
    name = next(iter(found_open), "domain") if facts is None else facts.condition
    return conditions.needs_open_condition(name, name in found_open, case.terms())


def effect(contract: Contract, facts: MetCondition, row: str) -> Changes:
    """The condition is met; from the acceptance on, the expiry of the certificate is watched."""
    changes: dict[str, Any] = {"met": (*contract.met, facts.condition)}
    if facts.expires_on is not None:
        expiry = facts.expires_on.isoformat()
        changes["delivery"] = {**(contract.delivery or {}), "certificate_expires_on": expiry}
        if contract.accepted_on is not None:
            changes["certificate_expires_on"] = facts.expires_on
    return changes


def rulings(case: Case[SettleCondition], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """How the condition was settled, and which ones are still open."""
    name = case.facts.condition
    settled = conditions.condition_settled(name, name in after.waived, case.terms())
    return (settled, *open_conditions(after, case.editions))


ConditionName = Literal["domain", "dns", "certificate"]


class MeetConditionBody(Dated):
    """A condition of Art. 3(1) is met, with the day."""

    DATED: ClassVar[str] = "met"
    condition: ConditionName
    met_on: Day | None = None
    met_at: Instant | None = None
    expires_on: Day | None = None
    certificate_kind: Text | None = None
    examples: ClassVar[Examples] = [
        {"condition": "dns", "met_on": "2022-04-21", "reason": "The customer's name server answers."},
        {"condition": "certificate", "met_on": "2022-04-21", "expires_on": "2023-04-20"},
    ]

    @model_validator(mode="after")
    def _only_certificates_expire(self) -> Self:
        if self.condition != "certificate":
            for name in ("expires_on", "certificate_kind"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} goes with the condition certificate only")
        return self

    def facts(self, entering: Entering) -> MetCondition:
        """The condition, and the certificate's last day."""
        return MetCondition(
            condition=self.condition, expires_on=self.expires_on, certificate_kind=self.certificate_kind
        )


MEET_CONDITION = Event(
    name="meet_condition",
    facts=MetCondition,
    happened="met",
    settles=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("fulfilment"), needs_open_condition, met_in_range),
    input=EventInput(body=MeetConditionBody, roles=OPERATOR, summary="A condition of Art. 3(1) is met (R28)."),
)
