"""The fuse against mass, irreversible mistakes: a clock that is wrong, or far more due than was forecast.

When it trips, sweeps hold what cannot be undone until a person resumes; the rest goes on at a time that can be
vouched for. It is asked before each sweep of the scheduler, never in a sandbox, whose time is moved on purpose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, delete, func, insert, literal, select, union_all

from lifecycle.desk.clock import raise_mark
from lifecycle.desk.due import Pair, by_index
from lifecycle.desk.logbook import RESUME, TRIP, Note, latest, note
from lifecycle.machines.facts import kind_of
from lifecycle.machines.step import CLOCK, Entry
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing

# What ends for good. A credit's lapse is not among them, for a late claim is still taken (R27).
IRREVERSIBLE: frozenset[Pair] = frozenset({
    ("contract", "terminate"), ("option", "terminate"), ("option", "reject"), ("item_change", "lapse"),
})  # fmt: skip
HOUR = timedelta(hours=1)
FORGOTTEN = timedelta(days=400)  # after which a boot is taken to be over
_f, _b, _c = tables.forecast.c, tables.baseline.c, tables.clock.c


@dataclass(frozen=True, slots=True)
class Beat:
    """A reading of a clock that nobody sets. boot: what its seconds count from; comparable within one only."""

    boot: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """When the fuse trips.

    parting: how far wall clock and steady clock may part. horizon: how far forecasts reach, and the longest stop
    after which the service goes on by itself. It trips when more irreversible timers are due than `slack` plus
    `factor` times what the forecast of an hour ago said.
    """

    parting: timedelta = timedelta(hours=3)
    horizon: timedelta = timedelta(days=62)
    slack: int = 100
    factor: float = 2.0


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sweep may do: go by the instant `now`, and fire anything but `held`."""

    now: datetime
    held: frozenset[Pair] = frozenset()


class NothingHeld(Exception):
    """The fuse has not tripped: there is nothing to resume."""


class Held(Exception):
    """A command would first fire what the fuse holds."""


def tripped(conn: Connection) -> Note | None:
    """The entry with which the fuse tripped, None where it is whole."""
    found = latest(conn, TRIP, RESUME)
    return found[0] if found and found[0].event == TRIP else None


def judge(engine: Engine, now: datetime, beat: Beat, limits: Limits = DEFAULT) -> Verdict:
    """What the sweep may do at `now`, the wall clock's instant; trips the fuse where it must."""
    with reading(engine) as conn:
        out = tripped(conn)
        known = conn.execute(select(_b.at, _b.seconds).where(_b.boot == beat.boot)).one_or_none()
        mark = _mark(conn)
    if known is None:
        with writing(engine) as conn:
            started = _plausible(now, mark, limits)
            _begin(conn, beat, started)
        reckoned = started
    else:
        reckoned = known.at + timedelta(seconds=beat.seconds - known.seconds)
    vouched = now if abs(now - reckoned) <= limits.parting else min(now, reckoned)
    cause = _of_the_clock(now, reckoned, mark, limits)
    if out is None and cause is None:
        cause = _of_the_forecast(engine, vouched, limits)
    if out is None and cause is not None:
        with writing(engine) as conn:
            if tripped(conn) is None:
                note(conn, Note(now, TRIP, CLOCK, cause))
    return Verdict(vouched, IRREVERSIBLE if out is not None or cause is not None else frozenset())


def resume(conn: Connection, actor: str, reason: str, now: datetime) -> None:
    """A person has looked: what is due by `now` may fire, and the clock is right. Raises NothingHeld."""
    if tripped(conn) is None:
        raise NothingHeld("nothing is held: the fuse has not tripped")
    note(conn, Note(now, RESUME, actor, reason))
    conn.execute(delete(tables.baseline))
    conn.execute(delete(tables.forecast))
    _foretell(conn, now, DEFAULT)
    raise_mark(conn, now)


def refuse_held(conn: Connection, entries: Iterable[Entry]) -> None:
    """Raises Held where a command let due timers fire that the fuse holds; the caller rolls back."""
    fired = {(kind_of(entry.subject), entry.event) for entry in entries if entry.act.actor == CLOCK}
    if IRREVERSIBLE & fired and (entry := tripped(conn)) is not None:
        raise Held(f"ends wait for a person since {entry.at.isoformat()}: {entry.reason}")


