"""Whether an entry holds at its place, and what it then adds to the line (R10 to R14, R17, R22, R28 to R34, R37).

Judged here is what the law asks of the fact, not how it is entered: whether an entry comes late, needs a reason or
names a day to come is a question of the desk.
"""

from datetime import datetime
from typing import NamedTuple

from tests.oracle.days import civil
from tests.oracle.entries import Entry
from tests.oracle.line import Change, Holder, Line, Measure

IN_FORCE_STATES = ("accepted", "billing", "cancel_notified")
LIVE = ("applied", *IN_FORCE_STATES)


class Verdict(NamedTuple):
    """in_force; invalidated: it does not hold here, and would count again elsewhere; moot: without effect."""

    effect: str
    why: str = ""


HOLDS = Verdict("in_force")


def admit(line: Line, entry: Entry, at: datetime) -> Verdict:
    """Judges the entry and, where it holds, adds it."""
    if entry.kind == "contract":
        return _contract(line, entry, at)
    if line.contract.opened is None:
        return _falls("no_contract")
    if entry.kind == "option":
        return _option(line, entry, at)
    return _item_change(line, entry, at) if entry.kind == "item_change" else _measure(line, entry, at)


def _falls(why: str) -> Verdict:
    return Verdict("invalidated", why)


def _contract(line: Line, entry: Entry, at: datetime) -> Verdict:
    holder, event, facts = line.contract, entry.event, entry.facts
    state = line.state(holder, at)
    if event == "apply":
        if state is not None:
            return _falls("applied_once")
        holder.opened, line.application = entry, dict(facts)
        line.people.append(entry)
        return HOLDS
    if event == "amend":
        if state != "applied":
            return _falls(f"not_in_{state}")
        line.application |= facts
        line.people.append(entry)
        return HOLDS
    if event in ("meet_condition", "waive_condition", "report_misuse"):
        return HOLDS if state in LIVE else _falls(f"not_in_{state}")
    if event in ("change_administrator", "change_particulars", "succeed"):
        if state not in (IN_FORCE_STATES if event == "succeed" else LIVE):  # R39: a contract is passed on
            return _falls(f"not_in_{state}")
        line.people.append(entry)
        return HOLDS
    if event == "end_by_agreement":
        return _agreed_end(line, entry, state)
    verdict = _holder(line, holder, entry, at)
    if verdict == HOLDS and event in ("reject", "withdraw"):
        parts: list[Holder | Change] = [*line.options.values(), *line.changes.values()]
        for part in parts:  # what was asked for with it falls with it
            if part.accepted is None and part.closed is None:
                part.closed = entry
    return verdict


def _option(line: Line, entry: Entry, at: datetime) -> Verdict:
    option = line.options.get(entry.subject)
    base = line.state(line.contract, at)
    if entry.event == "apply":
        if base not in LIVE:
            return _falls(f"contract_{base}")
        if any(line.state(other, at) in LIVE for other in line.options.values()):
            return _falls("only_one_option")
        line.options[entry.subject] = Holder(entry.subject, opened=entry)
        return HOLDS
    if option is None:
        return _falls("no_application")
    if entry.event == "accept" and base not in IN_FORCE_STATES:
        return _falls(f"contract_{base}")
    if entry.event == "change_fees":
        state = line.state(option, at)
        if state not in IN_FORCE_STATES:
            return Verdict("moot", "after_the_end") if state == "terminated" else _falls(f"not_in_{state}")
        option.fees.append(entry)
        return HOLDS
    return _holder(line, option, entry, at)


