"""Key succession: a new key signs the log on after the old one was lost or stolen, or after signed rows were lost.

The row for this is in the log itself, so that every later checkpoint covers it. It names the old key, the newest
of its checkpoints that the log extends, and the newest that it does not extend. Old checkpoints stay valid.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from lifecycle.audit.checkpoint import Checkpoint, Forged, Unreadable, VerificationKey, read_checkpoint
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.signed_before import sign_ons
from lifecycle.audit.verifier.breaks import LOG_CHAIN, SIGN_ON, SIGNED, SignOn, read_sign_on
from lifecycle.history.payload import canonical, leaf_hash
from lifecycle.records import tables
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.terms.editions import EDITIONS

_H, _C = tables.history.c, tables.checkpoint.c
_SOME = 100  # checkpoints read at a time
_HEAD = select(_H.seq, _H.hash).where(_H.subject_id == LOG_CHAIN).order_by(_H.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Succession:
    """The request. outside: checkpoints of the old key that were kept outside the database."""

    key: VerificationKey
    replaces: VerificationKey
    by: str
    reason: str
    outside: Sequence[Checkpoint] = ()


def sign_on(conn: Connection, asked: Succession, now: datetime) -> SignOn:
    """Write the row by which a new key signs on, in the caller's transaction.

    Raises Unreadable if the new or the old key is not possible.
    """
    known = sign_ons(conn)
    names = [sign_on.replaces.name for sign_on in known] + [sign_on.key.name for sign_on in known]
    if asked.key.name in (*names, asked.replaces.name):
        raise Unreadable(f"the name {asked.key.name} was used before: a new key has a new name")
    if known and known[-1].key != asked.replaces:
        raise Unreadable(f"the key before is {known[-1].key}, not {asked.replaces}")
    kept, lost = _extended(conn, asked, LogTree(conn))
    if kept is None and lost is None:
        raise Unreadable(f"{asked.replaces.name} has signed nothing, so nothing needs to be said about it")
    head = conn.execute(_HEAD).first()
    seq, state = (head.seq + 1, SIGNED) if head else (1, None)
    facts = {"key": str(asked.key), "replaces": str(asked.replaces)} | _place("kept", kept) | _place("lost", lost)
    row: dict[str, Any] = {
        "kind": LOG_CHAIN, "subject": LOG_CHAIN, "seq": seq, "previous_hash": head.hash if head else None,
        "event": SIGN_ON, "from_state": state, "to_state": SIGNED, "due_at": None, "effective_at": instant(now),
        "recorded_at": instant(now), "actor": asked.by, "approver": None, "caused_by": None,
        "reason": asked.reason, "facts": facts, "rulings": [],
        "terms": EDITIONS.no_earlier(tokyo_day(now)).version,
    }  # fmt: skip
    payload = canonical(row)
    place = {"subject_id": LOG_CHAIN, "seq": seq}
    values = {
        "contract_id": LOG_CHAIN, "event": SIGN_ON, "effective_at": now, "recorded_at": now, "actor": asked.by,
        "hash": leaf_hash(payload), "payload": payload.decode(),
    }  # fmt: skip
    conn.execute(insert(tables.history), place | values)
    conn.execute(insert(tables.outbox), place)
    return read_sign_on(orjson.loads(payload), -1)


def log_state(conn: Connection) -> dict[str, str | int] | None:
    """Return the chain of the log as in an export, None if no key has signed on."""
    head = conn.execute(_HEAD).first()
    if head is None:
        return None
    return {"hash": head.hash, "kind": LOG_CHAIN, "seq": head.seq, "state": SIGNED, "subject": LOG_CHAIN}


def _extended(conn: Connection, asked: Succession, tree: LogTree) -> tuple[Checkpoint | None, Checkpoint | None]:
    """The newest checkpoints of the key before that the log extends, and that it does not."""
    size, lost = tree.size(), None
    for one in _newest_first(asked.outside, _inside(conn, asked.replaces)):
        if one.size <= size and tree.root(one.size) == one.root:
            return one, lost
        lost = lost or one
    return None, lost


def _newest_first(outside: Sequence[Checkpoint], inside: Iterable[Checkpoint]) -> Iterator[Checkpoint]:
    waiting = sorted(outside, key=lambda one: one.size)
    for one in inside:
        while waiting and waiting[-1].size >= one.size:
            yield waiting.pop()
        yield one
    yield from reversed(waiting)


def _inside(conn: Connection, key: VerificationKey) -> Iterator[Checkpoint]:
    mine = select(_C.size, _C.note).where(_C.note.startswith(f"{key.name}\n", autoescape=True))
    found = conn.execute(mine.order_by(_C.size.desc()).limit(_SOME)).all()
    while found:
        for row in found:
            try:
                yield read_checkpoint(row.note.encode(), key)
            except Forged:
                raise Unreadable(f"the checkpoints in the database are not signed by {key}") from None
        found = conn.execute(mine.where(_C.size < found[-1].size).order_by(_C.size.desc()).limit(_SOME)).all()


def _place(name: str, one: Checkpoint | None) -> dict[str, int | str | None]:
    return {f"{name}_size": one.size if one else None, f"{name}_root": one.root.hex() if one else None}
