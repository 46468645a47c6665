"""The customers of many contracts at an instant: after a succession the former party before it (R39)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from lifecycle.queries.as_of import line_as_of, people_as_of
from lifecycle.records import tables
from lifecycle.records.finding import names_of


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
