"""Many contracts, made fast: a thousand real ones as patterns, the rest differ from them in their ids only."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from lifecycle.history.store import chain
from lifecycle.machines.dossier import Contract
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.records.mapping import columns_of
from tests.scheduler.books import DAY, Story

ARRIVED = date(2026, 1, 10)
OVER = date(2026, 2, 10)  # the first day after the end of contracts notified on that day
PATTERNS = 1000
_PART = 10_000


def id_of(number: int) -> str:
    """The id of the numbered contract."""
    return f"c_{number:026d}"


@cache
def patterns(*, notified: bool, starting: bool = False, chosen_on: date | None = None) -> list[Contract]:
    """Contracts in billing, one for each of a thousand billing starts; notified: with a notice, for a chosen day.

    starting: instead accepted ones, of a thousand applications, whose billing starts on the day OVER.
    """
    found = []
    for number in range(PATTERNS):
        start = date(2023, 1, 1) + number * DAY
        story = Story(number).apply(start - 20 * DAY).accept(start - 10 * DAY, OVER if starting else start)
        if starting:
            found.append(_bound(story))
            continue
        if notified:
            story.notify(ARRIVED, chosen_on)
        else:
            story.until(start)
        found.append(_bound(story))
    return found


def _bound(story: Story) -> Contract:
    """The contract of a story with what its rows leave on it."""
    return story.dossier.contract.replace(rulings_said=chain({}, story.entries)[1][story.id])


@cache
def applications() -> list[Contract]:
    """Contracts that have been applied for on the day of the notices, a thousand of them."""
    return [Story(number).apply(ARRIVED).dossier.contract for number in range(PATTERNS)]


def contract(pattern: Contract, number: int) -> Contract:
    """The numbered contract after its pattern."""
    own = id_of(number)
    notices = tuple(type(n)(n.id.replace(pattern.id, own), *_rest(n)) for n in pattern.notices)
    billing_from = pattern.billing_from and pattern.billing_from.replace(pattern.id, own)
    return pattern.replace(
        id=own, reference=f"R-{number}", billing_from=billing_from, notices=notices,
        head_hash=sha256(own.encode()).hexdigest(),
    )  # fmt: skip


def fill(engine: Engine, number: int, *, notified: bool, starting: bool = False) -> None:
    """Writes numbered contracts into an empty database, without the history that led to them."""
    copy_patterns(engine, patterns(notified=notified, starting=starting), number)


def copy_patterns(engine: Engine, made: Sequence[Contract], number: int, begin: int = 0) -> None:
    """Writes contracts after a thousand patterns, numbered from begin (a multiple of a thousand) on."""
    rows = [_columns(contract(made[n], begin + n)) for n in range(min(number, PATTERNS))]
    with writing(engine) as conn:
        conn.execute(insert(tables.contract), rows)
    for start in range(begin + PATTERNS, begin + number, _PART):
        with writing(engine) as conn:
            _copy(conn, begin, start, min(start + _PART, begin + number))


def _copy(conn: Connection, begin: int, start: int, stop: int) -> None:
    """Adds the contracts numbered from start up to stop after those that are there, in SQL."""
    statement = _COPIED[conn.dialect.name].format(
        names=", ".join(column.name for column in tables.contract.columns),
        values=", ".join(_copied(column.name, conn.dialect.name) for column in tables.contract.columns),
    )
    if is_sqlite(conn):
        driver: Any = conn.connection.driver_connection
        driver.create_function("sha", 1, lambda said: sha256(said.encode()).hexdigest(), deterministic=True)
    conn.execute(text(statement), {"begin": begin, "patterns": PATTERNS, "start": start, "stop": stop})


_COPIED = {
    "sqlite": "WITH RECURSIVE counted(n) AS "
    "(SELECT :start UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :stop) "
    "INSERT INTO contract ({names}) SELECT {values} FROM "
    "(SELECT n, printf('c_%026d', n) AS own, printf('c_%026d', :begin + n % :patterns) AS old FROM counted) "
    "JOIN contract ON contract.id = old ORDER BY n",
    "postgresql": "INSERT INTO contract ({names}) SELECT {values} FROM "
    "(SELECT n, 'c_' || lpad(n::text, 26, '0') AS own, "
    "'c_' || lpad((:begin + n % :patterns)::text, 26, '0') AS old "
    "FROM generate_series(:start, :stop - 1) AS n) AS s "
    "JOIN contract ON contract.id = old ORDER BY n",
}
_OWN = {
    "id": ("own", "own"),
    "reference": ("'R-' || n", "'R-' || n"),
    "reference_key": ("'r-' || n", "'r-' || n"),
    "head_hash": ("sha(own)", "encode(sha256(convert_to(own, 'UTF8')), 'hex')"),
    "notices": ("replace(notices, old, own)", "replace(notices::text, old, own)::json"),
    "billing_from": ("replace(billing_from, old, own)", "replace(billing_from, old, own)"),
}


def _copied(name: str, dialect: str) -> str:
    return _OWN[name][dialect == "postgresql"] if name in _OWN else f"contract.{name}"


def _columns(made: Contract) -> dict[str, Any]:
    return columns_of({f.name: getattr(made, f.name) for f in fields(made)})


def _rest(notice: Any) -> Iterator[Any]:
    return iter(notice[1:])
