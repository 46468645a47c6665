"""The forecast: runs the clock's own steps on future times. The clock later fires exactly these rows."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.step import RANKS, Entry, Timer, fire, timers
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.terms.editions import EDITIONS, Editions

_FIRST_PART, _PART = 125, 500  # timers that are read at once: as many as a page shows, then more
_SET_ASIDE = select(tables.parked.c.subject_id).where(tables.parked.c.retry_at.is_(None))


def forecast(
    conn: Connection, now: datetime, until: datetime, editions: Editions = EDITIONS, service: str | None = None
) -> Iterator[Entry]:
    """Every timed transition due by `until`, in the order of firing, the ones that follow from others included.

    What is overdue at `now` comes first: it would be recorded now, with its legal instant (R16). Contracts are
    read when they are reached, so that the first transitions of many cost no more than of few.
    service: of the contracts of this one alone.
    """
    ahead, seen = _Ahead(now, until, editions), set[str]()
    for part in _in_parts(running_timers(conn, until, service)):
        owners = dict.fromkeys(owner for _, owner in part if owner not in seen)
        seen |= owners.keys()
        ahead.add(readable(conn, list(owners)))
        yield from ahead.fire(part[-1][0])
    yield from ahead.fire()


def forecast_steps(
    found: Iterable[Dossier], now: datetime, until: datetime, editions: Editions = EDITIONS
) -> Iterator[Entry]:
    """The same for some dossiers; those whose step fails are left out, because they do not happen."""
    ahead = _Ahead(now, until, editions)
    ahead.add(found)
    yield from ahead.fire()


class _Ahead:
    """Dossiers on their way to `until`, and their timers in the order of firing."""

    def __init__(self, now: datetime, until: datetime, editions: Editions) -> None:
        self._now, self._until, self._editions = now, until, editions
        self._dossiers, self._owner = dict[str, Dossier](), dict[str, str]()
        self._timers = list[Timer]()

    def add(self, found: Iterable[Dossier]) -> None:
        """Add dossiers with their present timers."""
        for dossier in found:
            self._dossiers[dossier.contract.id] = dossier
            self._owner.update(dict.fromkeys((subject.id for subject in dossier.subjects), dossier.contract.id))
            self._push(dossier)

    def fire(self, last: Timer | None = None) -> Iterator[Entry]:
        """Fire all timers up to and including `last`; without it all of them."""
        while self._timers and (last is None or self._timers[0] <= last):
            timer = heapq.heappop(self._timers)
            dossier = self._dossiers[self._owner[timer.subject_id]]
            if not _still_runs(dossier, timer):
                continue
            stepped = _stepped(dossier, timer, max(self._now, timer.due_at), self._editions)
            if stepped is None:
                continue
            dossier, entries = stepped
            self._dossiers[dossier.contract.id] = dossier
            self._push(dossier)
            yield from entries

    def _push(self, dossier: Dossier) -> None:
        for timer in timers(dossier):
            if timer.due_at <= self._until:
                heapq.heappush(self._timers, timer)


def readable(conn: Connection, ids: Sequence[str]) -> list[Dossier]:
    """The dossiers of contracts; without those whose facts cannot be read, which the clock sets aside."""
    try:
        return [*load_many(conn, ids).values()]
    except SQLAlchemyError:
        raise
    except Exception:
        return [] if len(ids) == 1 else [one for id_ in ids for one in readable(conn, [id_])]


def _stepped(
    dossier: Dossier, timer: Timer, now: datetime, editions: Editions
) -> tuple[Dossier, Sequence[Entry]] | None:
    try:
        return fire(dossier, timer.subject_id, now, editions)
    except Exception:  # whatever the error, the clock parks the timer and continues with the others
        return None


def _still_runs(dossier: Dossier, timer: Timer) -> bool:
    subject = dossier.subject(timer.subject_id)
    return bool(subject.due_at == timer.due_at and subject.due_event == timer.event)


def running_timers(conn: Connection, until: datetime, service: str | None) -> Iterator[tuple[Timer, str]]:
    """The timers due by `until` in the order of firing, each with its contract's id; without those set aside."""
    return heapq.merge(*(_of_event(conn, kind, event, until, service) for kind, event in RANKS))


def _of_event(
    conn: Connection, kind: str, event: str, until: datetime, service: str | None
) -> Iterator[tuple[Timer, str]]:
    table, rank, size = tables.SUBJECTS[kind].c, RANKS[kind, event], _FIRST_PART
    owner = table.id if kind == "contract" else table.contract_id
    due = select(table.due_at, table.id, owner.label("owner")).where(
        table.due_event == event, table.due_at <= until, table.id.not_in(_SET_ASIDE)
    )
    due = of_service(due, owner, service).order_by(table.due_at, table.id)
    found = conn.execute(due.limit(size)).all()
    while found:
        for row in found:
            yield Timer(row.due_at, rank, row.id, event), row.owner
        if len(found) < size:
            return
        size = min(2 * size, _PART)
        after = tuple_(table.due_at, table.id) > tuple_(found[-1].due_at, found[-1].id)
        found = conn.execute(due.where(after).limit(size)).all()


def _in_parts(found: Iterator[tuple[Timer, str]]) -> Iterator[list[tuple[Timer, str]]]:
    size = _FIRST_PART
    while part := list(islice(found, size)):
        yield part
        size = min(2 * size, _PART)
