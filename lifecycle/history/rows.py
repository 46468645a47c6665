"""The payloads of a contract's history, as the fold reads them."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.entries import Row, recorded_order
from lifecycle.records import tables
from lifecycle.records.compiled import decoded, decoders, fetch_tuples, undecoded

_PAYLOADS = select(tables.history.c.payload).where(tables.history.c.contract_id == bindparam("id"))

_clock = tables.clock.c
_JUDGED_FROM = select(undecoded(_clock.judged_from))


def rows_of(conn: Connection, contract_id: str) -> list[Row]:
    """The payloads of a contract and all its parts, in the order of recording."""
    found = fetch_tuples(conn, _PAYLOADS, {"id": contract_id})
    return recorded_order(orjson.loads(payload) for (payload,) in found)


def judged_from(conn: Connection) -> datetime | None:
    """From when on entries are judged at their places, None where all of them are."""
    rows = fetch_tuples(conn, _JUDGED_FROM, {})
    found: datetime | None = decoded(rows[0], decoders((_clock.judged_from,), conn.dialect))[0] if rows else None
    return found
