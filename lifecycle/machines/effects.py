"""What each event changes in the facts, and which rulings it brings with it. Pure; replay uses the same.

An effect takes the dossier, the subject, the event's given facts and the id of the history row that is
being written; it returns the subject changed. Derived days are settled afterwards (settle.py).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from lifecycle.machines.facts import Contract, Holder, Misuse, Notice, Option
from lifecycle.terms.calendar import TOKYO

Given = Mapping[str, Any]
Effect = Callable[[Any, Given, str], Any]


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
    moved = subject.but(planned_start_on=given["billing_starts_on"], billing_from=row)
    return moved.but(billing_held=False) if isinstance(moved, Contract) else moved


def notify_cancellation(subject: Holder, given: Given, row: str) -> Holder:
    """Adds a notice; the ones before it stand (R12)."""
    notice = Notice(row, given["arrived_on"], given["chosen_on"], given["keyed_on"])
    return subject.but(notices=(*subject.notices, notice))


def revoke_cancellation(subject: Holder, given: Given, row: str) -> Holder:
    """Marks one notice, or all, as taken back (R13)."""
    wanted, notices = given["notice"], subject.notices
    if wanted is None:
        return subject.but(notices=tuple([n if n.revoked else _taken_back(n) for n in notices]))
    if notices and notices[-1].id == wanted:  # most often
        return subject.but(notices=(*notices[:-1], _taken_back(notices[-1])))
    return subject.but(notices=tuple([_taken_back(n) if n.id == wanted else n for n in notices]))


def _taken_back(notice: Notice) -> Notice:
    return Notice(notice.id, notice.arrived_on, notice.chosen_on, notice.keyed_on, True, notice.by)


def meet_condition(subject: Contract, given: Given, row: str) -> Contract:
    """A condition of Art. 3(1) is met."""
    return subject.but(met=(*subject.met, given["condition"]))


def waive_condition(subject: Contract, given: Given, row: str) -> Contract:
    """The operator waives a condition."""
    return subject.but(waived=(*subject.waived, given["condition"]))


def hold_billing(subject: Contract, given: Given, row: str) -> Contract:
    """The agreed start has come with a condition open; only the operator sets another (R28)."""
    return subject.but(billing_held=True)


def end_by_company(subject: Contract, given: Given, row: str) -> Contract:
    """The company's own end stands like a notice, without a notice period (R31)."""
    end = Notice(row, given["keyed_on"], given["ends_on"], given["keyed_on"], by="company")
    return subject.but(notices=(*subject.notices, end))


def change_administrator(subject: Contract, given: Given, row: str) -> Contract:
    """There is an administrator; who it is, is personal data and stands elsewhere (R29)."""
    return subject.but(administrator_named=True)


def report_misuse(subject: Contract, given: Given, row: str) -> Contract:
    """A report of misuse with the instruction given (R29)."""
    return subject.but(misuse=(*subject.misuse, Misuse(row, given["found_at"], given["instruction"])))


def follow_up_misuse(subject: Contract, given: Given, row: str) -> Contract:
    """What was done about a report."""
    reports, wanted = subject.misuse, given["report"]
    for place in range(len(reports) - 1, -1, -1):  # mostly a late one
        if (found := reports[place]).id == wanted:
            done = Misuse(found.id, found.found_at, found.instruction, given["follow_up"])
            return subject.but(misuse=(*reports[:place], done, *reports[place + 1 :]))
    return subject  # as of a moment, the report may lie outside of what is looked at


def change_item(subject: Contract, given: Given, row: str) -> Contract:
    """The item from that day on."""
    return subject.but(item=given["item"])


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


HOLDER: Mapping[str, Effect] = {
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
CONTRACT: Mapping[str, Effect] = {
    **HOLDER,
    "meet_condition": meet_condition,
    "waive_condition": waive_condition,
    "hold_billing": hold_billing,
    "end_by_company": end_by_company,
    "change_administrator": change_administrator,
    "report_misuse": report_misuse,
    "follow_up_misuse": follow_up_misuse,
    "change_item": change_item,
}


def holder_given_of_clock(subject: Holder, event: str) -> dict[str, Any]:
    """The facts of a contract's or option's timer, taken from the subject itself."""
    if event == "terminate":
        known = vars(subject)
        final = {name: known[name] for name in _FINAL_DAYS if name in known}
        return {"terminated_on": subject.effective_on, **final}
    if event == "start_billing":
        return {"billing_starts_on": subject.billing_starts_on}
    if event == "hold_billing" and isinstance(subject, Contract):
        return {"billing_starts_on": subject.billing_starts_on, "conditions": list(subject.open_conditions)}
    return {}


_DAYS = frozenset(
    (
        "accepted_on", "arrived_on", "billing_starts_on", "chosen_on", "effective_on", "ends_on", "keyed_on",
        "claimable_on", "last_claim_on", "minimum_term_ends_on", "received_on", "requested_billing_start_on",
        "terminated_on",
    )
)  # fmt: skip
_FINAL_DAYS = ("decided_by", "billing_starts_on", "minimum_term_ends_on", "minimum_term_cut_days")
_INSTANTS = frozenset(
    ("claimed_at", "ends_at", "erased_at", "known_at", "lifted_at", "recovered_at", "since", "starts_at")
)
_READ: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_DAYS, date.fromisoformat),
    **dict.fromkeys(_INSTANTS, datetime.fromisoformat),
}


def facts_of(given: Given) -> dict[str, Any]:
    """The given facts as the history keeps them: days and instants as ISO text; `at` is the row's own column."""
    return {name: _text(value) for name, value in given.items() if name != "at"}


def given_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The given facts back from a history row."""
    return {
        name: value if value is None or (read := _READ.get(name)) is None else read(value)
        for name, value in facts.items()
    }


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(TOKYO).isoformat()
    return value.isoformat() if isinstance(value, date) else value
