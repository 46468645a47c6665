"""The billing start: the clock fires it (Art. 2, 7; R4, R16)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import due
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Changes, Clock, Event
from lifecycle.machines.events.common import Holder, start_rulings
from lifecycle.machines.facts import Facts

READS = (
    "service", "item", "planned_start_on", "billing_held", "billing_from", "billing_started", "notices",
    "billing_starts_on", "minimum_term_ends_on", "effective_on", "decided_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBilling(Facts):
    """billing_starts_on: S."""

    billing_starts_on: date


def effect(subject: Holder, facts: StartBilling, row: str) -> Changes:
    """Billing has started."""
    return {"billing_started": True}


def facts_of(dossier: Dossier, subject: Holder) -> StartBilling:
    """The billing start that is due."""
    assert subject.billing_starts_on is not None
    return StartBilling(billing_starts_on=subject.billing_starts_on)


START_BILLING = Event(
    name="start_billing",
    facts=StartBilling,
    effect=effect,
    rulings=start_rulings,
    governed_on=lambda case: case.facts.billing_starts_on,
    rules=(due("start_billing"),),
    clock=Clock(
        rank=4, facts=facts_of, cause=lambda subject, dossier, editions: subject.billing_from, reads=READS
    ),
)
