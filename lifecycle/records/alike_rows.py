"""Writes many contracts that change alike, each with its own history row: common values are sent once.

1,000 at a time, a contract takes 13 us of CPU on SQLite, and 41 on PostgreSQL including the server; with
`write_row_sets` and each row in full, 22 and 50.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Dialect

from lifecycle.records import tables
from lifecycle.records.bulk_insert import ConcurrentChange
from lifecycle.records.compiled import execute_text
from lifecycle.records.engine import is_sqlite
from lifecycle.records.row_sets import stored_as

OwnValues = tuple[str, str, bytes]  # the contract's id, the hash of its history row, that row's payload
_HISTORY = ("seq", "event", "effective_at", "recorded_at", "actor")
_LENGTH_BITS = 24  # position and length of a payload among the bytes of all


class AlikeRows(NamedTuple):
    """Contracts and their history rows. version: as read. changed, history: the common values.

    changed: of the contract, without its head hash. history: seq, event, effective_at, recorded_at, actor.
    """

    version: int
    changed: Mapping[str, Any]
    history: tuple[Any, ...]
    rows: Sequence[OwnValues]


def write_alike(conn: Connection, alike: AlikeRows) -> None:
    """Update the contracts, add their history rows and put these into the outbox.

    Raises ConcurrentChange if a contract is no longer at the version read; then nothing may be committed.
    """
    write = _write_sqlite if is_sqlite(conn) else _write_postgres
    updated = write(conn, alike, tuple(alike.changed))
    if updated != len(alike.rows):
        raise ConcurrentChange(
            f"{len(alike.rows) - updated} of {len(alike.rows)} contracts were changed meanwhile"
        )


def _write_sqlite(conn: Connection, alike: AlikeRows, names: tuple[str, ...]) -> int:
    update, history, outbox = _sqlite(names)
    ids = [row[0] for row in alike.rows]
    changed = stored_as(tables.contract, names, conn.dialect)(tuple(alike.changed.values()))
    heads = orjson.dumps([row[:2] for row in alike.rows]).decode()
    updated: int = execute_text(conn, update, [*changed, heads, alike.version]).rowcount
    texts = [f"{id_}{digest}".encode() + payload for id_, digest, payload in alike.rows]
    starts = accumulate(map(len, texts[:-1]), initial=1)
    places = [start << _LENGTH_BITS | len(text) for start, text in zip(starts, texts, strict=True)]
    said = stored_as(tables.history, _HISTORY, conn.dialect)(alike.history)
    long = len(ids[0])
    execute_text(conn, history, [b"".join(texts), long, *said, orjson.dumps(places).decode()])
    execute_text(conn, outbox, [alike.history[0], orjson.dumps(ids).decode()])
    return updated


@lru_cache(maxsize=64)
def _sqlite(names: tuple[str, ...]) -> tuple[str, str, str]:
    sets = "".join(f"{_column(name)} = ?, " for name in names)
    place = f"(value >> {_LENGTH_BITS})"
    own = f"CAST(substr(?1, {place}, ?2) AS TEXT)"
    digest = f"CAST(substr(?1, {place} + ?2, 64) AS TEXT)"
    payload = f"CAST(substr(?1, {place} + ?2 + 64, (value & {(1 << _LENGTH_BITS) - 1}) - ?2 - 64) AS TEXT)"
    return (
        f"UPDATE contract SET {sets}head_hash = new.value ->> 1 FROM json_each(?) AS new "  # noqa: S608
        "WHERE contract.id = new.value ->> 0 AND contract.version = ?",
        f"INSERT INTO history (subject_id, contract_id, hash, payload, {', '.join(_HISTORY)}) "  # noqa: S608
        f"SELECT {own}, {own}, {digest}, {payload}, ?3, ?4, ?5, ?6, ?7 FROM json_each(?8)",
        "INSERT INTO pending (seq, subject_id) SELECT ?, value FROM json_each(?)",
    )


def _write_postgres(conn: Connection, alike: AlikeRows, names: tuple[str, ...]) -> int:
    ids, hashes, payloads = map(list, zip(*alike.rows, strict=True))
    values = {f"new_{name}": value for name, value in alike.changed.items()}
    values |= dict(zip(_HISTORY, alike.history, strict=True))
    values |= {"ids": ids, "hashes": hashes, "payloads": payloads, "was": alike.version}
    updated: int = execute_text(conn, _postgres(names, conn.dialect), values).fetchone()[0]
    return updated


@lru_cache(maxsize=64)
def _postgres(names: tuple[str, ...], dialect: Dialect) -> str:
    """All in one statement, because each statement waits for an answer."""
    types = {name: tables.contract.c[name].type.compile(dialect) for name in names}
    sets = "".join(f"{_column(name)} = CAST(%(new_{name})s AS {type_}), " for name, type_ in types.items())
    said = [f"CAST(%({name})s AS {tables.history.c[name].type.compile(dialect)})" for name in _HISTORY]
    return (
        f"WITH changed AS (UPDATE contract AS old SET {sets}head_hash = new.hash "  # noqa: S608
        "FROM unnest(%(ids)b::text[], %(hashes)b::text[]) AS new (id, hash) "
        "WHERE old.id = new.id AND old.version = %(was)s RETURNING 1), "
        f"history AS (INSERT INTO history (subject_id, contract_id, hash, payload, {', '.join(_HISTORY)}) "
        f"SELECT id, id, hash, convert_from(payload, 'UTF8'), {', '.join(said)} "
        "FROM unnest(%(ids)b::text[], %(hashes)b::text[], %(payloads)b::bytea[]) AS new (id, hash, payload)), "
        "outbox AS (INSERT INTO pending (subject_id, seq) SELECT id, %(seq)s "
        "FROM unnest(%(ids)b::text[]) AS new (id)) SELECT count(*) FROM changed"
    )


def _column(name: str) -> str:
    """The name of a contract's column in the database."""
    return str(tables.contract.c[name].name)
