"""The forecast: the clock's own steps on a copy of time. What it lists is what then happens, row for row."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, union
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.step import Entry, fire
from lifecycle.machines.timers import RANKS, Timer, timers
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.terms.editions import EDITIONS, Editions

_PART = 500


def forecast(
    conn: Connection, now: datetime, until: datetime, editions: Editions = EDITIONS, service: str | None = None
) -> Iterator[Entry]:
    """Every timed transition due by `until`, in the order of firing, the ones that follow from others included.

    What is overdue at `now` comes first: it would be recorded now, with its legal instant (R16).
    service: of the contracts of this one alone.
    """
    yield from forecast_steps(_with_timers(conn, until, service), now, until, editions)


def forecast_steps(
    found: Iterable[Dossier], now: datetime, until: datetime, editions: Editions = EDITIONS
) -> Iterator[Entry]:
    """The same of some dossiers; without those whose step fails, as they do not happen."""
    dossiers = {dossier.contract.id: dossier for dossier in found}
    owner = {subject.id: d.contract.id for d in dossiers.values() for subject in d.subjects}
    heap = [timer for dossier in dossiers.values() for timer in timers(dossier) if timer.due_at <= until]
    heapq.heapify(heap)
    while heap:
        timer = heapq.heappop(heap)
        dossier = dossiers[owner[timer.subject_id]]
        if not _still_runs(dossier, timer):
            continue
        stepped = _stepped(dossier, timer, max(now, timer.due_at), editions)
        if stepped is None:
            continue
        dossier, entries = stepped
        dossiers[dossier.contract.id] = dossier
        for following in timers(dossier):
            if following.due_at <= until:
                heapq.heappush(heap, following)
        yield from entries


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
    except Exception:  # whatever it is, the clock sets the timer aside and goes on with the others
        return None


def _still_runs(dossier: Dossier, timer: Timer) -> bool:
    subject = dossier.subject(timer.subject_id)
    return bool(subject.due_at == timer.due_at and subject.due_event == timer.event)


def _with_timers(conn: Connection, until: datetime, service: str | None) -> Iterator[Dossier]:
    p = tables.parked.c
    waiting = select(p.subject_id).where(p.retry_at.is_(None))
    due = []
    for kind in dict.fromkeys(kind for kind, _ in RANKS):
        table = tables.SUBJECTS[kind].c
        owner = table.id if kind == "contract" else table.contract_id
        by_index = table.due_event.in_([event for of, event in RANKS if of == kind])
        found = select(owner).where(by_index, table.due_at <= until, table.id.not_in(waiting))
        due.append(of_service(found, owner, service))
    ids: Sequence[str] = conn.execute(union(*due)).scalars().all()
    for start in range(0, len(ids), _PART):
        yield from readable(conn, ids[start : start + _PART])