def _mark(conn: Connection) -> datetime | None:
    """The last sign of life: the sweeps' mark, or where none ever swept the last thing recorded."""
    mark: datetime | None = conn.execute(select(_c.mark_at)).scalar_one_or_none()
    if mark is None:
        recorded = tables.history.c.recorded_at
        mark = conn.execute(select(recorded).order_by(recorded.desc()).limit(1)).scalar_one_or_none()
    return mark


def _plausible(now: datetime, mark: datetime | None, limits: Limits) -> datetime:
    """What a boot that was never seen starts from: the wall clock, unless it is too far from the last mark."""
    if mark is None or mark - limits.parting <= now <= mark + limits.horizon:
        return now
    return mark


def _begin(conn: Connection, beat: Beat, at: datetime) -> None:
    conn.execute(delete(tables.baseline).where((_b.at < at - FORGOTTEN) | (_b.boot == beat.boot)))
    conn.execute(insert(tables.baseline), {"boot": beat.boot, "at": at, "seconds": beat.seconds})


def _of_the_clock(now: datetime, reckoned: datetime, mark: datetime | None, limits: Limits) -> str | None:
    if abs(now - reckoned) > limits.parting:
        said, by = now.isoformat(timespec="seconds"), reckoned.isoformat(timespec="seconds")
        return f"the wall clock says {said}, but as time has passed it is {by}"
    if mark is not None and mark - now > limits.parting:
        return (
            f"a sweep recorded {mark.isoformat(timespec='seconds')} already, which the wall clock has not reached"
        )
    return None


def _of_the_forecast(engine: Engine, now: datetime, limits: Limits) -> str | None:
    with reading(engine) as conn:
        newest, used = _forecasts(conn, now)
        expected = _expected(conn, used, now) if used is not None else 0
        allowed = limits.slack + int(limits.factor * expected)
        by_index(conn)
        due = _due(conn, now, allowed + 1) if used is not None else 0
    if due > allowed:
        return f"more than {allowed} ends are due, where {expected} were forecast"
    if newest is None or now - newest >= HOUR:
        with writing(engine) as conn:
            if used is not None:
                conn.execute(delete(tables.forecast).where(_f.made_at < used))
            _foretell(conn, now, limits)
    return None


def _forecasts(conn: Connection, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the newest forecast was made, and the one to go by: the newest of an hour ago, else the oldest."""
    made = list(conn.execute(select(_f.made_at).distinct().order_by(_f.made_at)).scalars())
    if not made:
        return None, None
    return made[-1], max((at for at in made if at <= now - HOUR), default=made[0])


def _expected(conn: Connection, made_at: datetime, now: datetime) -> int:
    total = select(func.coalesce(func.sum(_f.number), 0)).where(_f.made_at == made_at, _f.due_at <= now)
    return int(conn.execute(total).scalar_one())


def _due(conn: Connection, now: datetime, most: int) -> int:
    """How many irreversible timers are due, counted no further than `most`."""
    parts = []
    for kind, event in sorted(IRREVERSIBLE):
        table = tables.SUBJECTS[kind].c
        inner = select(literal(1)).where(table.due_event == event, table.due_at <= now).limit(most)
        parts.append(select(func.count().label("number")).select_from(inner.subquery()))
    counts = union_all(*parts).subquery()
    return int(conn.execute(select(func.sum(counts.c.number))).scalar_one())


def _foretell(conn: Connection, now: datetime, limits: Limits) -> None:
    """Keeps how many irreversible timers stand at each instant up to the horizon, what is overdue included."""
    by_index(conn)
    found: dict[datetime, int] = {now: 0}  # a forecast of nothing is one, too
    for kind, event in sorted(IRREVERSIBLE):
        table = tables.SUBJECTS[kind].c
        soon = and_(table.due_event == event, table.due_at <= now + limits.horizon)
        for at, number in conn.execute(select(table.due_at, func.count()).where(soon).group_by(table.due_at)):
            found[at] = found.get(at, 0) + number
    conn.execute(delete(tables.forecast).where(_f.made_at == now))
    conn.execute(insert(tables.forecast), [{"made_at": now, "due_at": at, "number": n} for at, n in found.items()])
