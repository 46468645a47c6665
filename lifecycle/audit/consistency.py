"""Proofs that the log of a checkpoint extends that of an older one, for auditors and witnesses."""

import base64

from sqlalchemy import Connection, select

from lifecycle.audit import merkle
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.verifier.compare import consistency_text
from lifecycle.records import tables

_C = tables.checkpoint.c


def prove_consistency(conn: Connection, old: int, new: int | None = None) -> tuple[int, str]:
    """Return the proof from one size to the checkpoint of another, by default the newest: that size, and the text.

    Raises Unreadable.
    """
    newest = select(_C.size, _C.note).order_by(_C.size.desc()).limit(1)
    found = conn.execute(newest if new is None else newest.where(_C.size == new)).first()
    if found is None:
        raise Unreadable("no checkpoint is signed yet" if new is None else f"no checkpoint is of {new} rows")
    if not 0 <= old <= found.size:
        raise Unreadable(f"{old} is no size of the log up to its checkpoint of {found.size} rows")
    path = merkle.consistency(LogTree(conn).subtree, old, found.size) if old else []
    return found.size, consistency_text(old, [base64.b64encode(step).decode() for step in path], found.note)
