"""The one place that writes state: subjects, history, pending rows and timers, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, func, insert, select, update

from lifecycle.history.payload import leaf_hash, payload_of
from lifecycle.machines.dossier import Dossier, changes, kind_of, row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.step import Entry
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples, run_compiled
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import columns_of

_INSERTS = {kind: insert(table) for kind, table in tables.SUBJECTS.items()}
HISTORY = (
    "subject_id", "seq", "contract_id", "event", "effective_at", "recorded_at", "actor", "hash", "payload",
)  # fmt: skip
OUTBOX = ("subject_id", "seq")
_HISTORY = insert(tables.history).values({name: bindparam(name) for name in HISTORY})
_OUTBOX = insert(tables.outbox).values({name: bindparam(name) for name in OUTBOX})


class Overtaken(Exception):
    """Somebody else stepped the row since it was read: nothing was written; try again."""


def write(
    conn: Connection,
    before: Dossier | None,
    after: Dossier,
    entries: Sequence[Entry],
    commitments: Mapping[str, str] = {},
) -> Dossier:
    """Writes a dossier's step: what differs from before, its history rows, its place in the queue to the log.

    commitments: to personal data, by history row id. Returns the dossier with its new head hashes.
    Raises Overtaken where a row is no longer at the version it was read at.
    """
    chained, rows = chain(before, entries, commitments)
    after = with_heads(after, chained)
    changed = [(old, new) for new in after.subjects if (old := _old(before, new.id)) != new]
    if len(rows) == len(changed) == 1 and changed[0][0] is not None and _plain(entries) and not is_sqlite(conn):
        _write_in_one(conn, *changed[0], rows[0])
        return after
    for old, new in changed:
        write_subject(conn, old, new)
    _write_history(conn, rows)
    _write_superseded(conn, entries)
    return after


def _plain(entries: Sequence[Entry]) -> bool:
    """Whether no row rewrites the history."""
    return all(entry.line is None for entry in entries)


def _write_superseded(conn: Connection, entries: Sequence[Entry]) -> None:
    """Names the rows that no longer stand."""
    gone = [
        {"subject_id": e.subject.id, "seq": seq, "by_seq": e.subject.seq, "contract_id": e.subject.owner,
         "recorded_at": e.act.now}
        for e in entries
        if e.line is not None
        for seq in e.line.get("supersedes", ())
    ]  # fmt: skip
    if gone:
        conn.execute(insert(tables.superseded), gone)


def chain(
    before: Dossier | None, entries: Sequence[Entry], commitments: Mapping[str, str] = {}
) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """The history rows of entries, each bound to the one before, and the new head hashes.

    Columns as in HISTORY; the payload as the bytes that were hashed.
    """
    known = {} if before is None else {s.id: s.head_hash for s in before.subjects}
    heads: dict[str, str] = {}
    rows: list[tuple[Any, ...]] = []
    for entry in entries:
        subject, act = entry.subject, entry.act
        previous = heads.get(subject.id) or known.get(subject.id)
        payload = payload_of(entry, previous, commitments.get(row_id(subject.id, subject.seq)))
        heads[subject.id] = digest = leaf_hash(payload)
        rows.append(
            (
                subject.id, subject.seq, subject.owner, entry.event, act.effective_at, act.now, act.actor,
                digest, payload,
            )
        )  # fmt: skip
    return heads, rows


def write_alone(conn: Connection, old: Entity | None, new: Entity, entry: Entry) -> Entity:
    """Writes a step of something that belongs to no contract: its row, its history, its place in the queue."""
    payload = payload_of(entry, old.head_hash if old else None)
    after = new.replace(head_hash=leaf_hash(payload))
    write_subject(conn, old, after)
    act = entry.act
    values = (new.id, new.seq, new.owner, entry.event, act.effective_at, act.now, act.actor, after.head_hash,
              payload)  # fmt: skip
    _write_history(conn, [values])
    return after


def _write_history(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    run_compiled(conn, _HISTORY, *map(history_values, rows))
    run_compiled(conn, _OUTBOX, *(dict(zip(OUTBOX, row[:2], strict=True)) for row in rows))


def history_values(row: tuple[Any, ...]) -> dict[str, Any]:
    """A history row as column values."""
    return dict(zip(HISTORY, (*row[:-1], row[-1].decode()), strict=True))


def write_subject(conn: Connection, old: Entity | None, new: Entity) -> None:
    """Writes what differs between a subject and its former self. Raises Overtaken."""
    changed = columns_of(changes(old, new))
    if old is None:
        conn.execute(_INSERTS[kind_of(new)], changed)
    elif changed:
        statement = _update(kind_of(new), tuple(changed))
        if run_compiled(conn, statement, _new(old, changed)) != 1:
            raise _overtaken(old)


def _write_in_one(conn: Connection, old: Entity | None, new: Entity, row: tuple[Any, ...]) -> None:
    """The same as two inserts and an update, in one round trip: most of a command's time is waiting for them."""
    assert old is not None
    changed = columns_of(changes(old, new))
    said = {f"said_{name}": value for name, value in history_values(row).items()}
    if fetch_tuples(conn, _in_one(kind_of(new), tuple(changed)), _new(old, changed) | said) != [(1,)]:
        raise _overtaken(old)


def _new(old: Entity, changed: Mapping[str, Any]) -> dict[str, Any]:
    values = {f"new_{name}": value for name, value in changed.items()}
    return values | {"where_id": old.id, "where_version": old.version}


@cache
def _update(kind: str, names: tuple[str, ...]) -> Update:
    table = tables.SUBJECTS[kind]
    return (
        update(table)
        .where(table.c.id == bindparam("where_id"), table.c.version == bindparam("where_version"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )


@cache
def _in_one(kind: str, names: tuple[str, ...]) -> Select[Any]:
    said = tables.history
    changed = _update(kind, names).returning(tables.SUBJECTS[kind].c.id).cte("changed")
    row = select(*(bindparam(f"said_{name}", type_=said.c[name].type) for name in HISTORY)).select_from(changed)
    added = insert(said).from_select(HISTORY, row).returning(said.c.subject_id, said.c.seq).cte("added")
    queued = insert(tables.outbox).from_select(["subject_id", "seq"], select(added)).cte("queued")
    return select(func.count()).select_from(changed).add_cte(queued)


def _overtaken(old: Entity) -> Overtaken:
    return Overtaken(f"{old.id} is no longer at version {old.version}")


def with_heads(dossier: Dossier, heads: Mapping[str, str]) -> Dossier:
    """The dossier with the hashes of the newest history rows."""
    for subject_id, head in heads.items():
        dossier = dossier.with_subject(dossier.subject(subject_id).replace(head_hash=head))
    return dossier


def _old(before: Dossier | None, subject_id: str) -> Entity | None:
    try:
        found: Entity | None = before.subject(subject_id) if before else None
        return found
    except KeyError:
        return None
