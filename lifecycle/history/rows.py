"""The payloads of a contract's history, as the fold reads them."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.entries import Row, recorded_order
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples

_PAYLOADS = select(tables.history.c.payload).where(tables.history.c.contract_id == bindparam("id"))


def rows_of(conn: Connection, contract_id: str) -> list[Row]:
    """The payloads of a contract and all its parts, in the order of recording."""
    found = fetch_tuples(conn, _PAYLOADS, {"id": contract_id})
    return recorded_order(orjson.loads(payload) for (payload,) in found)


def judged_from(conn: Connection) -> datetime | None:
    """From when on entries are judged at their places, None where all of them are."""
    found: datetime | None = conn.execute(select(tables.clock.c.judged_from)).scalar_one_or_none()
    return found
