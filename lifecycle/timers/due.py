"""Due timers: the next instants, and conditions to claim the rows of one instant (R3, R15).

No query waits for a lock: PostgreSQL skips locked rows, SQLite has one writer at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.step import RANKS, Timer, timers
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

KindEvent = tuple[str, str]  # kind and event
KIND_EVENTS = sorted(RANKS, key=lambda pair: (RANKS[pair], pair))
NONE: frozenset[KindEvent] = frozenset()
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

# A batch of thousands of ids must not scan a table of millions, even with outdated statistics.
_BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
_LARGE_CACHE = "PRAGMA cache_size=-32768"  # KiB, of this connection
_parked = tables.parked.c


@dataclass(frozen=True, slots=True)
class DueGroup:
    """The timers of one rank and kind at one instant. They fire together, in the order of id."""

    at: datetime
    kind: str
    events: tuple[str, ...]


def prepare_batch(conn: Connection) -> None:
    """Keep PostgreSQL from scanning whole tables for a batch, until the transaction ends. Let SQLite keep the
    changed pages in memory until they are committed: 1.06 times the rows a second.
    """
    conn.exec_driver_sql(_LARGE_CACHE if is_sqlite(conn) else _BY_INDEX)


def next_instant(
    conn: Connection, now: datetime, after: datetime, until: datetime, held: frozenset[KindEvent] = NONE
) -> list[DueGroup]:
    """Return what is due at the earliest instant in (after, until], in the order of firing; empty if nothing is
    due.

    held: kinds and events to leave out.
    """
    asked = conn.execute(_earliest(held), {"now": now, "after": after, "until": until})
    found = [row for row in asked if row.due_at is not None]
    if not found:
        return []
    at = min(row.due_at for row in found)
    here = {(row.kind, row.event) for row in found if row.due_at == at}
    groups: dict[tuple[int, str], list[str]] = {}
    for kind, event in KIND_EVENTS:
        if (kind, event) in here:
            groups.setdefault((RANKS[kind, event], kind), []).append(event)
    return [DueGroup(at, kind, tuple(events)) for (_, kind), events in groups.items()]


def next_due_at(conn: Connection, now: datetime, held: frozenset[KindEvent] = NONE) -> datetime | None:
    """Return the earliest instant after now of a timer that is not held, or of a retry."""
    retry: datetime | None = conn.execute(_RETRY, {"now": now}).scalar_one_or_none()
    to_come = [due.at for due in next_instant(conn, now, now, LAST, held)]
    return min((at for at in (*to_come, retry) if at is not None), default=None)


def ahead_of(dossier: Dossier, subject_id: str) -> list[Timer]:
    """Return the timers of the same dossier that must fire before the subject's."""
    if not dossier.contract.part_kinds:
        return []
    return list(takewhile(lambda timer: timer.subject_id != subject_id, timers(dossier)))


def set_aside(conn: Connection, blocking: Iterable[Timer], now: datetime) -> set[str]:
    """Return the blocking parts whose blocking timer is parked: they no longer block their contract (R18)."""
    by_id = {timer.subject_id: timer for timer in blocking if not timer.subject_id.startswith("c_")}
    if not by_id:
        return set()
    statement = select(_parked.subject_id, _parked.event, _parked.due_at).where(
        _parked.subject_id.in_(list(by_id)), or_(_parked.retry_at.is_(None), _parked.retry_at > now)
    )
    return {
        row.subject_id
        for row in conn.execute(statement)
        if (row.event, row.due_at) == (by_id[row.subject_id].event, by_id[row.subject_id].due_at)
    }


def may_fire(table: Table) -> ColumnElement[bool]:
    """A condition: not parked, or due for a retry by now, or parked for another timer than the current one."""
    return or_(
        _parked.subject_id.is_(None),
        _parked.retry_at <= bindparam("now", type_=_parked.retry_at.type),
        _parked.event != table.c.due_event,
        _parked.due_at != table.c.due_at,
    )


def _first_of_each(kind: str, events: Sequence[str]) -> Select[Any]:
    """Select the earliest instant of each event of a kind, NULL without a timer; each from the index of due
    timers.
    """
    table = tables.SUBJECTS[kind]
    at = table.c.due_at
    asked = union_all(*(select(inline_literal(event).label("event")) for event in events)).subquery(
        f"{kind}_events"
    )
    first = (
        select(at)
        .outerjoin_from(table, tables.parked, _parked.subject_id == table.c.id)
        .where(
            table.c.due_event == asked.c.event,
            at > bindparam("after", type_=at.type),
            at <= bindparam("until", type_=at.type),
            may_fire(table),
        )
        .order_by(at)
        .limit(1)
        .correlate(asked)
    )
    return select(inline_literal(kind).label("kind"), asked.c.event, first.scalar_subquery().label("due_at"))


def inline_literal(word: str) -> ColumnElement[str]:
    """Return a name of the program as a literal: psycopg caches the conversion of a short statement with few
    parameters.
    """
    return literal_column(f"'{word}'", String)


@cache
def _earliest(held: frozenset[KindEvent]) -> CompoundSelect[Any]:
    asked: dict[str, list[str]] = {}
    for kind, event in KIND_EVENTS:
        if (kind, event) not in held:
            asked.setdefault(kind, []).append(event)
    return union_all(*(_first_of_each(kind, events) for kind, events in asked.items()))


_RETRY = select(func.min(_parked.retry_at)).where(_parked.retry_at > bindparam("now", type_=_parked.retry_at.type))
