"""The correction of a mistake of the desk, as a person enters it (R35, R36)."""

from datetime import date, datetime
from typing import Any

from lifecycle.machines.rewrite import Head
from lifecycle.terms.calendar import instant
from tests.fold.desk import Desk
from tests.fold.translate import kind_of
from tests.oracle.days import civil, moment
from tests.oracle.entries import Entry
from tests.oracle.mistakes import Mistake

DAYS = {"notify_cancellation": "arrived_on"}
INSTANTS = {"recover": "recovered_at"}


def correct_entry(desk: Desk, mistake: Mistake, now: datetime) -> None:
    """Correct or annul the wrong entry of a contract."""
    wrong = next(entry for entry in desk.taken if entry.id == mistake.entry)
    row = desk.names.rows[wrong.id]
    subject_id, _, seq = row.rpartition(".")
    if mistake.right is None:
        head = Head(
            subject_id=subject_id, event="annul_entry", facts={"entries": [row], "ground": "never_happened"},
            at=moment(wrong.when), reason="misfiled", takes_out=(int(seq),),
        )  # fmt: skip
        desk.correct_entry(head, wrong, None, now)
        return
    right = wrong.but(**mistake.right)
    facts: dict[str, Any] = {"entry": row, "facts": _facts(wrong, right)}
    if right.when != wrong.when:
        facts["at"] = instant(moment(right.when))
    head = Head(
        subject_id=subject_id, event="correct_entry", facts=facts, at=min(moment(right.when), now),
        reason="mistyped", entry=row,
    )  # fmt: skip
    desk.correct_entry(head, wrong, right, now)


def _facts(wrong: Entry, right: Entry) -> dict[str, Any]:
    """The facts that differ, as a correction keeps them."""
    changed = {name: value for name, value in right.facts.items() if wrong.facts.get(name) != value}
    if right.when != wrong.when and right.event in DAYS:
        changed[DAYS[right.event]] = civil(right.when)
        if isinstance(right.when, datetime):
            changed["arrived_at"] = right.when
    if right.when != wrong.when and right.event in INSTANTS:
        changed[INSTANTS[right.event]] = right.when
    assert kind_of(right) == kind_of(wrong)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in changed.items()}
