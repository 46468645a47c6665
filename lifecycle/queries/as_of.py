"""The state at a past moment, as it was known at another: the history on both axes of time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.history.editions_known import editions_known
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.machines.line import Line
from lifecycle.machines.people import people_of
from lifecycle.machines.stateless_rows import assigned_to
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.finding import names_of
from lifecycle.records.keeping import refuse_archived
from lifecycle.records.people import personal_of, versions_of
from lifecycle.terms.editions import Editions

_ROW = tables.history.c
_ROWS = select(_ROW.payload).where(_ROW.contract_id == bindparam("id"), _ROW.recorded_at <= bindparam("known"))


def people_as_of(conn: Connection, contract_id: str, line: Line) -> Mapping[str, Any] | None:
    """Customer and administrator where a fold of a contract ends (R39); None once erased."""
    versions = versions_of(conn, contract_id)
    return people_of(line, versions) if versions else personal_of(conn, contract_id)


def as_of(
    conn: Connection,
    contract_id: str,
    effective_at: datetime,
    known_at: datetime,
    editions: Editions | None = None,
) -> Dossier | None:
    """The dossier as it stood at effective_at by the rows recorded up to known_at; None before its application.

    Both are instants with zone. The entries that stood at known_at are folded up to effective_at: a past moment is
    answered by legal time (R16), a coming one by what will follow. editions: by default those known at known_at.
    """
    return line_as_of(conn, contract_id, effective_at, known_at, editions).dossier


def line_as_of(
    conn: Connection,
    contract_id: str,
    effective_at: datetime,
    known_at: datetime,
    editions: Editions | None = None,
) -> Line:
    """As `as_of`, with every transition up to that moment. Raises Archived."""
    rows = fetch_tuples(conn, _ROWS, {"id": contract_id, "known": known_at})
    payloads = recorded_order(orjson.loads(payload) for (payload,) in rows)
    line = fold(entries_of(payloads), effective_at, editions or editions_known(conn, known_at))
    if line.dossier is not None:
        contract = line.dossier.contract.replace(assigned_to=assigned_to(payloads, effective_at))
        line.dossier = line.dossier._replace(contract=contract)
    else:
        refuse_archived(conn, contract_id)
    return line


def customers_at(conn: Connection, ids: Sequence[str], at: datetime, now: datetime) -> dict[str, str]:
    """The customers' names at an instant, by contract; none for those erased."""
    row = tables.history.c
    succeeded = select(row.subject_id).where(
        row.subject_id.in_(list(ids)), row.event == "succeed", row.effective_at > at
    )
    found = names_of(conn, ids)
    for contract_id in set(conn.execute(succeeded).scalars()) & found.keys():
        people = people_as_of(conn, contract_id, line_as_of(conn, contract_id, at, now))
        found[contract_id] = people["customer"]["name"] if people else ""
    return found
