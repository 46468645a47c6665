"""What each event changes in the facts, and which rulings it brings with it. Pure; replay uses the same.

An effect takes the dossier, the subject, the event's given facts and the id of the history row that is
being written; it returns the subject changed. Derived days are settled afterwards (settle.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from lifecycle.machines.facts import Contract, Notice, Option

Given = Mapping[str, Any]
Holder = Contract | Option
Effect = Callable[[Holder, Given, str], Holder]


def accept(subject: Holder, given: Given, row: str) -> Holder:
    """Records the acceptance and the agreed billing start, for an option also its quoted fees."""
    accepted = subject.but(
        accepted_on=given["accepted_on"],
        planned_start_on=given["billing_starts_on"],
        billing_from=row,
    )
    if isinstance(accepted, Option):
        return accepted.but(
            initial_fee_yen=given["initial_fee_yen"],
            monthly_fee_yen=given["monthly_fee_yen"],
        )
    return accepted


def reschedule_billing(subject: Holder, given: Given, row: str) -> Holder:
    """Moves the agreed billing start."""
    return subject.but(planned_start_on=given["billing_starts_on"], billing_from=row)


def notify_cancellation(subject: Holder, given: Given, row: str) -> Holder:
    """Adds a notice; the ones before it stand (R12)."""
    notice = Notice(row, given["arrived_on"], given["chosen_on"], given["keyed_on"])
    return subject.but(notices=(*subject.notices, notice))


def revoke_cancellation(subject: Holder, given: Given, row: str) -> Holder:
    """Marks one notice, or all, as taken back (R13)."""
    wanted = given["notice"]
    notices = tuple(replace(n, revoked=True) if wanted is None or n.id == wanted else n for n in subject.notices)
    return subject.but(notices=notices)


def start_billing(subject: Holder, given: Given, row: str) -> Holder:
    """Billing has begun."""
    return subject.but(billing_started=True)


def terminate(subject: Holder, given: Given, row: str) -> Holder:
    """The last day in force is over: the derived days stay as they then were, also when replayed."""
    return subject.but(
        terminated_on=given["terminated_on"], effective_on=given["terminated_on"],
        **{name: given[name] for name in _FINAL_DAYS if name in given},
    )  # fmt: skip


def unchanged(subject: Holder, given: Given, row: str) -> Holder:
    """The event changes the state alone."""
    return subject


EFFECTS: Mapping[str, Effect] = {
    "apply": unchanged,
    "accept": accept,
    "reject": unchanged,
    "withdraw": unchanged,
    "reschedule_billing": reschedule_billing,
    "notify_cancellation": notify_cancellation,
    "revoke_cancellation": revoke_cancellation,
    "start_billing": start_billing,
    "terminate": terminate,
}


def given_of_clock(subject: Holder, event: str) -> dict[str, Any]:
    """The facts of a timer's event, taken from the subject itself."""
    if event == "terminate":
        final = {name: getattr(subject, name) for name in _FINAL_DAYS if hasattr(subject, name)}
        return {"terminated_on": subject.effective_on, **final}
    if event == "start_billing":
        return {"billing_starts_on": subject.billing_starts_on}
    return {}


_DAYS = frozenset(
    ("accepted_on", "billing_starts_on", "arrived_on", "chosen_on", "keyed_on", "terminated_on", "received_on",
     "minimum_term_ends_on")
)  # fmt: skip
_FINAL_DAYS = ("decided_by", "billing_starts_on", "minimum_term_ends_on", "minimum_term_cut_days")


def facts_of(given: Given) -> dict[str, Any]:
    """The given facts as the history keeps them: days as ISO text, instants left to the row's own columns."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in given.items()
        if name != "at"
    }


def given_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The given facts back from a history row."""
    return {
        name: date.fromisoformat(value) if name in _DAYS and value is not None else value
        for name, value in facts.items()
    }
