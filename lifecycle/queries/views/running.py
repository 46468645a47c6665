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
    Severity,
    TimedEvent,
    WaitingKind,
    WaitsFor,
)
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import (
    Actor,
    ContractId,
    Day,
    InPreview,
    Instant,
    NextPage,
    OutageId,
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

    now: Annotated[Instant, about("The current time.")]
    sandbox: Annotated[bool, about("Whether the service is a sandbox, whose time people move.", False)]
    oldest_overdue_s: Annotated[
        float | None, about("Seconds for which the oldest due transition has been waiting; null for none.", 0.2)
    ]


@view
class MovedView(TypedDict):
    """The time of a sandbox after a move."""

    now: Annotated[Instant, about("The current time."), InPreview()]
    fired: Annotated[int, about("The number of transitions that fired.", 4), InPreview()]


class Health(TypedDict):
    """Whether the process is running."""

    status: Annotated[Liveness, about("The process answers.")]


class Check(TypedDict):
    """A check with its result."""

    ok: Annotated[bool, about("Whether the check passes.", True)]
    severity: Annotated[Severity, about("What a failure means.")]
    detail: Annotated[str, about("The details.", "at the newest revision")]


class Readiness(TypedDict):
    """Whether the service is ready."""

    status: Annotated[ReadinessStatus, about("Ready if no check of the severity fatal fails.")]
    checks: Annotated[dict[str, Check], about("The checks, by name.")]


@view
class WaitsView(TypedDict):
    """Something that waits for a person."""

    kind: Annotated[WaitingKind, about("The kind of subject that waits.")]
    waits_for: Annotated[WaitsFor, about("What it waits for, as the worklist distinguishes it.")]
    id: Annotated[
        ContractId, about("Its id; for a timer the id of its subject, for a refund the id of the contract.")
    ]
    contract_id: Annotated[ContractId | None, about("The contract; null for a subject without one.")]
    outage_id: Annotated[OutageId | None, about("The outage, for a credit to claim; null otherwise.")]
    reference: Annotated[Reference | None, about("The reference of its application; null for a timer.")]
    what: Annotated[
        str,
        about(
            "The decision that it waits for.",
            "application",
            "open condition",
            "billing held",
            "parked: no such item",
        ),
    ]
    since_on: Annotated[Day, about("Since when it waits; for money the end of the first month it is about.")]
    until_on: Annotated[Day | None, about("The last day for it; null for none.")]
    assigned_to: Annotated[str | None, about("The assignee of the contract (R43); null for nobody.", "suzuki")]
    rulings: Annotated[list[RulingView], about("The rulings on it, if a rule of the terms applies.")]


class Waiting(TypedDict):
    """A page of waiting items."""

    items: Annotated[list[WaitsView], about("The waiting items, in the order of id.")]
    next: NextPage


class LogbookEntry(TypedDict):
    """An operation on the service."""

    at: Annotated[Instant, about("When it was done.")]
    event: Annotated[OperationsEvent, about("The operation.")]
    actor: Annotated[Actor, about("The actor.")]
    reason: Annotated[Reason, about("The reason given.")]
    subject: Annotated[ContractId | None, about("The id of the timer's subject or the webhook; null for none.")]


class Scheduler(TypedDict):
    """The state of the scheduler."""

    state: Annotated[SchedulerState, about("Whether it fires all timers or holds ends."), InPreview(first=True)]
    held_since_at: Annotated[Instant | None, about("Since when ends wait for a person; null if none wait.")]
    because: Annotated[str | None, about("The reason; null if none wait.", "More ends fall due than usual")]
    swept_at: Annotated[Instant | None, about("The time of the last sweep; null for none yet.")]
    recorded_up_to_at: Annotated[Instant | None, about("No sweep records before this instant; null for none yet.")]
    logbook: Annotated[list[LogbookEntry], about("Recent operations, the newest first.")]


class ParkedTimer(TypedDict):
    """A timer whose step failed."""

    id: Annotated[ContractId, about("Its subject, by its id.")]
    event: Annotated[TimedEvent, about("The event that it fires."), InPreview()]
    due_at: Annotated[Instant, about("When it was due."), InPreview()]
    tries: Annotated[int, about("The number of failed attempts.", 3)]
    reason: Annotated[str, about("Why it failed.", "KeyError: no such item")]
    retry_at: Annotated[Instant | None, about("When the clock retries it; null: a person must.")]


class ParkedTimers(TypedDict):
    """A page of parked timers."""

    items: Annotated[list[ParkedTimer], about("The timers, in the order of id.")]
    next: NextPage


def scheduler_view(conn: Connection) -> Scheduler:
    """The state of the clock, by the database."""
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
