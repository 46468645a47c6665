"""The clock and a credit: it becomes claimable, is credited, lapses or is refused (Art. 8, R25 to R27)."""

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.machines.check import AnyCase, due
from lifecycle.machines.derive_credit import CreditOutcome, counted_part, outcome
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Changes, Clock, Event, Rulings, no_changes
from lifecycle.machines.events import open_credit
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Credit
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Editions


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDue(Facts):
    """The result of the outage at that instant. since: the start of the part that counts. amount_yen: in whole
    yen.
    """

    since: datetime | None = None
    units: int = 0
    amount_yen: int = 0
    claimable_on: date | None = None
    last_claim_on: date | None = None


def facts_of(dossier: Dossier, credit: Credit) -> CreditDue:
    """As counted up to the instant of the timer."""
    assert credit.due_at is not None
    return due_facts(outcome(credit, dossier, credit.due_at))


def due_facts(found: CreditOutcome) -> CreditDue:
    """The facts of a timer, from the result of the outage by its instant."""
    return CreditDue(
        since=found.part.since if found.part else None,
        units=found.units,
        amount_yen=found.amount_yen,
        claimable_on=found.claimable_on,
        last_claim_on=found.last_claim_on,
    )


def keep(credit: Credit, facts: CreditDue, row: str) -> Changes:
    """Keep the result, in a replay too."""
    return {
        "since": facts.since,
        "units": facts.units,
        "amount_yen": facts.amount_yen,
        "claimable_on": facts.claimable_on,
        "last_claim_on": facts.last_claim_on,
    }


def cause(credit: Credit, dossier: Dossier, editions: Editions) -> str | None:
    """The claim, or the outage's first row."""
    return credit.claimed_from or of_outage(credit, dossier, editions)


def of_outage(credit: Credit, dossier: Dossier, editions: Editions) -> str | None:
    """The outage's first row: whether and when the credit can be claimed does not depend on a claim."""
    return f"{credit.outage_id}.1"


def refused(case: AnyCase, after: Credit, dossier: Dossier) -> Rulings:
    """Why there is no credit."""
    terms = case.editions.on(tokyo_day(after.known_at))
    part = counted_part(after, dossier)
    return (art8.not_attributable(terms) if after.attributable is False else art8.too_short(part, terms),)


CLOCK = Clock(rank=5, facts=facts_of, cause=cause)
BECOME_CLAIMABLE = Event(
    name="become_claimable",
    facts=CreditDue,
    effect=no_changes,
    rulings=open_credit.rulings,
    governed_on=open_credit.known_on,
    rules=(due("become_claimable"),),
    clock=Clock(rank=5, facts=facts_of, cause=of_outage),
)
CREDIT = Event(
    name="credit",
    facts=CreditDue,
    effect=keep,
    rulings=open_credit.rulings,
    governed_on=open_credit.known_on,
    rules=(due("credit"),),
    clock=CLOCK,
)
LAPSE_CREDIT = Event(
    name="lapse",
    facts=CreditDue,
    effect=no_changes,
    rulings=open_credit.rulings,
    governed_on=open_credit.known_on,
    rules=(due("lapse"),),
    clock=CLOCK,
)
REFUSE_CREDIT = Event(
    name="refuse",
    facts=CreditDue,
    effect=keep,
    rulings=refused,
    governed_on=open_credit.known_on,
    rules=(due("refuse"),),
    clock=CLOCK,
)
