"""Operations on the service itself: proposals, tokens, sessions, webhooks, the scheduler, a sandbox's clock."""

from datetime import datetime, time, timedelta

from lifecycle.commands import four_eyes
from lifecycle.commands.command import Call, Command, Outcome
from lifecycle.commands.inputs import EndSessions, MoveClock, NewToken, NewWebhook, Resend
from lifecycle.commands.operation import AnyOperation, LongOperation, Operation
from lifecycle.commands.service import Service
from lifecycle.errors import Malformed, Problem
from lifecycle.machines.body import NeedsReason
from lifecycle.machines.event import EITHER, OPERATOR
from lifecycle.people import sessions, tokens
from lifecycle.queries.forecast import forecast
from lifecycle.queries.views.people import proposal_view, token_view
from lifecycle.queries.views.running import parked_view, scheduler_view
from lifecycle.queries.views.webhooks import WebhookView, webhook_view
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import TOKYO, instant
from lifecycle.timers import fuse, parked
from lifecycle.timers.clock import Backwards, move_sandbox
from lifecycle.timers.sweep import sweep
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import NotAllowed, check_url

ADMIN = frozenset({"admin"})


def _decline(call: Call) -> Outcome:
    return Outcome(proposal_view(four_eyes.declined(call)))


def _create_token(call: Call) -> Outcome:
    body: NewToken = call.body
    day, wall = body.expires_on, call.service.wall()
    ends = datetime.combine(day + timedelta(days=1), time(), TOKYO) if day is not None else None
    made = tokens.issue_token(
        call.conn, body.name, body.roles, wall, expires_at=ends, by=call.command.actor, service=body.service
    )  # fmt: skip
    return Outcome({**_token(call, body.name), "token": made}, created=True)


def _revoke_token(call: Call) -> Outcome:
    name, by = call.subject_id, call.command.actor
    tokens.revoke_token(call.conn, name, call.service.wall(), by=by, reason=call.body.reason)
    return Outcome(_token(call, name))


def _token(call: Call, name: str) -> dict[str, object]:
    return next({**token_view(row)} for row in tokens.list_tokens(call.conn) if row["name"] == name)


def _end_sessions(call: Call) -> Outcome:
    body: EndSessions = call.body
    ended = sessions.end_sessions(call.conn, body.name, call.command.actor, body.reason, call.now)
    return Outcome({"ended": ended})


def _add_webhook(call: Call) -> Outcome:
    body: NewWebhook = call.body
    try:
        check_url(body.url, call.service.networks)
    except NotAllowed as error:
        raise Malformed([("/url", str(error))]) from None
    made, secret = subscriptions.subscribe(
        call.conn, body.url, body.types, body.after, call.command.actor, call.now, body.service
    )
    return Outcome({**_receiver(call, made), "secret": secret}, created=True)


def _rotate_secret(call: Call) -> Outcome:
    id_, by = call.subject_id, call.command.actor
    at = call.service.sending_time()
    secret = subscriptions.rotate_signing_secret(call.conn, id_, by, call.body.reason, at)
    return Outcome({**_receiver(call, id_), "secret": secret})


def _receiver(call: Call, webhook_id: str) -> WebhookView:
    return webhook_view(subscriptions.webhook_of(call.conn, webhook_id), call.service.sending_time())


def _remove_webhook(call: Call) -> Outcome:
    found = subscriptions.webhook_of(call.conn, call.subject_id)
    subscriptions.unsubscribe(call.conn, found.id, call.command.actor, call.body.reason, call.now)
    return Outcome(webhook_view(found, call.service.sending_time()))


def _resend(call: Call) -> Outcome:
    body: Resend = call.body
    by, at = call.command.actor, call.service.sending_time()
    return Outcome({"resent": subscriptions.resend_undelivered(call.conn, call.subject_id, body.index, by, at)})


def _send_test(call: Call) -> Outcome:
    subscriptions.send_test(call.conn, call.subject_id, call.command.actor, call.service.sending_time())
    return Outcome(_receiver(call, call.subject_id))


def _resume(call: Call) -> Outcome:
    fuse.release_held_ends(call.conn, call.command.actor, call.body.reason, call.now)
    return Outcome(scheduler_view(call.conn))


def _retry(call: Call) -> Outcome:
    by, reason = call.command.actor, call.body.reason
    return Outcome(parked_view(parked.retry_parked_timer(call.conn, call.subject_id, by, reason, call.now)))


def _move_clock(service: Service, command: Command) -> Outcome:
    """Move a sandbox's time and fire what becomes due. Raises Backwards, Problem in a live service."""
    if not service.sandbox:
        raise Problem(403, "not-a-sandbox", "This is no sandbox", "The time of a live service is the real one.")
    assert isinstance(command.body, MoveClock)
    to, now = command.body.now, service.clock()
    if to < now:
        raise Backwards(f"It is {instant(now)} already.")
    if command.dry_run:
        with reading(service.engine) as conn:
            return Outcome({"now": instant(to), "fired": sum(1 for _ in forecast(conn, now, to))})
    swept = sweep(service.engine, to, passing_from=now)
    with writing(service.engine) as conn:
        move_sandbox(conn, to)
    return Outcome({"now": instant(to), "fired": swept.fired})


def _as_shown(call: Call, done: Outcome) -> Outcome:
    return done


def _operation(name: str, body: type | None, run: object, roles: frozenset[str]) -> AnyOperation:
    return Operation(name=name, body=body, run=run, show=_as_shown, roles=roles)  # type: ignore[arg-type]


SERVICE_OPERATIONS: tuple[AnyOperation | LongOperation, ...] = (
    _operation("approvals-decline", NeedsReason, _decline, EITHER),
    _operation("tokens-create", NewToken, _create_token, ADMIN),
    _operation("tokens-revoke", NeedsReason, _revoke_token, ADMIN),
    _operation("sessions-end", EndSessions, _end_sessions, ADMIN),
    _operation("webhooks-add", NewWebhook, _add_webhook, ADMIN),
    _operation("webhooks-rotate", NeedsReason, _rotate_secret, ADMIN),
    _operation("webhooks-remove", NeedsReason, _remove_webhook, ADMIN),
    _operation("webhooks-resend", Resend, _resend, ADMIN | OPERATOR),
    _operation("webhooks-send_test", None, _send_test, ADMIN | OPERATOR),
    _operation("scheduler-resume", NeedsReason, _resume, OPERATOR),
    _operation("parked-retry", NeedsReason, _retry, OPERATOR),
    LongOperation(name="clock-move_clock", body=MoveClock, run=_move_clock, roles=OPERATOR),
)
