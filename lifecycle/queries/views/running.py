"""How the service runs: its time, what the clock holds or has set aside, what waits for a person."""

from typing import Annotated

from sqlalchemy import Connection
from typing_extensions import TypedDict

from lifecycle.history.operations_log import Note, latest
from lifecycle.queries.views.closed_sets import (
    Liveness,
    OperationsEvent,
    ReadinessStatus,
    SchedulerState,
    TimedEvent,
    WaitingKind,
)
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import (
    Actor,
    ContractId,
    InPreview,
    Instant,
    NextPage,
    Reason,
    Reference,
    about,
    view,
)
from lifecycle.terms.calendar import instant
from lifecycle.timers import fuse
from lifecycle.timers.clock import read_clock
from lifecycle.timers.parked import Parked

LATEST = 20  # entries of the operations log


@view
class ClockView(TypedDict):
    """The service's time."""

    now: Annotated[Instant, about("What time it is.")]
    sandbox: Annotated[bool, about("Whether it is a sandbox, whose time people move.", False)]
    oldest_overdue_s: Annotated[
        float | None, about("Seconds that the oldest due transition has been waiting; null for none.", 0.2)
    ]


@view
class MovedView(TypedDict):
    """A sandbox's time after a move."""

    now: Annotated[Instant, about("What time it is."), InPreview()]
    fired: Annotated[int, about("How many transitions fell due on the way.", 4), InPreview()]


class Health(TypedDict):
    """Whether the process lives."""

    status: Annotated[Liveness, about("The process answers.")]


class Check(TypedDict):
    """One condition of readiness, and why."""

    ok: Annotated[bool, about("Whether it is met.", True)]
    detail: Annotated[str, about("What was found.", "at the newest revision")]


class Readiness(TypedDict):
    """Whether the service can do its work."""

    status: Annotated[ReadinessStatus, about("Ready only where every check is.")]
    checks: Annotated[dict[str, Check], about("The checks, by name.")]


@view
class WaitsView(TypedDict):
    """Something that waits for a person."""

    kind: Annotated[WaitingKind, about("What waits.")]
    id: Annotated[ContractId, about("Its id; for a timer the id of its subject.")]
    reference: Annotated[Reference | None, about("The reference of its application; null for a timer.")]
    what: Annotated[
        str,
        about("What it waits for.", "application", "open condition", "billing held", "parked: no such item"),
    ]
    rulings: Annotated[list[RulingView], about("The rulings on it, where the terms have something to say.")]


class Waiting(TypedDict):
    """A page of what waits."""

    items: Annotated[list[WaitsView], about("What waits, in the order of id.")]
    next: NextPage


class LogbookEntry(TypedDict):
    """Who intervened in the running of the service."""

    at: Annotated[Instant, about("When.")]
    event: Annotated[OperationsEvent, about("What was done.")]
    actor: Annotated[Actor, about("Who did it.")]
    reason: Annotated[Reason, about("The reason given.")]
    subject: Annotated[ContractId | None, about("Whose timer or which webhook; null for none.")]


class Scheduler(TypedDict):
    """How the clock is doing."""

    state: Annotated[SchedulerState, about("Whether it fires everything."), InPreview(first=True)]
    held_since_at: Annotated[Instant | None, about("Since when ends wait for a person; null where none do.")]
    because: Annotated[str | None, about("Why they do; null where none do.", "More ends fall due than usual")]
    swept_at: Annotated[Instant | None, about("When the last sweep was; null for none yet.")]
    recorded_up_to_at: Annotated[Instant | None, about("No sweep records before this instant; null for none yet.")]
    logbook: Annotated[list[LogbookEntry], about("Who intervened lately, the newest first.")]


class ParkedTimer(TypedDict):
    """A timer whose step failed again and again."""

    id: Annotated[ContractId, about("Its subject, by its id.")]
    event: Annotated[TimedEvent, about("What it fires."), InPreview()]
    due_at: Annotated[Instant, about("When it was due."), InPreview()]
    tries: Annotated[int, about("How often its step failed.", 3)]
    reason: Annotated[str, about("Why it failed.", "KeyError: no such item")]
    retry_at: Annotated[Instant | None, about("When the clock tries again; null: a person must.")]


class ParkedTimers(TypedDict):
    """A page of the timers set aside."""

    items: Annotated[list[ParkedTimer], about("The timers, in the order of id.")]
    next: NextPage


def scheduler_view(conn: Connection) -> Scheduler:
    """How the clock is doing, by what stands in the database."""
    state, out = read_clock(conn), fuse.tripped(conn)
    return {
        "state": "running" if out is None else "holding",
        "held_since_at": instant(out.at) if out else None,
        "because": out.reason if out else None,
        "swept_at": instant(state.heartbeat_at),
        "recorded_up_to_at": instant(state.high_water_mark),
        "logbook": [_note(entry) for entry in latest(conn, limit=LATEST)],
    }


def parked_view(one: Parked) -> ParkedTimer:
    """A timer set aside."""
    return {
        "id": one.subject_id,
        "event": one.event,
        "due_at": instant(one.due_at),
        "tries": one.attempts,
        "reason": one.reason,
        "retry_at": instant(one.retry_at),
    }


def _note(entry: Note) -> LogbookEntry:
    return {
        "at": instant(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "reason": entry.reason,
        "subject": entry.subject_id,
    }
