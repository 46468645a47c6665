"""Answers about the service, its terms and users, to auditors and to receivers, for the OpenAPI document."""

from api.schemas.outputs.common import of, problem
from lifecycle.queries.views.audit import (
    Believed,
    LateEntries,
    LateFirings,
    Otherwise,
    PersonalReads,
    RestsOn,
    Why,
)
from lifecycle.queries.views.forecast import DuePage
from lifecycle.queries.views.history import HistoryPage
from lifecycle.queries.views.mail import MailPage, MailView
from lifecycle.queries.views.people import (
    Approved,
    Ended,
    MadeToken,
    Proposal,
    ProposalPage,
    SignedInList,
    Token,
    TokenList,
)
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
from lifecycle.queries.views.webhooks import Messages, Resent, WebhookList, WebhookView, WebhookWithSecret

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

TOKEN = of(Token, "The token as it now is.")
MADE_TOKEN = of(MadeToken, "The token; it is shown only once.", 201)
TOKENS = of(TokenList, "Every token.")
SIGNED_IN = of(SignedInList, "Everybody who is signed in.")
ENDED = of(Ended, "The number of ended sessions.")
PROPOSED = of(Proposal, "Proposed, because a second person must approve it (four eyes).", 202)
PROPOSAL = of(Proposal, "The proposal.")
PROPOSALS = of(ProposalPage, "A page of proposals.")
APPROVED = of(Approved, "The answer of the approved command.")

WHY = of(Why, "The reasons of the end.")
BELIEVED = of(Believed, "What was known.")
ACTIONS = of(HistoryPage, "A page of acts, oldest first.")
LATE_ENTRIES = of(LateEntries, "A page of notices entered late.")
LATE_FIRINGS = of(LateFirings, "A page of transitions fired late.")
READS = of(PersonalReads, "A page of reads, the newest first.")
RESTS_ON = of(RestsOn, "Decisions on that ground.")
OTHERWISE = of(Otherwise, "The contracts affected.")

QUEUED = of(MailView, "The message, which waits to be sent.", 201)
MAIL = of(MailView, "The message.")
MAIL_PAGE = of(MailPage, "A page of the outbox.")

WEBHOOKS = of(WebhookList, "Every receiver.")
MADE = of(WebhookWithSecret, "The receiver; its secret is shown only once.", 201)
ROTATED = of(WebhookWithSecret, "The receiver; its new secret is shown only once.")
REMOVED = of(WebhookView, "The receiver as it was.")
UNDELIVERED = of(Messages, "A page of undelivered messages.")
RESENT = of(Resent, "The number of messages to resend.")
TESTED = of(WebhookView, "The receiver; the test message waits to be sent.")
