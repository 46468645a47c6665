"""The statistics of the charts: coming ends by day, contracts by state over time, lateness of the clock."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from lifecycle.machines.step import RANKS
from lifecycle.queries.audit_trail import Span, late_firings
from lifecycle.records import tables
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import DAY, TOKYO, Month, end_of, tokyo_day

STATES = ("billing", "accepted", "applied")  # in which a contract is on its way or in force
LATEST = 2000  # steps of the clock that are looked at for its lag
SHORT_S = 60  # a lag of the clock that is not looked into
_c, _h = tables.contract.c, tables.history.c


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the clock fired on a day: how many steps, the longest and the mean time after the due instant."""

    day: date
    steps: int
    longest: timedelta
    mean: timedelta


def ends_by_day(conn: Connection, now: datetime, days: int, service: str | None = None) -> list[tuple[date, int]]:
    """How many contracts have each of the coming days as their last one, today first; days without any are 0.

    service: of its contracts, None for all; also below.
    """
    today = tokyo_day(now)
    until = end_of(today + days * DAY)
    statement = select(_c.due_at, func.count().label("number")).where(
        _c.due_event == "terminate", _c.due_at > now, _c.due_at <= until
    )
    found = Counter(
        {
            tokyo_day(row.due_at) - DAY: row.number
            for row in conn.execute(of_service(statement, _c.id, service).group_by(_c.due_at))
        }
    )
    return [(today + n * DAY, found[today + n * DAY]) for n in range(days)]


def states_by_month(
    conn: Connection, now: datetime, months: int, service: str | None = None
) -> list[tuple[Month, dict[str, int]]]:
    """How many contracts were in each state at the end of the last months, the current one as of now.

    A contract that was turned down or withdrawn is not counted: it never came to be.
    """
    ends = list(_ends(Month.of(tokyo_day(now)), months))
    columns = (_c.state, _c.received_on, _c.accepted_on, _c.billing_starts_on, _c.terminated_on)
    found: dict[Month, Counter[str]] = {month: Counter() for month in ends}
    counted = select(*columns, func.count().label("number")).where(_c.state.not_in(("rejected", "withdrawn")))
    grouped = of_service(counted, _c.id, service)
    for _, received, accepted, starts, over, number in conn.execute(grouped.group_by(*columns)):
        for month in ends:
            last = month.last
            if received <= last and (over is None or over > last):
                began = accepted is not None and starts is not None and starts <= last
                state = "billing" if began else "accepted" if accepted and accepted <= last else "applied"
                found[month][state] += number
    return [(month, {state: found[month][state] for state in STATES}) for month in ends]


def lag_by_day(conn: Connection, service: str | None = None) -> list[Lag]:
    """How late the clock's latest steps were recorded, by the day of recording, the earliest first.

    What a late entry or a correction brought was not late: the clock could not know.
    """
    own = (_h.actor == "clock", ~_h.payload.contains('"brought_by":'))
    latest = select(_h.recorded_at, _h.effective_at, _h.subject_id, _h.seq).where(*own)
    latest = of_service(latest, _h.contract_id, service)
    rows = conn.execute(latest.order_by(_h.recorded_at.desc()).limit(LATEST)).all()
    since = min((row.recorded_at for row in rows), default=None)
    entered = {
        one["id"]: timedelta(seconds=one["clock_late_by_s"])
        for one in islice(late_firings(conn, SHORT_S, Span(since, service=service)), LATEST)
    }
    days: dict[date, list[timedelta]] = {}
    for recorded, effective, subject_id, seq in rows:
        late = entered.get(f"{subject_id}.{seq}", recorded - effective)
        days.setdefault(tokyo_day(recorded), []).append(max(late, timedelta(0)))
    return [
        Lag(day, len(lags), max(lags), sum(lags, timedelta(0)) / len(lags)) for day, lags in sorted(days.items())
    ]


class DueHour(NamedTuple):
    """How many timers fall due within an hour. at: its beginning; by_event: by kind of thing and event."""

    at: datetime
    by_event: Mapping[tuple[str, str], int]

    @property
    def number(self) -> int:
        """Of all kinds."""
        return sum(self.by_event.values())


def due_by_hour(conn: Connection, now: datetime, days: int, service: str | None = None) -> list[DueHour]:
    """What falls due in each hour of the coming days, the overdue in the first; hours without any are left out."""
    until = end_of(tokyo_day(now) + (days - 1) * DAY)
    hours: dict[datetime, Counter[tuple[str, str]]] = {}
    for kind, event in RANKS:
        table = tables.SUBJECTS[kind].c
        statement = select(table.due_at, func.count()).where(table.due_event == event, table.due_at <= until)
        statement = of_service(statement, table.id if kind == "contract" else table.contract_id, service)
        for due_at, number in conn.execute(statement.group_by(table.due_at)):
            hour = max(due_at, now).astimezone(TOKYO).replace(minute=0, second=0, microsecond=0)
            hours.setdefault(hour, Counter())[kind, event] += number
    return [DueHour(at, by_event) for at, by_event in sorted(hours.items())]


def _ends(current: Month, months: int) -> Iterator[Month]:
    index = current.year * 12 + current.number - months
    for n in range(index, index + months):
        yield Month(n // 12, n % 12 + 1)
