"""Whether an entry holds at its place (R10 to R14, R17, R22, R28 to R34, R37)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from lifecycle.audit.judging.days import CONDITIONS, civil
from lifecycle.audit.judging.entries import OPENS, JudgedEntry
from lifecycle.audit.judging.line import JudgedLine
from lifecycle.audit.judging.subjects import IN_FORCE, LIVE, ClockStep, JudgedHolder, JudgedPart


class JudgedEffect(NamedTuple):
    """in_force; invalidated: it does not hold here, and would count again elsewhere; moot: without effect."""

    effect: str
    why: str = ""


HOLDS = JudgedEffect("in_force")
ALLOWED = {
    "accept": ("applied",), "reject": ("applied",), "withdraw": ("applied",), "reschedule_billing": IN_FORCE,
    "notify_cancellation": IN_FORCE, "end_by_company": IN_FORCE, "revoke_cancellation": ("cancel_notified",),
    "end_by_agreement": IN_FORCE, "succeed": IN_FORCE, "amend": ("applied",), "change_delivery": IN_FORCE,
    "change_fees": IN_FORCE, "receive_informal_notice": IN_FORCE, "receive_form": ("applied",),
}  # fmt: skip


def falls(why: str) -> JudgedEffect:
    """An entry that does not hold."""
    return JudgedEffect("invalidated", why)


def admit(line: JudgedLine, entry: JudgedEntry, at: datetime) -> JudgedEffect:
    """Judges an entry at its place and, where it holds, adds it: what the law asks of the fact alone."""
    base = line.state(line.contract, at)
    if entry.kind == "contract":
        return _admit_contract(line, entry, at, base)
    if base is None:
        return falls("no_contract")
    if entry.event in OPENS:
        if base not in (IN_FORCE if entry.kind == "measure" else LIVE):
            return falls(f"contract_{base}")
        if entry.kind == "option":
            if any(line.state(other, at) in LIVE for other in line.options.values()):
                return falls("only_one_option")
            line.options[entry.subject] = JudgedHolder(entry.subject, opened=entry)
        else:
            parts = line.changes if entry.kind == "item_change" else line.measures
            parts[entry.subject] = JudgedPart(entry.subject, entry)
        return HOLDS
    if entry.event == "accept" and base not in IN_FORCE:
        return falls(f"contract_{base}")  # R17, R22
    if entry.kind == "option":
        option = line.options.get(entry.subject)
        return falls("no_application") if option is None else _admit_holder(line, option, entry, at)
    if entry.kind == "measure":
        measure = line.measures.get(entry.subject)
        state = line.measure_state(measure, at) if measure else None
        if measure is None or state not in ("planned", "in_force"):
            return falls(f"not_in_{state}")
        measure.lifted = entry
        return HOLDS
    return _admit_change(line, entry, at)


def _admit_contract(line: JudgedLine, entry: JudgedEntry, at: datetime, state: str | None) -> JudgedEffect:
    holder, event, facts = line.contract, entry.event, entry.facts
    if event == "apply":
        if state is not None:
            return falls("applied_once")
        holder.id, holder.opened, line.application = entry.subject, entry, {}
        line.apply_for(facts)
        line.people.append(entry)
        return HOLDS
    if state not in ALLOWED.get(event, LIVE) and event not in ("notify_cancellation", "reschedule_billing"):
        if event in ("end_by_agreement", "end_by_company") and state == "terminated":
            return JudgedEffect("moot", "after_the_end")  # R37
        return falls(f"not_in_{state}")
    if event in ("amend", "change_delivery"):
        old, new = line.application.get("delivery") or {}, facts.get("delivery")
        if new is not None and event == "change_delivery":
            other = (old.get("custom_domain") or {}).get("name") != (new.get("custom_domain") or {}).get("name")
            names = list(CONDITIONS) if other else [] if old.get("https") else ["certificate"]
            line.reopened |= dict.fromkeys(names, at)
        line.apply_for(facts if new is None else {**facts, "delivery": {**old, **new}})
    if event in ("amend", "change_administrator", "change_particulars", "succeed"):
        line.people.append(entry)
    if event not in ("accept", "reject", "withdraw", "end_by_agreement") and event not in ALLOWED:
        return HOLDS
    if event in ("amend", "change_delivery", "succeed"):
        return HOLDS
    if event == "end_by_agreement":  # R38: any day from the acceptance on, the past included
        assert holder.accepted is not None
        if facts["ends_on"] < civil(holder.accepted.when):
            return falls("end_after_acceptance")
        holder.agreements.append(entry)
        return HOLDS
    found = _admit_holder(line, holder, entry, at)
    if found == HOLDS and event in ("reject", "withdraw"):
        parts: list[JudgedHolder | JudgedPart] = [*line.options.values(), *line.changes.values()]
        for part in parts:  # what was asked for with it falls with it
            if part.accepted is None and part.closed is None:
                part.closed = entry
                line.follows.append(ClockStep(part.id, event, at, entry.id))
    return found


def _admit_holder(line: JudgedLine, holder: JudgedHolder, entry: JudgedEntry, at: datetime) -> JudgedEffect:
    """The events that contract and option share."""
    state, event, facts, accepted = line.state(holder, at), entry.event, entry.facts, holder.accepted
    if event == "reschedule_billing" and holder.moves and holder.moves[-1].agreed > entry.agreed:
        return JudgedEffect("moot", "overtaken")  # by a newer agreement that reaches further back
    if event in ("notify_cancellation", "change_fees") and state == "terminated":
        return JudgedEffect("moot", "after_the_end")  # R37
    if state not in ALLOWED[event]:
        early = event == "notify_cancellation" and state == "applied"  # R10
        return falls("notice_needs_a_contract" if early else f"not_in_{state}")
    if event == "accept":
        return _accept(line, holder, entry)
    if event in ("reject", "withdraw"):
        holder.closed = entry
        return HOLDS
    if event == "receive_informal_notice":
        return HOLDS  # on record, without effect (R44)
    if event == "receive_form":
        if holder.in_form:
            return falls("form_missing")  # R44
        holder.form_arrived = True
        return HOLDS
    if event == "change_fees":
        holder.fees.append(entry)
        return HOLDS
    if event == "revoke_cancellation":
        standing = {notice.id for notice in holder.standing}
        named = entry.notices or standing  # earlier versions let it name none
        if not named or not standing.issuperset(named):
            return falls("notice_stands")  # R13
        line.ended = line.end(holder, at)
        holder.revoked.update(named)
        return HOLDS
    assert accepted is not None
    if event == "reschedule_billing":
        if line.begun(holder, at):
            return falls("billing_not_begun")  # R33
        if facts["billing_starts_on"] < civil(accepted.when):
            return falls("accepted_before_billing_start")  # R34
        holder.moves.append(entry)
        return HOLDS
    if event == "end_by_company" and facts["ends_on"] < max(civil(accepted.when), civil(entry.when)):
        return falls("company_end_to_come")  # R31: the company cannot declare a day that is over
    holder.notices.append(entry)
    return HOLDS


def _accept(line: JudgedLine, holder: JudgedHolder, entry: JudgedEntry) -> JudgedEffect:
    if not holder.in_form:
        return falls("application_in_form")  # R44
    if holder is line.contract:
        declared = line.application.get("declarations") or line.application
        if not declared.get("laws_accepted") or not declared.get("rights_cleared"):
            return falls("declarations")  # Art. 3(3), 3(4)
        if not any(_names_administrator(person.facts) for person in line.people):
            return falls("administrator")  # Art. 4(1)
    elif entry.facts.get("initial_fee_yen") is None or entry.facts.get("monthly_fee_yen") is None:
        return falls("fees_quoted")  # R21
    if entry.facts["billing_starts_on"] < civil(entry.when):
        return falls("accepted_before_billing_start")  # R34
    holder.accepted = entry
    return HOLDS


def _names_administrator(facts: Mapping[str, Any]) -> bool:
    return bool(
        facts.get("administrator")
        or facts.get("administrator_named")
        or "administrator" in facts.get("people", ())
    )


def _admit_change(line: JudgedLine, entry: JudgedEntry, at: datetime) -> JudgedEffect:
    change = line.changes.get(entry.subject)
    if change is None:
        return falls("no_application")
    state = line.change_state(change, at)
    if entry.event == "set_fee":
        if change.accepted is None:
            return falls(f"not_in_{state}")
        if change.fee is not None or change.accepted.facts.get("fee_yen") is not None:
            return falls("fee_is_set")  # R22
        change.fee = entry
        return HOLDS
    if state != "applied" and (state, entry.event) != ("accepted", "withdraw"):
        return falls(f"not_in_{state}")
    if entry.event != "accept":
        change.closed = entry
        return HOLDS
    if entry.facts["effective_on"] < civil(entry.when):
        return falls("accepted_before_effective")  # R34
    change.accepted = entry
    return HOLDS
