"""What the interface answers about the terms, the time to come and itself, for the OpenAPI document."""

from api.schemas.outputs.common import of, problem
from lifecycle.queries.views.forecast import DuePage
from lifecycle.queries.views.rehearsal import RehearsalPage, ResettledPartView
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
REHEARSAL = of(RehearsalPage, "What the file would change of these contracts.")
RESETTLED = of(ResettledPartView, "What changed of these contracts.")
PREVIEW = of(Preview, "The effect of such a notice.")
DUE = of(DuePage, "What the clock will do, in order.")
CLOCK = of(ClockView, "The service's time.")
MOVED = of(MovedView, "The time after the move.") | {
    403: problem("Your role does not allow this, or the service is not a sandbox.")
}
HEALTH = of(Health, "The process is running.")
READY = of(Readiness, "The service is ready.") | of(Readiness, "The service is not ready, with the reasons.", 503)
SCHEDULER = of(Scheduler, "The state of the scheduler.")
PARKED_TIMER = of(ParkedTimer, "The timer as parked; the next sweep retries it.")
PARKED_TIMERS = of(ParkedTimers, "A page of parked timers.")
WAITING = of(Waiting, "What waits for a person.")
