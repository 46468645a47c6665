"""The rows of the events table, each with a contract in which only the state can refuse the event."""

from datetime import datetime, timedelta
from typing import Any

from lifecycle.machines.check import AnyCase
from lifecycle.machines.step import Act, case_of
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS
from tests.machines.life import BASE, DRM, Life, accepted, at, d, facts_for, notice, running
from tests.machines.part_situations import part_given, part_situation
from tests.oracle.tables import Row, rows, text

ROWS = rows("events")
Triple = tuple[str, str, str]
CUSTOM = {"custom_domain": {"name": "v.example.jp", "acquired": True, "dns_registered": False}, "https": False}
ANOTHER = "another notice stands"
BEGUN = "no other notice stands and billing has begun"
NOT_BEGUN = "no other notice stands and billing has not begun"
WAITS, NOT_CLAIMED = "a claim waits", "nothing was claimed"
OVER, GOES_ON = "the corrected outage is over", "the corrected outage goes on"


def leads_to(row: Row) -> str | None:
    """The state after an event, None if it is not possible; of a credit, `state: refused` names its own state."""
    outcome = text(row, "outcome")
    return None if outcome == "refused" else outcome.removeprefix("state: ")


def key(row: Row) -> Triple:
    return text(row, "kind"), text(row, "state"), text(row, "event")


POSSIBLE = {key(row) for row in ROWS if leads_to(row)}  # what the table of events allows


def case_of_row(row: Row, ahead: timedelta = timedelta()) -> AnyCase:
    """Return the case for the row's event. ahead: how long before the event it is entered."""
    kind, state, event = key(row)
    if kind in ("contract", "option"):
        life, now = situation(kind, state, event, row["when"])
        dossier, subject = life.dossier, life.dossier.subject(BASE if kind == "contract" else DRM)
        stated = given(life, subject.id, event, row["when"])
        facts, effective_at = facts_for(kind, event, **stated), stated.get("at", now)
    else:
        dossier, subject, now = part_situation(kind, state, event, claimed=row["when"] == WAITS)
        facts, effective_at = part_given(kind, event, goes_on=row["when"] == GOES_ON), now
    assert subject.state == state
    act = Act(event, subject.id, facts, "desk", now, now + ahead if ahead else effective_at, "a reason")
    return case_of(dossier, subject, act, EDITIONS)


def situation(kind: str, state: str, event: str, when: str | None) -> tuple[Life, datetime]:
    """Return a contract in which only the state can refuse the event, and the present instant."""
    subject, option_start = (BASE, None) if kind == "contract" else (DRM, d(6, 1))
    wished = CUSTOM if event in ("hold_billing", "meet_condition", "waive_condition") else {}
    if state in ("applied", "rejected", "withdrawn"):
        how = {"in_form": event != "receive_form"}
        life = Life().apply(delivery=wished, **how) if kind == "contract" else running(d(6, 1)).apply_option(**how)
        if state != "applied":
            life.do({"rejected": "reject", "withdrawn": "withdraw"}[state], subject, d(4, 2))
        return _reported(life, event), at(d(4, 10))
    life, begun = running(d(6, 1), option_start, delivery=wished), state == "billing" or when == BEGUN
    if begun:
        life.until(d(6, 1))
        if wished:  # billing begins with the condition waived; another one is open afterwards
            life = _begun_with_an_open_condition()
    if state in ("cancel_notified", "terminated"):
        early = event == "terminate" or state == "terminated"
        life.notify(d(4, 10) if early else d(6, 2) if begun else d(5, 10), subject=subject)
    elif event == "terminate" and kind == "option":  # its contract ends it
        life.notify(d(6, 2) if begun else d(4, 10))
    if when == ANOTHER:
        life.notify(d(5, 11), subject=subject)
    if state == "terminated":
        life.until(d(5, 11))
    _reported(life, event)
    due_event, due_at = life.dossier.subject(subject).due_event, life.dossier.subject(subject).due_at
    if due_event == event and due_at is not None:
        return life, due_at
    return life, at(d(6, 3) if begun else d(5, 12))


def _reported(life: Life, event: str) -> Life:
    if event == "follow_up_misuse" and life.contract.live:
        last = max(life.last.act.now, at(d(4, 2)))
        life.do("report_misuse", BASE, tokyo_day(last), found_at="2022-04-02", instruction="x", at=at(d(4, 2)))
    return life


def _begun_with_an_open_condition() -> Life:
    life = running(d(6, 1)).until(d(6, 1))
    life.dossier = life.dossier._replace(contract=life.contract.replace(delivery=CUSTOM))
    return life


def given(life: Life, subject: str, event: str, when: str | None) -> dict[str, Any]:
    """What the event states."""
    first = life.notice(0, subject).id if life.dossier.subject(subject).notices else None
    report = life.contract.misuse[0].id if life.contract.misuse else None
    by_event: dict[str, dict[str, Any]] = {
        "accept": accepted(d(4, 2), d(6, 1), subject),
        "reschedule_billing": {"billing_starts_on": d(6, 15)},
        "receive_form": {"arrived_on": d(4, 2), "at": at(d(4, 2))},
        "receive_informal_notice": {"arrived_on": d(4, 2), "at": at(d(4, 2))},
        "notify_cancellation": notice(d(5, 10), None, d(5, 10)),
        "revoke_cancellation": {"notice": first if when == ANOTHER else None},
        "end_by_company": {"ends_on": d(12, 31), "ground": "arrears", "keyed_on": d(5, 10)},
        "end_by_agreement": {"agreed_on": d(5, 10), "ends_on": d(12, 31), "keyed_on": d(5, 10)},
        "change_particulars": {"changed": ("address",)},
        "succeed": {"ground": "merger", "administrator_named": True},
        "amend": {"item": "basic"},
        "change_delivery": {"delivery": CUSTOM},
        "meet_condition": {"condition": "dns"},
        "waive_condition": {"condition": "dns"},
        "report_misuse": {"found_at": "2022-04-02", "instruction": "new keys", "at": at(d(4, 2))},
        "follow_up_misuse": {"report": report, "follow_up": "keys changed"},
        "change_item": {"item": "premium", "effective_on": d(6, 1)},
    }
    return by_event.get(event, {})
