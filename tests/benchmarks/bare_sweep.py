"""The bare minimum of a sweep: set-based SQL that writes the same bytes and hashes, without any rule.

Each payload is put together in SQL from pieces worked out beforehand, one set of them for each day of application;
batches of 10,000, each a transaction, as in the sweep.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Date, Engine, bindparam, text

from lifecycle.history.store import chain
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.step import fire
from lifecycle.records.engine import is_sqlite, writing

BATCH = 10_000

SETS = {
    "terminate": "state = 'terminated', terminated_on = contract.effective_on, rulings_said = NULL",
    "start_billing": "state = 'billing', billing_started = true",
}
_DUE = "c.due_event = '{event}' AND c.due_at = {at} AND c.id > {after} ORDER BY c.id LIMIT {batch}"
_STEPPED = (
    "UPDATE contract SET {sets}, due_event = NULL, due_at = NULL, "
    "version = new.version + 1, seq = new.seq + 1, head_hash = new.hash "
    "FROM {new} AS new WHERE contract.id = new.id AND contract.version = new.version"
)
_HISTORY = "INSERT INTO history SELECT id, seq + 1, id, '{event}', {at}, {now}, 'clock', hash, payload FROM {new}"
_PENDING = "INSERT INTO pending (subject_id, seq) SELECT id, seq + 1 FROM {new}"


def prepare(engine: Engine, made: Sequence[Contract], now: datetime) -> str:
    """Stores the pieces of the patterns' steps; the SQL expression of a payload over contract c and piece p."""
    rows, order = [], ""
    for pattern in made:
        head = hashlib.sha256(pattern.id.encode()).hexdigest()
        before = Dossier(pattern.replace(head_hash=head))
        _, entries = fire(before, pattern.id, now)
        payload = chain({pattern.id: head}, entries)[2][0][-1].decode()
        pieces, found = re.split(f"{pattern.id}|{head}", payload), re.findall(f"{pattern.id}|{head}", payload)
        tokens = ["c.id" if token == pattern.id else "c.head_hash" for token in found]
        order = " || ".join(f"p.p{i} || {token}" for i, token in enumerate(tokens)) + f" || p.p{len(tokens)}"
        rows.append({"day": pattern.received_on} | {f"p{i}": piece for i, piece in enumerate(pieces)})
    names = list(rows[0])
    with writing(engine) as conn:
        columns = ", ".join(f"{name} TEXT" for name in names[1:])
        conn.execute(text(f"CREATE TABLE piece (day DATE PRIMARY KEY, {columns})"))
        values = ", ".join(f":{name}" for name in names)
        conn.execute(text(f"INSERT INTO piece VALUES ({values})").bindparams(bindparam("day", type_=Date)), rows)
    return order


def run(engine: Engine, event: str, payload: str, due_at: datetime, now: datetime) -> float:
    """Fires everything due at one instant for one event; seconds."""
    driver: Any = engine.raw_connection().driver_connection
    begun = perf_counter()
    (_sqlite if is_sqlite(engine) else _postgres)(driver, event, payload, due_at, now)
    return perf_counter() - begun


def _postgres(driver: Any, event: str, payload: str, due_at: datetime, now: datetime) -> None:
    at, recorded = f"'{due_at.isoformat()}'::timestamptz", f"'{now.isoformat()}'::timestamptz"
    due = _DUE.format(event=event, at=at, after="%s", batch=BATCH)
    statement = (
        f"WITH due AS MATERIALIZED (SELECT c.* FROM contract c WHERE {due} FOR UPDATE SKIP LOCKED), "
        f"said AS MATERIALIZED (SELECT c.id, c.seq, c.version, {payload} AS payload "
        "FROM due c JOIN piece p ON p.day = c.received_on), "
        "new AS MATERIALIZED (SELECT *, encode(sha256('\\x00'::bytea || convert_to(payload, 'UTF8')), 'hex') "
        "AS hash FROM said), "
        f"h AS ({_HISTORY.format(event=event, at=at, now=recorded, new='new')}), "
        f"p AS ({_PENDING.format(new='new')}), "
        f"u AS ({_STEPPED.format(sets=SETS[event], new='new')} RETURNING contract.id) SELECT max(id) FROM u"
    )
    after = ""
    while after is not None:
        after = driver.execute(statement, (after,)).fetchone()[0]
        driver.commit()


def _sqlite(driver: Any, event: str, payload: str, due_at: datetime, now: datetime) -> None:
    at, recorded = f"'{due_at:%Y-%m-%d %H:%M:%S.%f}'", f"'{now:%Y-%m-%d %H:%M:%S.%f}'"
    driver.create_function("leaf", 1, lambda said: hashlib.sha256(b"\0" + said.encode()).hexdigest())
    driver.execute("CREATE TEMP TABLE new (id TEXT PRIMARY KEY, seq INT, version INT, payload TEXT, hash TEXT)")
    claimed = (
        f"INSERT INTO new SELECT *, leaf(payload) FROM (SELECT c.id, c.seq, c.version, {payload} AS payload "
        f"FROM contract c JOIN piece p ON p.day = c.received_on "
        f"WHERE {_DUE.format(event=event, at=at, after='?', batch=BATCH)})"
    )
    after = ""
    while after is not None:
        driver.execute("BEGIN IMMEDIATE")
        driver.execute("DELETE FROM new")
        driver.execute(claimed, (after,))
        driver.execute(_HISTORY.format(event=event, at=at, now=recorded, new="new ORDER BY id"))
        driver.execute(_PENDING.format(new="new ORDER BY id"))
        driver.execute(_STEPPED.format(sets=SETS[event], new="temp.new"))
        after = driver.execute("SELECT max(id) FROM new").fetchone()[0]
        driver.execute("COMMIT")
