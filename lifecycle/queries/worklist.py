"""The first page: what the clock will do, what went wrong. Read only, by index; what waits is in queue.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from lifecycle.history.operations_log import Note
from lifecycle.machines.step import RANKS
from lifecycle.queries.forecast import forecast_steps, readable
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.forecast import entry_view
from lifecycle.records import tables
from lifecycle.records.of_service import of_service
from lifecycle.timers import fuse
from lifecycle.timers.clock import oldest_due
from lifecycle.timers.parked import Parked, parked_timers
from lifecycle.webhooks.subscriptions import webhook_numbers

MOST = 1000  # beyond this a count says "more than"
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What went wrong. fuse: the entry of the logbook with which it tripped. oldest: the instant of the oldest
    overdue timer.

    failed_messages: the number of webhook messages that are not tried again. disabled_receivers: the number of
    receivers that are disabled.
    """

    fuse: Note | None
    parked: Sequence[Parked]
    oldest: datetime | None
    failed_messages: int
    disabled_receivers: int

    @property
    def anything(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.fuse or self.parked or self.oldest or self.failed_messages or self.disabled_receivers)


NOTHING_WRONG = Wrong(None, (), None, 0, 0)


def wrong(conn: Connection, now: datetime, limit: int) -> Wrong:
    """What went wrong with the clock, and with telling others, of all services."""
    oldest = oldest_due(conn)
    late = oldest if oldest is not None and oldest < now - LATE else None
    disabled_receivers, _, failed_messages = webhook_numbers(conn)
    return Wrong(fuse.tripped(conn), parked_timers(conn, limit), late, failed_messages, disabled_receivers)


def coming(
    conn: Connection, now: datetime, until: datetime, limit: int, service: str | None = None
) -> list[Answer]:
    """The first transitions to come: the forecast of the contracts whose timers are the first."""
    first = union_all(*(_soonest(kind, event, until, limit, service) for kind, event in RANKS)).subquery()
    soonest = conn.execute(select(first).order_by(first.c.due_at).limit(limit)).all()
    if not soonest:
        return []
    dossiers = readable(conn, list(dict.fromkeys(row.contract_id for row in soonest)))
    found = forecast_steps(dossiers, now, min(until, soonest[-1].due_at))
    return [entry_view(entry) for entry in islice(found, limit)]


def queue_counts(conn: Connection, until: datetime, service: str | None = None) -> Mapping[tuple[str, str], int]:
    """How many timers of each kind fall due by an instant."""
    found = {}
    for kind, event in RANKS:
        table = tables.SUBJECTS[kind].c
        due = select(func.count()).where(table.due_event == event, table.due_at <= until)
        number = conn.execute(of_service(due, _owner(kind), service)).scalar_one()
        if number:
            found[kind, event] = number
    return found


def _soonest(kind: str, event: str, until: datetime, limit: int, service: str | None) -> Select[Any]:
    table, owner = tables.SUBJECTS[kind].c, _owner(kind)
    due = select(table.due_at, owner.label("contract_id")).where(table.due_event == event, table.due_at <= until)
    return select(of_service(due, owner, service).order_by(table.due_at).limit(limit).subquery())


def _owner(kind: str) -> Any:
    table = tables.SUBJECTS[kind].c
    return table.id if kind == "contract" else table.contract_id


def days_of(found: Sequence[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    """Coming transitions by their civil day in Japan."""
    days: dict[str, list[Answer]] = {}
    for one in found:
        days.setdefault(one["due_at"][:10], []).append(one)
    yield from days.items()
