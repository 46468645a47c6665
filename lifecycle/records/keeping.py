"""Archived histories, and contracts whose history may be archived next."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, or_, select

from lifecycle.errors import Archived
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.calendar import start_of

_A, _C, _H = tables.archived.c, tables.contract.c, tables.history.c
_K = tables.SUBJECTS["credit"].c
_ONE = select(_A.file, _A.sha256, _A.rows).where(_A.contract_id == bindparam("id"))
OVER = ("rejected", "withdrawn")  # ended without ever having been in force


class ArchivePlace(NamedTuple):
    """Where a history is: the file's name when it was written, its SHA-256, the number of its rows."""

    file: str
    sha256: str
    rows: int


def archive_of(conn: Connection, contract_id: str) -> ArchivePlace | None:
    """Return where a contract's history is, None if it is in the database."""
    found = fetch_tuples(conn, _ONE, {"id": contract_id})
    return ArchivePlace(*found[0]) if found else None


def refuse_archived(conn: Connection, contract_id: str) -> None:
    """Raise Archived, which names the file, for a contract with an archived history."""
    if (place := archive_of(conn, contract_id)) is not None:
        raise Archived(place.file, place.sha256)


def ended_before(day: date) -> Select[Any]:
    """Select the ids of contracts that ended before a day, have no timer and no open credit, and are not archived
    yet.

    A rejected or withdrawn contract ended with its last effective row.
    """
    later = exists().where(_H.contract_id == _C.id, _H.effective_at >= start_of(day))
    over = and_(_C.state.in_(OVER), _C.received_on < day, ~later)
    parts = [table.c for kind, table in tables.SUBJECTS.items() if "contract_id" in table.c and kind != "contract"]
    return select(_C.id).where(
        or_(and_(_C.state == "terminated", _C.terminated_on < day), over),
        _C.due_at.is_(None),
        *(~exists().where(part.contract_id == _C.id, part.due_at.is_not(None)) for part in parts),
        ~exists().where(_K.contract_id == _C.id, _K.state.in_(("open", "claimable", "claimed"))),
        not_archived(_C.id),
    )


def not_archived(contract_id: Any) -> Any:
    """The condition that the contract of a column of ids is not archived."""
    return ~exists().where(_A.contract_id == contract_id)
