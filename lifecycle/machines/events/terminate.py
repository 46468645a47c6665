"""The last day in force has passed: the clock ends a contract or an option (Art. 6, 5(5); R3, R18)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import AnyCase, due
from lifecycle.machines.derive import ending_of
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.event import Changes, Clock, Event
from lifecycle.machines.events.common import Holder, deciding_arrival
from lifecycle.machines.facts import Facts
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling

READS = (
    "service", "planned_start_on", "billing_held", "notices", "billing_starts_on", "minimum_term_ends_on",
    "effective_on", "decided_by", "terminated_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateContract(Facts):
    """terminated_on: the last day in force. The other days are the derived ones at that instant."""

    terminated_on: date
    decided_by: str | None = None
    billing_starts_on: date | None = None
    minimum_term_ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateOption(TerminateContract):
    """minimum_term_cut_days: days that the contract's end cuts off the option's own minimum term (R18)."""

    minimum_term_cut_days: int = 0


def effect(subject: Holder, facts: TerminateContract, row: str) -> Changes:
    """The derived days remain as they are at this instant, in a replay too."""
    end: dict[str, object] = {"terminated_on": facts.terminated_on, "effective_on": facts.terminated_on}
    if facts.decided_by is None:  # a row of a version that did not record the other days
        return end
    return end | {
        "decided_by": facts.decided_by,
        "billing_starts_on": facts.billing_starts_on,
        "minimum_term_ends_on": facts.minimum_term_ends_on,
    }


def option_effect(option: Option, facts: TerminateOption, row: str) -> Changes:
    """As for a contract, with the days that are cut off."""
    return {**effect(option, facts, row), "minimum_term_cut_days": facts.minimum_term_cut_days}


def rulings(case: AnyCase, after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """Why it ends on that day."""
    end = ending_of(case.subject, case.contract, case.editions)
    assert end is not None
    return end.rulings


def facts_of(dossier: Dossier, contract: Contract) -> TerminateContract:
    """The derived days."""
    assert contract.effective_on is not None
    return TerminateContract(
        terminated_on=contract.effective_on,
        decided_by=contract.decided_by,
        billing_starts_on=contract.billing_starts_on,
        minimum_term_ends_on=contract.minimum_term_ends_on,
    )


def option_facts_of(dossier: Dossier, option: Option) -> TerminateOption:
    """The derived days."""
    assert option.effective_on is not None
    return TerminateOption(
        terminated_on=option.effective_on,
        decided_by=option.decided_by,
        billing_starts_on=option.billing_starts_on,
        minimum_term_ends_on=option.minimum_term_ends_on,
        minimum_term_cut_days=option.minimum_term_cut_days,
    )


def cause(subject: Holder, dossier: Dossier, editions: Editions) -> str | None:
    """The notice that decides the end."""
    end = ending_of(subject, dossier.contract, editions)
    return end.notice if end else None


TERMINATE = Event(
    name="terminate",
    facts=TerminateContract,
    effect=effect,
    rulings=rulings,
    governed_on=deciding_arrival,
    rules=(due("terminate"),),
    clock=Clock(rank=2, facts=facts_of, cause=cause, reads=READS),
)
TERMINATE_OPTION = Event(
    name="terminate",
    facts=TerminateOption,
    effect=option_effect,
    rulings=rulings,
    governed_on=deciding_arrival,
    rules=(due("terminate"),),
    clock=Clock(rank=1, facts=option_facts_of, cause=cause),
)
