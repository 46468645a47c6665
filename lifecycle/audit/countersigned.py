"""Signatures of others over checkpoints: cosignatures of witnesses and time stamps."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from lifecycle.records import tables

COSIGNED = "cosignature"
LONGEST_NAME = 200  # characters
_C = tables.countersigned.c
_OF = select(_C.size, _C.content).where(_C.kind == COSIGNED).order_by(_C.size, _C.name)


def keep(conn: Connection, size: int, kind: str, name: str, content: str, now: datetime) -> None:
    """Store a signature over the checkpoint of a size, in the caller's transaction."""
    row = {"size": size, "kind": kind, "name": name, "content": content, "received_at": now}
    conn.execute(insert(tables.countersigned), row)


def newest_size(conn: Connection, kind: str, name: str) -> int:
    """Return the size of the newest checkpoint with such a signature, 0 for none."""
    of = select(func.coalesce(func.max(_C.size), 0)).where(_C.kind == kind, _C.name == name)
    return int(conn.execute(of).scalar_one())


def with_cosignatures(conn: Connection, notes: Mapping[int, str]) -> dict[int, str]:
    """Signed notes by size, with the lines of witnesses."""
    found = dict(notes)
    if found:
        for size, line in conn.execute(_OF.where(_C.size.between(min(found), max(found)))):
            if size in found:
                found[size] += line
    return found
