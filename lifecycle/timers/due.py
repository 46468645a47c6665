"""What is due: the next instants, and the rows of one instant claimed for stepping (R3, R15).

Nobody waits here: on PostgreSQL a row that somebody holds is skipped, on SQLite there is one writer at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import takewhile
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.types import NullType

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.table import event_of
from lifecycle.machines.timers import RANKS, Timer, timers
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

KindEvent = tuple[str, str]  # kind and event
KIND_EVENTS = sorted(RANKS, key=lambda pair: (RANKS[pair], pair))
NONE: frozenset[KindEvent] = frozenset()
OWN = f"c_{token_hex(13)}"  # stands for a contract's own id; nobody's text
_STANDING = ("due_event", "state", "version", "seq", "rulings_said")
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

# Thousands of ids meet a table of millions: never by reading all of it, however old the statistics are.
_BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off"
_parked = tables.parked.c


@dataclass(frozen=True, slots=True)
class DueGroup:
    """The timers of one rank and kind at one instant; they fire together, in the order of id."""

    at: datetime
    kind: str
    events: tuple[str, ...]


class Claim(NamedTuple):
    """One due row, held until the transaction ends. attempts: how often it failed, None where it never did.

    head_hash, shape: of a contract, where asked for: the hash of its newest history row, and all that its event
    reads as one text, with OWN for its id; None where its step may need more.
    """

    subject_id: str
    contract_id: str
    event: str
    attempts: int | None
    head_hash: str | None = None
    shape: str | None = None


def by_index(conn: Connection) -> None:
    """Keeps PostgreSQL from reading whole tables for a batch, until the transaction ends."""
    if not is_sqlite(conn):
        conn.exec_driver_sql(_BY_INDEX)


def next_instant(
    conn: Connection, now: datetime, after: datetime, until: datetime, held: frozenset[KindEvent] = NONE
) -> list[DueGroup]:
    """What is due at the earliest instant in (after, until], in the order of firing; empty where nothing is.

    held: kinds and events that are left out.
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
    """The earliest instant after now at which there is something to do: a timer not held, or a later try."""
    retry: datetime | None = conn.execute(_RETRY, {"now": now}).scalar_one_or_none()
    to_come = [due.at for due in next_instant(conn, now, now, LAST, held)]
    return min((at for at in (*to_come, retry) if at is not None), default=None)


def claim_due(
    conn: Connection,
    due: DueGroup,
    now: datetime,
    after: str,
    upto: str | None,
    limit: int,
    *,
    shapes: bool = False,
) -> list[Claim]:
    """Claims due rows with ids in (after, upto], in the order of id, their contracts' rows locked.

    shapes: with their shapes.
    """
    reads = reads_of(due) if shapes else ()
    statement = _claiming(due.kind, due.events, upto is not None, reads, is_sqlite(conn))
    events = due.events if len(due.events) > 1 else due.events[0]
    values = {"at": due.at, "now": now, "after": after, "upto": upto, "limit": limit, "events": events}
    if upto is None:
        del values["upto"]
    return [Claim(*row) for row in conn.execute(statement, values).all()]


def reads_of(due: DueGroup) -> tuple[str, ...]:
    """The columns that tell the shape of a contract that is due; none where its step is always taken alone."""
    return _reads_of(due.kind, due.events)


def ahead_of(dossier: Dossier, subject_id: str) -> list[Timer]:
    """The timers of the same dossier that must fire before the subject's."""
    if not dossier.contract.part_kinds:
        return []
    return list(takewhile(lambda timer: timer.subject_id != subject_id, timers(dossier)))


def set_aside(conn: Connection, blocking: Iterable[Timer], now: datetime) -> set[str]:
    """The parts among blocking timers that are parked at this very timer: their contract goes on (R18)."""
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


