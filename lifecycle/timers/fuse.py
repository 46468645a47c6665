"""The fuse against irreversible mass mistakes: a wrong clock, or far more due timers than forecast.

When it trips, sweeps hold irreversible transitions until a person resumes; other transitions continue at a
plausible instant. Each sweep of the scheduler checks it first, except in a sandbox, whose time is moved on
purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, bindparam, case, delete, func, insert, literal, select, union_all

from lifecycle.errors import DomainError
from lifecycle.history.operations_log import RESUME, TRIP, Note, latest, note
from lifecycle.machines.dossier import kind_of
from lifecycle.machines.step import CLOCK, Entry
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import raise_high_water_mark
from lifecycle.timers.due import KindEvent, prepare_batch

# Irreversible transitions. The lapse of a credit is not one of them: a late claim is still possible (R27).
IRREVERSIBLE: frozenset[KindEvent] = frozenset({
    ("contract", "terminate"), ("option", "terminate"), ("option", "reject"), ("item_change", "lapse"),
})  # fmt: skip
HOUR = timedelta(hours=1)
_OF_CLOCK = (
    "the wall clock says ",
    "a sweep recorded ",
)  # how the reason begins when the clock tripped the fuse
FORGOTTEN = timedelta(days=400)  # after this period a boot is considered over
_f, _b, _c, _l = tables.forecast.c, tables.baseline.c, tables.clock.c, tables.operations_log.c
_BOOT = _b.boot == bindparam("boot")
_LAST = select(_l.event).where(_l.event.in_([TRIP, RESUME])).order_by(_l.id.desc()).limit(1)
_KNOWN = select(
    _LAST.scalar_subquery().label("last"),
    select(_c.high_water_mark).scalar_subquery().label("high_water_mark"),
    select(_b.at).where(_BOOT).scalar_subquery().label("at"),
    select(_b.seconds).where(_BOOT).scalar_subquery().label("seconds"),
)
_BY_NOW = case((_f.due_at <= bindparam("now", type_=_f.due_at.type), _f.number), else_=0)
_FORECASTS = select(_f.made_at, func.sum(_BY_NOW).label("number")).group_by(_f.made_at)


@dataclass(frozen=True, slots=True)
class Beat:
    """A reading of the steady clock, which nobody can set. boot: the boot since which seconds count; only readings
    of the same boot are comparable.
    """

    boot: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """When the fuse trips.

    max_drift: the maximum difference between wall clock and steady clock. horizon: how far forecasts reach, and
    the longest stop after which the service resumes by itself. The fuse trips when more irreversible timers are
    due than `slack` plus `factor` times what the forecast of an hour ago said.
    """

    max_drift: timedelta = timedelta(hours=3)
    horizon: timedelta = timedelta(days=62)
    slack: int = 100
    factor: float = 2.0


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class SweepPermit:
    """What a sweep may do: `now` is the instant to use, `held` are the events that must not fire."""

    now: datetime
    held: frozenset[KindEvent] = frozenset()


def permit_all(now: datetime, counting: bool) -> SweepPermit:
    """A permit for a sweep without a fuse: everything may fire."""
    return SweepPermit(now)


class NothingHeld(DomainError):
    """The fuse has not tripped, so there is nothing to resume."""

    kind, title = "nothing-held", "Nothing is held"


class Held(DomainError):
    """The command would fire timers that the fuse holds."""

    status, kind, title = 503, "held", "On hold until a person checks"
    headers: Mapping[str, str] = {"Retry-After": "60"}


def tripped(conn: Connection) -> Note | None:
    """Return the logbook entry with which the fuse tripped, None if it has not tripped."""
    found = latest(conn, TRIP, RESUME)
    return found[0] if found and found[0].event == TRIP else None


def clock_judged(conn: Connection) -> str | None:
    """Return why the clock tripped the fuse, None if it did not or a person has resumed since."""
    entry = tripped(conn)
    return entry.reason if entry is not None and entry.reason.startswith(_OF_CLOCK) else None


def resumed_at(conn: Connection) -> datetime | None:
    """Return when a person last resumed, None if never."""
    found = latest(conn, RESUME)
    return found[0].at if found else None


def judge(
    engine: Engine, now: datetime, beat: Beat, limits: Limits = DEFAULT, *, counting: bool = True
) -> SweepPermit:
    """Return the permit for a sweep at `now`, an instant of the wall clock. Trips the fuse if necessary.

    counting: whether to count due timers, which takes longer the more are due. The clock is always checked.
    """
    with reading(engine) as conn:
        known = conn.execute(_KNOWN, {"boot": beat.boot}).one()
        mark = known.high_water_mark or _mark(conn)
        estimated = _plausible(now, mark, limits)
        if known.at is not None:
            estimated = known.at + timedelta(seconds=beat.seconds - known.seconds)
        vouched = now if abs(now - estimated) <= limits.max_drift else min(now, estimated)
        out, stale = known.last == TRIP, False
        cause = _clock_fault(now, estimated, mark, limits)
        if counting and not out and cause is None:
            cause, stale = _forecast_exceeded(conn, vouched, limits)
    if known.at is None or stale or (cause is not None and not out):
        with writing(engine) as conn:
            if known.at is None:
                _begin(conn, beat, estimated)
            if stale:
                _renew_forecast(conn, vouched, limits)
            if cause is not None and tripped(conn) is None:
                note(conn, Note(now, TRIP, CLOCK, cause))
    return SweepPermit(vouched, IRREVERSIBLE if out or cause is not None else frozenset())


def release_held_ends(conn: Connection, actor: str, reason: str, now: datetime) -> None:
    """Resume after a person has checked: what is due by `now` may fire, and the clock is right. Raises
    NothingHeld.
    """
    if tripped(conn) is None:
        raise NothingHeld("nothing is held: the fuse has not tripped")
    note(conn, Note(now, RESUME, actor, reason))
    conn.execute(delete(tables.baseline))
    conn.execute(delete(tables.forecast))
    _forecast_events(conn, now, DEFAULT)
    raise_high_water_mark(conn, now)


def refuse_held(conn: Connection, entries: Iterable[Entry]) -> None:
    """Raise Held if a command would fire due timers that the fuse holds; the caller rolls back."""
    fired = {(kind_of(entry.subject), entry.event) for entry in entries if entry.act.actor == CLOCK}
    if IRREVERSIBLE & fired and (entry := tripped(conn)) is not None:
        raise Held(f"ends wait for a person since {entry.at.isoformat()}: {entry.reason}")


def _mark(conn: Connection) -> datetime | None:
    """The instant of the last sweep; without one, of the last recording."""
    recorded = tables.history.c.recorded_at
    found: datetime | None = conn.execute(select(recorded).order_by(recorded.desc()).limit(1)).scalar_one_or_none()
    return found


def _plausible(now: datetime, mark: datetime | None, limits: Limits) -> datetime:
    """The start of a boot that is seen for the first time: the wall clock, unless it is too far from the last
    mark.
    """
    if mark is None or mark - limits.max_drift <= now <= mark + limits.horizon:
        return now
    return mark


def _begin(conn: Connection, beat: Beat, at: datetime) -> None:
    conn.execute(delete(tables.baseline).where((_b.at < at - FORGOTTEN) | (_b.boot == beat.boot)))
    conn.execute(insert(tables.baseline), {"boot": beat.boot, "at": at, "seconds": beat.seconds})


def _clock_fault(now: datetime, estimated: datetime, mark: datetime | None, limits: Limits) -> str | None:
    if abs(now - estimated) > limits.max_drift:
        said, by = now.isoformat(timespec="seconds"), estimated.isoformat(timespec="seconds")
        return f"the wall clock says {said}, but as time has passed it is {by}"
    if mark is not None and mark - now > limits.max_drift:
        return (
            f"a sweep recorded {mark.isoformat(timespec='seconds')} already, which the wall clock has not reached"
        )
    return None


def _forecast_exceeded(conn: Connection, now: datetime, limits: Limits) -> tuple[str | None, bool]:
    """Return the reason if too many timers are due, else None; and whether a new forecast is necessary."""
    forecasts = {row.made_at: int(row.number) for row in conn.execute(_FORECASTS, {"now": now})}
    if not forecasts:
        return None, True
    expected = forecasts[_forecast_to_use(list(forecasts), now)]
    allowed = limits.slack + int(limits.factor * expected)
    prepare_batch(conn)
    if _due(conn, now, allowed + 1) > allowed:
        return f"more than {allowed} ends are due, where {expected} were forecast", False
    return None, now - max(forecasts) >= HOUR


def _forecast_to_use(made: Sequence[datetime], now: datetime) -> datetime:
    """Return the newest forecast that is at least an hour old, or else the oldest one."""
    return max((at for at in made if at <= now - HOUR), default=min(made))


def _renew_forecast(conn: Connection, now: datetime, limits: Limits) -> None:
    if made := list(conn.execute(select(_f.made_at).distinct()).scalars()):
        conn.execute(delete(tables.forecast).where(_f.made_at < _forecast_to_use(made, now)))
    _forecast_events(conn, now, limits)


def _due(conn: Connection, now: datetime, most: int) -> int:
    """Count due irreversible timers, up to `most`."""
    parts = []
    for kind, event in sorted(IRREVERSIBLE):
        table = tables.SUBJECTS[kind].c
        inner = select(literal(1)).where(table.due_event == event, table.due_at <= now).limit(most)
        parts.append(select(func.count().label("number")).select_from(inner.subquery()))
    counts = union_all(*parts).subquery()
    return int(conn.execute(select(func.sum(counts.c.number))).scalar_one())


def _forecast_events(conn: Connection, now: datetime, limits: Limits) -> None:
    """Store the number of irreversible timers at each instant up to the horizon, including overdue ones."""
    prepare_batch(conn)
    found: dict[datetime, int] = {now: 0}  # a forecast of no timers is a forecast, too
    for kind, event in sorted(IRREVERSIBLE):
        table = tables.SUBJECTS[kind].c
        soon = and_(table.due_event == event, table.due_at <= now + limits.horizon)
        for at, number in conn.execute(select(table.due_at, func.count()).where(soon).group_by(table.due_at)):
            found[at] = found.get(at, 0) + number
    conn.execute(delete(tables.forecast).where(_f.made_at == now))
    conn.execute(insert(tables.forecast), [{"made_at": now, "due_at": at, "number": n} for at, n in found.items()])
