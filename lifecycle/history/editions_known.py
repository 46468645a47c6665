"""Which terms a past moment knew: the editions that were on record by then."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.editions import EDITIONS, Editions, Terms
from lifecycle.terms.recorded_terms import terms_of

_ROW, _EDITION = tables.history.c, tables.SUBJECTS["edition"].c
_HEADS = select(_EDITION.id, _EDITION.head_hash).order_by(_EDITION.id)
_ROWS = (
    select(_ROW.subject_id, _ROW.recorded_at, _ROW.payload)
    .where(_ROW.subject_id.in_(select(_EDITION.id)))
    .order_by(_ROW.recorded_at, _ROW.seq)
)
_KEPT = 8  # databases of one process
_read: dict[tuple[tuple[str, str], ...], tuple["_Recorded", ...]] = {}


class _Recorded(NamedTuple):
    """One row of an edition."""

    subject_id: str
    at: datetime
    terms: Terms


def editions_known(conn: Connection, known_at: datetime) -> Editions:
    """The terms as they were on record at an instant with zone.

    An earlier instant knew those of the first record: what came before it kept none. In a database without any
    record they are the loaded ones.
    """
    recorded = _recorded(conn)
    if not recorded:
        return EDITIONS
    until, newest = max(known_at, recorded[0].at), {}
    for one in recorded:
        if one.at <= until:
            newest[one.subject_id] = one.terms
    return _editions(tuple(newest[id_] for id_ in sorted(newest)))


def _recorded(conn: Connection) -> tuple[_Recorded, ...]:
    """Every row of the editions, in the order of recording; read again only where one was added."""
    heads = tuple(fetch_tuples(conn, _HEADS, {}))
    if heads not in _read:
        if len(_read) >= _KEPT:
            _read.clear()
        _read[heads] = tuple(
            _Recorded(row.subject_id, row.recorded_at, terms_of(orjson.loads(row.payload)["facts"]["content"]))
            for row in conn.execute(_ROWS)
        )
    return _read[heads]


@lru_cache(maxsize=64)
def _editions(versions: tuple[Terms, ...]) -> Editions:
    """Made once: what is computed under some versions is kept by their identity."""
    return EDITIONS if versions == tuple(EDITIONS) else Editions(versions)
