"""What the interface answers about the terms, the time to come and itself, for the OpenAPI document."""

from api.schemas.outputs.common import of, problem
from lifecycle.queries.views.forecast import DuePage
from lifecycle.queries.views.running import (
    ClockView,
    Health,
    MovedView,
    ParkedTimer,
    ParkedTimers,
    Readiness,
    Scheduler,
    Waiting,
)
from lifecycle.queries.views.terms import Preview, TermsView

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
