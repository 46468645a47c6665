"""What each event changes in the facts, and which rulings it brings with it. Pure; replay uses the same.

An effect takes the subject, the event's given facts and the id of the history row that is being written; it
returns the fields that change. Derived days are settled afterwards (settle.py).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from lifecycle.machines.dossier import Contract, Holder, Misuse, Notice, Option
from lifecycle.terms.calendar import TOKYO

Given = Mapping[str, Any]
Changes = Mapping[str, Any]  # fields of the subject with their new values
Effect = Callable[[Any, Given, str], Changes]


def accept(subject: Holder, given: Given, row: str) -> Changes:
    """Records the acceptance and the agreed billing start, for an option also its quoted fees."""
    agreed = {
        "accepted_on": given["accepted_on"],
        "planned_start_on": given["billing_starts_on"],
        "billing_from": row,
    }
    fees = _FEES if isinstance(subject, Option) else ()
    return agreed | {name: given[name] for name in fees}


def reschedule_billing(subject: Holder, given: Given, row: str) -> Changes:
    """Moves the agreed billing start."""
    moved = {"planned_start_on": given["billing_starts_on"], "billing_from": row}
    return moved | {"billing_held": False} if isinstance(subject, Contract) else moved


def notify_cancellation(subject: Holder, given: Given, row: str) -> Changes:
    """Adds a notice; the ones before it stand (R12)."""
    notice = Notice(row, given["arrived_on"], given["chosen_on"], given["keyed_on"])
    return {"notices": (*subject.notices, notice)}


def revoke_cancellation(subject: Holder, given: Given, row: str) -> Changes:
    """Marks one notice, or all, as taken back (R13)."""
    wanted, notices = given["notice"], subject.notices
    if wanted is None:
        return {"notices": tuple([n if n.revoked else _taken_back(n) for n in notices])}
    if notices and notices[-1].id == wanted:  # most often
        return {"notices": (*notices[:-1], _taken_back(notices[-1]))}
    return {"notices": tuple([_taken_back(n) if n.id == wanted else n for n in notices])}


def _taken_back(notice: Notice) -> Notice:
    return Notice(notice.id, notice.arrived_on, notice.chosen_on, notice.keyed_on, True, notice.by)


def meet_condition(subject: Contract, given: Given, row: str) -> Changes:
    """A condition of Art. 3(1) is met."""
    return {"met": (*subject.met, given["condition"])}


def waive_condition(subject: Contract, given: Given, row: str) -> Changes:
    """The operator waives a condition."""
    return {"waived": (*subject.waived, given["condition"])}


def hold_billing(subject: Contract, given: Given, row: str) -> Changes:
    """The agreed start has come with a condition open; only the operator sets another (R28)."""
    return {"billing_held": True}


def end_by_company(subject: Contract, given: Given, row: str) -> Changes:
    """The company's own end stands like a notice, without a notice period (R31)."""
    end = Notice(row, given["keyed_on"], given["ends_on"], given["keyed_on"], by="company")
    return {"notices": (*subject.notices, end)}


def change_administrator(subject: Contract, given: Given, row: str) -> Changes:
    """There is an administrator; who it is, is personal data and stands elsewhere (R29)."""
    return {"administrator_named": True}


def report_misuse(subject: Contract, given: Given, row: str) -> Changes:
    """A report of misuse with the instruction given (R29)."""
    return {"misuse": (*subject.misuse, Misuse(row, given["found_at"], given["instruction"]))}


def follow_up_misuse(subject: Contract, given: Given, row: str) -> Changes:
    """What was done about a report."""
    reports, wanted = subject.misuse, given["report"]
    for place in range(len(reports) - 1, -1, -1):  # mostly a late one
        if (found := reports[place]).id == wanted:
            done = Misuse(found.id, found.found_at, found.instruction, given["follow_up"])
            return {"misuse": (*reports[:place], done, *reports[place + 1 :])}
    return {}  # as of a moment, the report may lie outside of what is looked at


def change_item(subject: Contract, given: Given, row: str) -> Changes:
    """The item from that day on."""
    return {"item": given["item"]}


def start_billing(subject: Holder, given: Given, row: str) -> Changes:
    """Billing has begun."""
    return {"billing_started": True}


def terminate(subject: Holder, given: Given, row: str) -> Changes:
    """The last day in force is over: the derived days stay as they then were, also when replayed."""
    final = {name: given[name] for name in _FINAL_DAYS if name in given}
    return {"terminated_on": given["terminated_on"], "effective_on": given["terminated_on"]} | final


def unchanged(subject: Any, given: Given, row: str) -> Changes:
    """The event changes the state alone."""
    return {}


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
_FEES = ("initial_fee_yen", "monthly_fee_yen")
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