def _holder(line: Line, holder: Holder, entry: Entry, at: datetime) -> Verdict:
    """The events that contract and option share."""
    state, event, facts = line.state(holder, at), entry.event, entry.facts
    if event == "reschedule_billing" and holder.moves and holder.moves[-1].agreed > entry.agreed:
        return Verdict("moot", "overtaken")  # by a newer agreement that reaches further back
    if event == "notify_cancellation" and state == "terminated":
        return Verdict("moot", "after_the_end")  # R37
    allowed = {
        "accept": ("applied",),
        "reject": ("applied",),
        "withdraw": ("applied",),
        "reschedule_billing": IN_FORCE_STATES,
        "notify_cancellation": IN_FORCE_STATES,
        "end_by_company": IN_FORCE_STATES,
        "revoke_cancellation": ("cancel_notified",),
    }[event]
    if state not in allowed:
        withdraws = event == "notify_cancellation" and state == "applied"  # R10
        return _falls("notice_needs_a_contract" if withdraws else f"not_in_{state}")
    if event == "accept":
        return _accept(line, holder, entry)
    if event in ("reject", "withdraw"):
        holder.closed = entry
        return HOLDS
    if event == "revoke_cancellation":
        if facts["notice"] not in {notice.id for notice in holder.standing}:
            return _falls("notice_stands")  # R13
        holder.revoked.add(facts["notice"])
        return HOLDS
    accepted = holder.accepted
    assert accepted is not None
    if event == "reschedule_billing":
        if line.begun(holder, at):
            return _falls("billing_not_begun")  # R33
        if facts["billing_starts_on"] < civil(accepted.when):
            return _falls("accepted_before_billing_start")  # R34
        holder.moves.append(entry)
        return HOLDS
    if event == "end_by_company" and facts["ends_on"] < max(civil(accepted.when), civil(entry.when)):
        return _falls("company_end_to_come")  # R31: the company cannot declare a day that is over
    holder.notices.append(entry)
    return HOLDS


def _accept(line: Line, holder: Holder, entry: Entry) -> Verdict:
    if holder is line.contract:
        declared = line.application.get("declarations") or {}
        if not declared.get("laws_accepted") or not declared.get("rights_cleared"):
            return _falls("declarations")  # Art. 3(3), 3(4)
        if not any(person.facts.get("administrator") for person in line.people):
            return _falls("administrator")  # Art. 4(1)
    elif entry.facts.get("initial_fee_yen") is None or entry.facts.get("monthly_fee_yen") is None:
        return _falls("fees_quoted")  # R21
    if entry.facts["billing_starts_on"] < civil(entry.when):
        return _falls("accepted_before_billing_start")  # R34
    holder.accepted = entry
    return HOLDS


def _agreed_end(line: Line, entry: Entry, state: str | None) -> Verdict:
    """R38: any day from the acceptance on, the past included."""
    if state not in IN_FORCE_STATES:
        return _falls(f"not_in_{state}")
    accepted = line.contract.accepted
    assert accepted is not None
    if entry.facts["ends_on"] < civil(accepted.when):
        return _falls("end_after_acceptance")
    line.contract.agreements.append(entry)
    return HOLDS


def _item_change(line: Line, entry: Entry, at: datetime) -> Verdict:
    change, base = line.changes.get(entry.subject), line.state(line.contract, at)
    if entry.event == "apply":
        if base not in LIVE:
            return _falls(f"contract_{base}")
        line.changes[entry.subject] = Change(entry.subject, entry)
        return HOLDS
    if change is None:
        return _falls("no_application")
    state = line.change_state(change, at)
    if entry.event == "set_fee":
        if change.accepted is None:
            return _falls(f"not_in_{state}")
        if change.fee is not None or change.accepted.facts.get("fee_yen") is not None:
            return _falls("fee_is_set")  # R22
        change.fee = entry
        return HOLDS
    if state != "applied" and (state, entry.event) != ("accepted", "withdraw"):
        return _falls(f"not_in_{state}")
    if entry.event != "accept":
        change.closed = entry
        return HOLDS
    if base not in IN_FORCE_STATES:
        return _falls(f"contract_{base}")  # R22
    if entry.facts["effective_on"] < civil(entry.when):
        return _falls("accepted_before_effective")  # R34
    change.accepted = entry
    return HOLDS


def _measure(line: Line, entry: Entry, at: datetime) -> Verdict:
    measure = line.measures.get(entry.subject)
    if entry.event == "take":
        base = line.state(line.contract, at)
        if base not in IN_FORCE_STATES:
            return _falls(f"contract_{base}")
        line.measures[entry.subject] = Measure(entry.subject, entry)
        return HOLDS
    state = line.measure_state(measure, at) if measure else None
    if measure is None or state not in ("planned", "in_force"):
        return _falls(f"not_in_{state}")
    measure.lifted = entry
    return HOLDS
