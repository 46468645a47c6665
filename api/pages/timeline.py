"""The history on a contract's page: the state of each row, and the forms that correct it (R35 to R37)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from api.pages.correction_fields import has_form
from api.pages.form_table import BY_NAME, Form
from api.pages.session import PageSession
from lifecycle.machines.entries import CLOCK, REWRITES
from lifecycle.machines.stateless_rows import ASSIGN, ISSUE, MARK, STATELESS
from lifecycle.queries.history import effects_in, history_views, superseded_rows
from lifecycle.queries.views.fields import Answer
from lifecycle.records import tables
from lifecycle.terms.calendar import tokyo_day

CORRECT, ANNUL = BY_NAME["contracts-correct"], BY_NAME["contracts-annul"]


def timeline(
    conn: Connection, visit: PageSession, contract_id: str, now: datetime, limit: int | None
) -> list[Answer]:
    """Return the rows of a contract and its parts, the latest recorded first.

    Each states whether it is valid, which row superseded it, its entry's effect and the forms that correct it.
    """
    h = tables.history.c
    statement = select(h.payload, h.hash).where(h.contract_id == contract_id)
    statement = statement.order_by(h.recorded_at.desc(), h.effective_at.desc(), h.subject_id, h.seq.desc())
    rows: list[Any] = list(history_views(conn, conn.execute(statement.limit(limit)).all()))
    gone = superseded_rows(conn, contract_id)
    effects = effects_in(conn, contract_id, now)
    put_right = {row["facts"]["entry"]: row["id"] for row in reversed(rows) if row["event"] == "correct_entry"}
    return [
        {
            **_marked(row, visit, contract_id, gone.get(row["id"]), effects),
            "corrected_by": put_right.get(row["id"]),
        }
        for row in rows
    ]


def _marked(
    row: Answer, visit: PageSession, contract_id: str, gone: str | None, effects: Mapping[str, str]
) -> Answer:
    held, recorded = (tokyo_day(datetime.fromisoformat(row[name])) for name in ("effective_at", "recorded_at"))
    return {
        **row,
        "rewrites": row["event"] in REWRITES,
        "late_days": 0 if row["event"] in REWRITES else max(0, (recorded - held).days),
        "moved_days": row["from_state"] == row["to_state"] and bool(row.get("rulings_before") or row.get("moved")),
        "superseded_by": gone,
        "effect": effects.get(row["id"], "in_force"),
        "put_right": _forms(row, visit, contract_id) if gone is None else [],
    }


def _forms(row: Answer, visit: PageSession, contract_id: str) -> Sequence[tuple[str, str]]:
    """Return the label and the address of each form; an application cannot be annulled: it is rejected or
    withdrawn.
    """
    if row["event"] in STATELESS:
        return [("annul", ANNUL.at(contract_id=contract_id, entry=row["id"]))] if _annullable(row, visit) else []
    if not entered(row):
        return []
    opens = row["kind"] == "contract" and row["seq"] == 1
    offered: list[tuple[str, Form]] = [("correct", CORRECT), *([] if opens else [("annul", ANNUL)])]
    return [
        (word, form.at(contract_id=contract_id, entry=row["id"])) for word, form in offered if visit.may(form.name)
    ]


def _annullable(row: Answer, visit: PageSession) -> bool:
    """Whether the visitor may annul a note, a file or a settlement; assignments and sent documents cannot be
    annulled.
    """
    return row["event"] not in (ASSIGN, ISSUE, MARK) and visit.may(ANNUL.name)


def entered(row: Answer) -> bool:
    """Whether a person entered the row; not the clock, and not as a result of another row or an outage."""
    by_hand = row["actor"] != CLOCK and row["caused_by"] is None and row["event"] not in REWRITES
    return by_hand and has_form(row["kind"], row["event"])
