"""For every kind of part: a situation in each state, and the facts of each event."""

from datetime import datetime, timedelta
from typing import Any

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Outage
from tests.machines.fuller import CHANGE, CREDIT, MEASURE, NOTHING_USED, OUTAGE, USAGE, Full, accept_facts, full
from tests.machines.life import BASE, DRM, at, d, facts_for

HOUR = timedelta(hours=1)
IDS = {
    "contract": BASE, "option": DRM, "item_change": CHANGE, "measure": MEASURE, "credit": CREDIT, "usage": USAGE,
    "outage": OUTAGE,
}  # fmt: skip
KNOWN = at(d(5, 10))
REACHED, FAR = KNOWN + 24 * HOUR, at(d(12, 1))
Situation = tuple[Dossier, Any, datetime]


def part_situation(kind: str, state: str, event: str, *, claimed: bool = False) -> Situation:
    """A dossier, the subject in that state, and an instant at which only the state can refuse the event.

    claimed: whether the claim was recorded before the fault was known.
    """
    if kind == "outage":
        recovered = REACHED if state == "recovered" else None
        outage = Outage(id=OUTAGE, state=state, known_at=KNOWN, source="alarm", recovered_at=recovered)
        return full().dossier, outage, FAR
    life = {"item_change": _change, "measure": _measure, "credit": _credit, "usage": _usage}[kind](state, event)
    subject = life.part(IDS[kind])
    if claimed:
        subject = subject.replace(claimed_at=REACHED)
    return life.dossier, subject, subject.due_at if subject.due_event == event else life.last.act.now + HOUR


def part_given(kind: str, event: str, *, goes_on: bool = False) -> Facts:
    """The facts of an event that nothing but the state refuses.

    goes_on: whether a corrected outage is not over.
    """
    by_event: dict[tuple[str, str], dict[str, Any]] = {
        ("item_change", "accept"): accept_facts(d(7, 1), d(5, 2)),
        ("item_change", "set_fee"): {"fee_yen": 20_000, "agreed_on": d(5, 2)},
        ("measure", "lift"): {"lifted_at": FAR},
        ("credit", "claim"): {"claimed_at": REACHED + HOUR},
        ("credit", "recover"): {"recovered_at": REACHED},
        ("credit", "attribute"): {"attributable": True},
        ("usage", "correct"): NOTHING_USED,
        ("outage", "recover"): {"recovered_at": REACHED},
        ("outage", "attribute"): {"attributable": True},
        ("outage", "correct"): {
            "known_at": KNOWN,
            "recovered_at": None if goes_on else REACHED,
            "attributable": True,
        },
    }
    return facts_for(kind, event, **by_event.get((kind, event), {}))


def _change(state: str, event: str) -> Full:
    life = full(item="basic").ask_change("premium", d(5, 2))
    if state in ("accepted", "effective") or (event == "set_fee" and state != "applied"):
        life.accept_change(d(7, 1), d(5, 2))
    if event == "set_fee" and state == "rejected":  # the end, on 2 June, comes first
        return life.notify(d(5, 3)).until(d(6, 3))  # type: ignore[return-value]
    if event == "lapse":
        life.notify(d(5, 3))  # the end, on 2 June, comes first
    elif state == "effective":
        life.until(d(7, 1))
    ends = {"rejected": "reject", "withdrawn": "withdraw"}
    return life.tell(ends[state], CHANGE, at(d(5, 4))) if state in ends else _settled(life, CHANGE, state)


def _measure(state: str, event: str) -> Full:
    starts = d(7, 1) if state == "planned" else d(5, 2)
    life = full().take_measure(at(starts), at(d(8, 1)), d(5, 2))
    if event == "end" and state == "planned":
        life.notify(d(5, 3))
    if state == "lifted":
        life.tell("lift", MEASURE, at(d(5, 4)), lifted_at=at(d(5, 4)))
    return life.until(at(d(8, 1))) if state == "ended" else life  # type: ignore[return-value]


def _credit(state: str, event: str) -> Full:
    unknown = state == "open" and event in ("attribute", "claim")
    life = full().outage(KNOWN, attributable=None if unknown else True)
    if state == "refused":
        return life.attribute(False, KNOWN + HOUR).until(KNOWN + HOUR)  # type: ignore[return-value]
    if state != "open" or event == "claim":
        life.recover(REACHED + HOUR)
    if state in ("claimed", "credited"):
        life.claim(REACHED + 2 * HOUR)
    if state == "lapsed" or state == "credited":
        life.until(at(d(9, 1)))
    if event == "refuse" and state != "credited":
        now = life.last.act.now if state == "open" else life.last.act.now + HOUR
        life.step("attribute", CREDIT, now, attributable=False)
    return life


def _usage(state: str, event: str) -> Full:
    return full().use("2022-05", d(5, 2))


def _settled(life: Full, part: str, state: str) -> Full:
    """Put a part into a state: a change whose acceptance has lapsed is back in its earlier one."""
    if life.part(part).state != state:
        life.dossier = life.dossier.with_subject(life.part(part).replace(state=state))
    return life