def _may_fire(table: Table) -> ColumnElement[bool]:
    """Not parked, or to be tried again by now, or parked over another timer than the one it has."""
    return or_(
        _parked.subject_id.is_(None),
        _parked.retry_at <= bindparam("now", type_=_parked.retry_at.type),
        _parked.event != table.c.due_event,
        _parked.due_at != table.c.due_at,
    )


def _first_of_each(kind: str, events: Sequence[str]) -> Select[Any]:
    """The earliest instant of each event of a kind, NULL where there is none; each by the index of due timers."""
    table = tables.SUBJECTS[kind]
    at = table.c.due_at
    asked = union_all(*(select(_word(event).label("event")) for event in events)).subquery(f"{kind}_events")
    first = (
        select(at)
        .outerjoin_from(table, tables.parked, _parked.subject_id == table.c.id)
        .where(
            table.c.due_event == asked.c.event,
            at > bindparam("after", type_=at.type),
            at <= bindparam("until", type_=at.type),
            _may_fire(table),
        )
        .order_by(at)
        .limit(1)
        .correlate(asked)
    )
    return select(_word(kind).label("kind"), asked.c.event, first.scalar_subquery().label("due_at"))


def _word(word: str) -> ColumnElement[str]:
    """A name of ours as it stands: the driver keeps what it made of a short statement of few parameters."""
    return literal_column(f"'{word}'", String)


@cache
def _earliest(held: frozenset[KindEvent]) -> CompoundSelect[Any]:
    asked: dict[str, list[str]] = {}
    for kind, event in KIND_EVENTS:
        if (kind, event) not in held:
            asked.setdefault(kind, []).append(event)
    return union_all(*(_first_of_each(kind, events) for kind, events in asked.items()))


_RETRY = select(func.min(_parked.retry_at)).where(_parked.retry_at > bindparam("now", type_=_parked.retry_at.type))


@cache
def _reads_of(kind: str, events: tuple[str, ...]) -> tuple[str, ...]:
    if kind != "contract":
        return ()
    found = dict.fromkeys(name for event in events for name in _reads(event) or ())
    return (*_STANDING, *found) if found else ()


def _reads(event: str) -> tuple[str, ...] | None:
    clock = event_of("contract", event).clock
    return None if clock is None else clock.reads


@cache
def _claiming(
    kind: str, events: tuple[str, ...], bounded: bool, reads: tuple[str, ...], sqlite: bool
) -> Select[Any]:
    table = tables.SUBJECTS[kind]
    event, at = table.c.due_event, table.c.due_at
    same = and_(_parked.event == event, _parked.due_at == at)
    attempts = case((_parked.subject_id.is_(None), None), (same, _parked.attempts), else_=0)
    source: Any = table.outerjoin(tables.parked, _parked.subject_id == table.c.id)
    locked: Sequence[Table] = [table]
    contract_id = table.c.id
    if kind != "contract":
        source = source.join(tables.contract, tables.contract.c.id == table.c.contract_id)
        locked, contract_id = [table, tables.contract], table.c.contract_id
    which = event.in_(bindparam("events", expanding=True)) if len(events) > 1 else event == bindparam("events")
    statement = (
        select(table.c.id, contract_id.label("contract_id"), event, attempts.label("attempts"))
        .select_from(source)
        .where(which, at == bindparam("at", type_=at.type), table.c.id > bindparam("after"), _may_fire(table))
        .order_by(table.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True, of=locked)
    )
    if reads:
        columns = [type_coerce(table.c[name], NullType()) for name in reads]
        text = func.json_array(*columns) if sqlite else cast(func.row(*columns), Text)
        known = event.in_([_word(one) for one in events if _reads(one) is not None])
        alone = and_(known, table.c.part_kinds == 0, table.c.head_hash.is_not(None), _parked.subject_id.is_(None))
        shape = case((alone, func.replace(text, table.c.id, _word(OWN))), else_=None)
        statement = statement.add_columns(table.c.head_hash, shape.label("shape"))
    return statement.where(table.c.id <= bindparam("upto")) if bounded else statement
