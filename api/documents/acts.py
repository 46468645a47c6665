"""The valid acts of a contract's history, each with its facts and the rulings of its own row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.history.rows import fill_rulings, rows_of
from lifecycle.machines.dossier import row_id
from lifecycle.machines.entries import Row
from lifecycle.queries.history import effects_in, superseded_rows
from lifecycle.queries.views.fields import Answer
from lifecycle.terms.ruling import show_stored

CORRECTS, ANNULS = "correct_entry", "annul_entry"


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """A valid transition with corrected facts. rulings: those of its own row, or of the newest row that corrected
    it.
    """

    id: str
    subject_id: str
    kind: str
    event: str
    at: str
    facts: Mapping[str, Any]
    rulings: Sequence[Answer]

    def ruling(self, *rules: str) -> list[Answer]:
        """Return its rulings of some rules."""
        return [one for one in self.rulings if one["rule"] in rules]


class Acts:
    """The acts of one contract and its parts."""

    def __init__(self, conn: Connection, contract_id: str, now: datetime) -> None:
        self.rows: list[Row] = rows_of(conn, contract_id)
        fill_rulings(self.rows, self.rows)
        self.gone = superseded_rows(conn, contract_id)
        self.without_effect = effects_in(conn, contract_id, now)
        self._found = _acts(self.rows)

    def of(self, subject_id: str, *events: str) -> list[RecordedAct]:
        """Return the valid acts of a subject, in the order of recording."""
        return [
            one for one in self._found.values()
            if one.subject_id == subject_id and one.event in events
            and one.id not in self.gone and one.id not in self.without_effect
        ]  # fmt: skip

    def last(self, subject_id: str, *events: str) -> RecordedAct | None:
        """Return the newest of them, None for none."""
        return next(reversed(self.of(subject_id, *events)), None)

    def named(self, act_id: str) -> RecordedAct | None:
        """Return an act by the id of its row, valid or not."""
        return self._found.get(act_id)

    def before(self, row: Row, act_id: str) -> RecordedAct | None:
        """Return an act as it was on record before a row about it."""
        return _acts(self.rows[: self.rows.index(row)]).get(act_id)


def _acts(rows: Sequence[Row]) -> dict[str, RecordedAct]:
    found: dict[str, RecordedAct] = {}
    for row in rows:
        if row["event"] == CORRECTS:
            if (act := found.get(row["facts"]["entry"])) is not None:
                found[act.id] = replace(
                    act, facts={**act.facts, **row["facts"]["facts"]}, at=row["facts"].get("at") or act.at,
                    rulings=show_stored(row["rulings"]) or act.rulings,
                )  # fmt: skip
            continue
        name = row_id(row["subject"], row["seq"])
        found[name] = RecordedAct(
            name,
            row["subject"],
            row["kind"],
            row["event"],
            row["effective_at"],
            row["facts"],
            show_stored(row["rulings"]),
        )
    return found
