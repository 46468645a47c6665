"""The payloads of a contract's history, as input of the fold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, tuple_

from lifecycle.history.payload import fill_in, places_in
from lifecycle.machines.entries import Row, recorded_order
from lifecycle.machines.stateless_rows import ARCHIVE
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.compiled import decoded, decoders, fetch_tuples, undecoded
from lifecycle.records.keeping import not_archived, refuse_archived
from lifecycle.records.of_service import of_service
from lifecycle.terms.default_service import DEFAULT_SERVICE

_PAYLOADS = select(tables.history.c.payload).where(tables.history.c.contract_id == bindparam("id"))

_contract = tables.contract.c.id
_KEPT = select(_contract).where(_contract > bindparam("after"), not_archived(_contract))
_FOLLOWING = _KEPT.order_by(_contract).limit(bindparam("limit"))
_BETWEEN = select(tables.history.c.contract_id, tables.history.c.payload).where(
    tables.history.c.contract_id >= bindparam("first"), tables.history.c.contract_id <= bindparam("last")
)
_OF_CONTRACTS = select(tables.history.c.contract_id, tables.history.c.payload)

_clock = tables.clock.c
_JUDGED_FROM = select(undecoded(_clock.judged_from))
_TO_FOLD = _PAYLOADS.add_columns(_JUDGED_FROM.scalar_subquery())


def rows_of(conn: Connection, contract_id: str) -> list[Row]:
    """Return the payloads of a contract and all its parts, in the order of recording. Raises Archived."""
    found = fetch_tuples(conn, _PAYLOADS, {"id": contract_id})
    rows = recorded_order(orjson.loads(payload) for (payload,) in found)
    _refuse_dropped(conn, contract_id, rows)
    return rows


def rows_to_fold(conn: Connection, contract_id: str) -> tuple[list[Row], datetime | None]:
    """Return the same without rulings, and from when on entries are judged (`judged_from`). Raises Archived."""
    found = fetch_tuples(conn, _TO_FOLD, {"id": contract_id})
    rows = recorded_order(_without_rulings(payload) for payload, _ in found)
    _refuse_dropped(conn, contract_id, rows)
    return rows, _decoded(conn, found[0][1:]) if found else None


def _refuse_dropped(conn: Connection, contract_id: str, rows: Iterable[Row]) -> None:
    if any(row["event"] == ARCHIVE for row in rows):
        refuse_archived(conn, contract_id)


def in_full(conn: Connection, found: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the payloads of history rows with all rulings in full. found: rows with their payload as a text."""
    rows: list[dict[str, Any]] = [orjson.loads(row.payload) for row in found]
    if asked := places_in(rows):
        h = tables.history.c
        wanted = select(h.payload).where(tuple_(h.subject_id, h.seq).in_(sorted(asked)))
        fill_rulings(rows, [orjson.loads(payload) for payload in conn.execute(wanted).scalars()])
    return rows


def fill_rulings(rows: Iterable[Row], known: Iterable[Row]) -> None:
    """Replace references by their rulings. known: the rows that have them in full."""
    said: Mapping[tuple[str, int], Sequence[Any]] = {(row["subject"], row["seq"]): row["rulings"] for row in known}
    fill_in(rows, lambda subject, seq: said.get((subject, seq), ()))


def judged_from(conn: Connection) -> datetime | None:
    """Return from when on entries are judged at their places, None if all of them are."""
    rows = fetch_tuples(conn, _JUDGED_FROM, {})
    return _decoded(conn, rows[0]) if rows else None


def _decoded(conn: Connection, row: Sequence[Any]) -> datetime | None:
    found: datetime | None = decoded(row, decoders((_clock.judged_from,), conn.dialect))[0]
    return found


def rows_of_following(
    conn: Connection, after: str, limit: int, service: str | None = None
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the next contracts in the order of id, each with its payloads, unordered and without rulings.

    Archived histories are skipped. service: of the contracts, None for all.
    """
    following = of_service(_FOLLOWING, _contract, service)
    ids = list(conn.execute(following, {"after": after, "limit": limit}).scalars())
    if not ids:
        return
    payloads: dict[str, list[str]] = {contract_id: [] for contract_id in ids}
    bounds = {"first": ids[0], "last": ids[-1]}
    found: Iterable[Sequence[Any]]
    if service in (None, DEFAULT_SERVICE):  # the few others in between are skipped
        found = fetch_tuples(conn, _BETWEEN, bounds)
    else:
        found = any_of(conn, _OF_CONTRACTS, tables.history.c.contract_id, ids)
    for contract_id, payload in found:
        if contract_id in payloads:  # not of an archived one, or of another service
            payloads[contract_id].append(payload)
    for contract_id in ids:
        yield contract_id, [*map(_without_rulings, payloads.pop(contract_id))]


def _without_rulings(payload: str) -> Row:
    """Remove rulings, which are most of a row's text and are not read by a fold: parsing 50 rows takes 91 us, with
    them 158.
    """
    row: Row = orjson.loads(payload[: payload.find(',"rulings":')] + payload[payload.rfind(',"seq":') :])
    return row


_HISTORY = (
    select(tables.history.c.payload, tables.history.c.hash)
    .where(tables.history.c.subject_id == bindparam("id"), tables.history.c.seq > bindparam("after"))
    .order_by(tables.history.c.seq)
    .limit(bindparam("limit"))
)


def history_of(conn: Connection, subject_id: str, after: int, limit: int) -> list[Any]:
    """Return a subject's history rows with a seq above `after`: (payload, hash), in the order of seq."""
    return list(conn.execute(_HISTORY, {"id": subject_id, "after": after, "limit": limit}).all())
