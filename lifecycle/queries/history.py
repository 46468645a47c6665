"""A history with the state of each row: whether it is valid, and whether its entry has an effect (R35, R37)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from lifecycle.history.rows import history_of, in_full, judged_from, rows_of
from lifecycle.machines.dossier import row_id
from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold
from lifecycle.queries.views.history import HistoryItem, history_view
from lifecycle.records import tables
from lifecycle.records.keeping import refuse_archived
from lifecycle.records.mapping import owner_of
from lifecycle.terms.editions import EDITIONS

_AT_ONCE = 200


def history_views(conn: Connection, rows: Iterable[Any]) -> Iterator[HistoryItem]:
    """Rows of histories, columns payload and hash, as the interface shows them; read some at a time."""
    rows = iter(rows)
    while some := list(islice(rows, _AT_ONCE)):
        for payload, row in zip(in_full(conn, some), some, strict=True):
            yield history_view(payload, row.hash)


def history_items(
    conn: Connection, subject_id: str, after: int, limit: int, now: datetime
) -> Sequence[HistoryItem]:
    """Rows of a subject with a seq above `after`, in the order of seq. now: up to when entries are folded.

    Raises Archived.
    """
    found = history_of(conn, subject_id, after, limit)
    if not found:
        refuse_archived(conn, owner_of(conn, subject_id))
    rows = [(payload, row.hash) for payload, row in zip(in_full(conn, found), found, strict=True)]
    gone = superseded_by(conn, subject_id)
    effects = effects_of(conn, rows[0][0], now) if rows else {}
    return [marked(history_view(payload, leaf), gone, effects) for payload, leaf in rows]


def marked(item: HistoryItem, gone: Mapping[int, int], effects: Mapping[str, str]) -> HistoryItem:
    """Add to a row whether it is valid, and the effect of its entry."""
    by = gone.get(item["seq"])
    item["stands"] = by is None
    item["superseded_by"] = None if by is None else f"{item['subject_id']}.{by}"
    item["effect"] = effects.get(item["id"], "in_force")
    return item


def superseded_by(conn: Connection, subject_id: str) -> Mapping[int, int]:
    """By the seq of a superseded row, the seq of the row that superseded it."""
    s = tables.superseded.c
    found = conn.execute(select(s.seq, s.by_seq).where(s.subject_id == subject_id))
    return {row.seq: row.by_seq for row in found}


def superseded_rows(conn: Connection, contract_id: str) -> Mapping[str, str]:
    """By the id of a superseded row of a contract or its parts, the id of the row that superseded it."""
    s = tables.superseded.c
    found = conn.execute(select(s.subject_id, s.seq, s.by_seq).where(s.contract_id == contract_id))
    return {row_id(row.subject_id, row.seq): row_id(row.subject_id, row.by_seq) for row in found}


def effects_of(conn: Connection, payload: Mapping[str, Any], now: datetime) -> Mapping[str, str]:
    """The entries of the contract without effect, by the ids of their rows: `invalidated` or `moot`."""
    contract_id = _owner(conn, payload)
    if contract_id is None:
        return {}
    return effects_in(conn, contract_id, now)


def effects_in(conn: Connection, contract_id: str, now: datetime) -> Mapping[str, str]:
    """The entries of a contract and its parts without effect, by the ids of their rows."""
    line = fold(entries_of(rows_of(conn, contract_id)), now, EDITIONS, judged_from=judged_from(conn))
    return {one.entry.id: "moot" if one.moot else "invalidated" for one in line.invalid}


def _owner(conn: Connection, payload: Mapping[str, Any]) -> str | None:
    """The contract that the row's subject belongs to; None for an outage."""
    if payload["kind"] == "outage":
        return None
    h = tables.history.c
    found: str | None = conn.execute(
        select(h.contract_id).where(h.subject_id == payload["subject"]).limit(1)
    ).scalar_one_or_none()
    return found
