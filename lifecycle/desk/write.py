"""The one place that writes state: subjects, history, pending rows and timers, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from lifecycle.audit.chain import leaf_hash, payload_of
from lifecycle.machines.facts import Contract, Dossier, Option, Subject, changes, kind_of
from lifecycle.machines.step import Entry
from lifecycle.records import tables
from lifecycle.records.mapping import columns_of

_UPDATES = {
    kind: update(table)
    .where(table.c.id == bindparam("where_id"), table.c.version == bindparam("where_version"))
    .execution_options(synchronize_session=False)
    for kind, table in tables.SUBJECTS.items()
}
_INSERTS = {kind: insert(table) for kind, table in tables.SUBJECTS.items()}
_HISTORY, _PENDING = insert(tables.history), insert(tables.pending)


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

    commitments: to personal data, by subject id. Returns the dossier with its new head hashes.
    Raises Overtaken where a row is no longer at the version it was read at.
    """
    chained, rows = chain(before, entries, commitments)
    after = _with_heads(after, chained)
    for subject in after.subjects:
        write_subject(conn, _old(before, subject.id), subject)
    conn.execute(_HISTORY, rows)
    conn.execute(_PENDING, [{"subject_id": row["subject_id"], "seq": row["seq"]} for row in rows])
    return after


def chain(
    before: Dossier | None, entries: Sequence[Entry], commitments: Mapping[str, str] = {}
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The history rows of entries, each bound to the one before; with the new head hash of each subject."""
    heads: dict[str, str | None] = {}
    if before is not None:
        heads = {s.id: s.head_hash for s in before.subjects}
    rows: list[dict[str, Any]] = []
    for entry in entries:
        subject = entry.subject
        payload = payload_of(entry, heads.get(subject.id), commitments.get(subject.id))
        heads[subject.id] = leaf_hash(payload)
        rows.append(
            {
                "subject_id": subject.id,
                "seq": subject.seq,
                "contract_id": subject.contract_id if isinstance(subject, Option) else subject.id,
                "event": entry.event,
                "effective_at": entry.act.effective_at,
                "recorded_at": entry.act.now,
                "actor": entry.act.actor,
                "hash": heads[subject.id],
                "payload": payload.decode(),
            }
        )
    return {entry.subject.id: str(heads[entry.subject.id]) for entry in entries}, rows


def write_subject(conn: Connection, old: Subject | None, new: Contract | Option) -> None:
    """Writes what differs between a subject and its former self. Raises Overtaken."""
    changed = columns_of(changes(old, new))
    if old is None:
        conn.execute(_INSERTS[kind_of(new)], changed)
    elif changed:
        keys = {"where_id": new.id, "where_version": old.version}
        if conn.execute(_UPDATES[kind_of(new)], changed | keys).rowcount != 1:
            raise Overtaken(f"{new.id} is no longer at version {old.version}")


def _with_heads(dossier: Dossier, heads: Mapping[str, str]) -> Dossier:
    for subject_id, head in heads.items():
        dossier = dossier.with_subject(dossier.subject(subject_id).but(head_hash=head))
    return dossier


def _old(before: Dossier | None, subject_id: str) -> Subject | None:
    try:
        return before.subject(subject_id) if before else None
    except KeyError:
        return None
