"""What the interface answers about the terms, the time to come and itself, for the OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, RulingView, of, problem
from api.schemas.outputs.contracts import EndingView


class Preview(EndingView):
    """What a notice would bring."""

    item: str
    billing_starts_on: date
    arrived_on: date
    chosen_on: date | None
    notice_period_ends_on: date
    minimum_term_ends_on: date | None
    first_day_without_service: date
    residual_days: int


class ItemView(Output):
    """An item of Art. 1 with the fees of Annex 1, in yen without consumption tax."""

    article: str
    name_ja: str
    initial_fee_yen: int
    monthly_fee_yen: int
    included: dict[str, int]
    overage_yen: dict[str, int]


class TermsView(Output):
    """A version of the terms."""

    version: date
    in_force_from: date
    in_force_until: date | None
    assumed: bool
    items: dict[str, ItemView]
    minimum_term_months: int
    notice_days: int
    options: dict[str, dict[str, Any]]
    credit: dict[str, Any]
    settings: dict[str, Any]
    articles: list[dict[str, str]]
    readings: list[dict[str, str]]


class DueView(Output):
    """A timed transition to come."""

    kind: str
    id: str
    contract_id: str
    reference: str | None
    event: str
    due_at: AwareDatetime
    from_state: str
    to_state: str
    caused_by: str | None
    facts: dict[str, Any]
    rulings: list[RulingView]
    terms: date


class DuePage(Output):
    """A page of what is to come."""

    items: list[DueView]
    next: str | None


class ClockView(Output):
    """The service's time. oldest_overdue_s: how long the oldest due transition has been waiting, null if none."""

    now: AwareDatetime
    sandbox: bool
    oldest_overdue_s: float | None


class MovedView(Output):
    """A sandbox's time after a move. fired: how many transitions fell due on the way."""

    now: AwareDatetime
    fired: int


class Health(Output):
    """Whether the process lives."""

    status: Literal["ok"]


class Check(Output):
    """One condition of readiness, and why."""

    ok: bool
    detail: str


class Readiness(Output):
    """Whether the service can do its work."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Check]


class WaitsView(Output):
    """Something that waits for a person."""

    kind: str
    id: str
    reference: str | None
    what: str
    rulings: list[RulingView]


class Waiting(Output):
    """A page of what waits."""

    items: list[WaitsView]
    next: str | None


class LogbookEntry(Output):
    """Who intervened in the running of the service. subject: whose timer or which webhook, null if none's."""

    at: AwareDatetime
    event: Literal[
        "trip", "resume", "retry", "end_sessions",
        "webhook_add", "webhook_remove", "webhook_rotate", "webhook_resend", "webhook_disable",
    ]  # fmt: skip
    actor: str
    reason: str
    subject: str | None


class Scheduler(Output):
    """How the clock is doing. holding: ends wait for a person; recorded_up_to_at: no sweep records before it."""

    state: Literal["running", "holding"]
    held_since_at: AwareDatetime | None
    because: str | None
    swept_at: AwareDatetime | None
    recorded_up_to_at: AwareDatetime | None
    logbook: list[LogbookEntry]


class ParkedTimer(Output):
    """A timer whose step failed `tries` times. retry_at: when the clock tries again, null: a person must."""

    id: str
    event: str
    due_at: AwareDatetime
    tries: int
    reason: str
    retry_at: AwareDatetime | None


class ParkedTimers(Output):
    """A page of the timers set aside."""

    items: list[ParkedTimer]
    next: str | None


TERMS = of(TermsView, "The version in force.")
PREVIEW = of(Preview, "What such a notice would bring.")
DUE = of(DuePage, "What the clock will do, in order.")
CLOCK = of(ClockView, "The service's time.")
MOVED = of(MovedView, "The time after the move.") | {403: problem("Not in your role, or no sandbox.")}
HEALTH = of(Health, "The process lives.")
READY = of(Readiness, "The service can do its work.") | of(Readiness, "It can not, and why.", 503)
SCHEDULER = of(Scheduler, "How the clock is doing.")
PARKED_TIMER = of(ParkedTimer, "The timer as it was parked; the next sweep tries it again.")
PARKED_TIMERS = of(ParkedTimers, "A page of parked timers.")
WAITING = of(Waiting, "What waits for a person.")
