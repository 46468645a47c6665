"""The only place where commands are executed: limits, four eyes, idempotency, dry run, transaction and answer.

Command, idempotency key and answer are committed together or not at all. A dry run ends with a rollback.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from lifecycle import spans
from lifecycle.commands import four_eyes
from lifecycle.commands.command import Call, Command, Outcome, RecordedSince
from lifecycle.commands.idempotency import (
    FirstAnswer,
    first_answer,
    is_replayed,
    not_running_twice,
    store_answers,
)
from lifecycle.commands.operation import LongOperation
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.errors import DomainError, TryAgain
from lifecycle.machines.facts import When
from lifecycle.people.security_log import security_event
from lifecycle.records.engine import writing

RETRIES = 3
RIGHTS = ("tokens-create", "tokens-revoke", "sessions-end")  # operations that change a person's rights
DATED_BY_THEIR_ENTRIES = frozenset({
    "contracts-correct", "contracts-annul", "outages-correct_outage", "outages-annul_outage", "outages-attribute",
    "money-put_usage",
})  # fmt: skip
OF_THE_SERVICE = frozenset({"approvals", "tokens", "sessions", "webhooks", "scheduler", "parked", "clock", "mail"})
_FIELDS = (
    "on", "known_at", "recovered_at", "starts_at", "found_at", "lifted_at", "settled_on", "claimed_on",
    "claimed_at", "avoided_on", "avoided_at", "accepted_on",
)  # fmt: skip
OnResult = Callable[[Connection, datetime, Outcome], None]  # what it raises undoes the command
log = logging.getLogger(__name__)


class ClockWrong(DomainError):
    """The clock is known to be wrong, and the command would be dated by it."""

    status, kind, title = 503, "clock-wrong", "The clock is wrong"
    headers: Mapping[str, str] = {"Retry-After": "60"}

    @property
    def detail(self) -> str:
        """What is wrong with the clock, and what can be done at once."""
        return f"Nothing was stored: {self}. A command that names the day of its act itself is carried out."


def execute(service: Service, command: Command, on_result: OnResult | None = None) -> Outcome:
    """Execute a command in a separate transaction; return the answer. on_result: called with the outcome before
    the transaction ends, but not for a proposal. Raises DomainError after a rollback; errors of the database.
    """
    operation, now = OPERATIONS[command.operation], service.clock()
    command = replace(command, key=None) if command.dry_run else command  # a dry run leaves its key free
    with not_running_twice(service, command):
        if isinstance(operation, LongOperation):
            return _execute_long(service, command, operation, now)
        outcome = _retried(service, command, now, on_result)
    if not command.dry_run:
        notify_clock(service)
        operation.after(service)
        if command.operation in RIGHTS and not outcome.replayed:
            _on_security_record(command)
    return outcome


def _on_security_record(command: Command) -> None:
    named, roles = getattr(command.body, "name", command.subject_id), getattr(command.body, "roles", None)
    security_event(command.operation, command.sender, about=named, roles=", ".join(roles) if roles else None)


def perform(call: Call) -> Outcome:
    """Execute a command in an open transaction, or propose it to a second person. The caller rolls back."""
    operation = OPERATIONS[call.command.operation]
    assert not isinstance(operation, LongOperation)
    if four_eyes.needs_second_person(call, operation):
        return four_eyes.propose(call, operation)
    approver = call.command.approver
    if approver is not None:
        four_eyes.check(call.conn, approver)
        return four_eyes.approved(call, approver, four_eyes.carry_out(call, operation))
    return four_eyes.alone(call, operation)


def notify_clock(service: Service) -> None:
    """Notify that timers may have changed. Errors are ignored: the commit remains, and regular sweeps follow."""
    try:
        service.after_commit()
    except Exception:
        log.exception("cannot notify the scheduler of a commit; the regular sweep fires what is due")


def _retried(service: Service, command: Command, now: datetime, on_result: OnResult | None) -> Outcome:
    looks_again = True
    for _ in range(RETRIES):
        try:
            return _once(service, command, now, on_result, looks_again)
        except IntegrityError:  # two requests for one reference or key: the retry decides
            continue
        except RecordedSince as since:
            now = service.clock()
            looks_again = now >= since.at  # or the clock was set back: then it precedes recorded rows
    raise TryAgain


def _once(
    service: Service, command: Command, now: datetime, on_result: OnResult | None, looks_again: bool
) -> Outcome:
    with (
        spans.transaction(service.engine.dialect.name, "write"),
        service.engine.connect() as conn,
        conn.begin() as transaction,
    ):
        if (known := first_answer(conn, command)) is not None:
            return known
        refuse_wrong_clock(service, conn, command)
        answer = _keyed(Call(service, conn, command, command.context(now, looks_again=looks_again)))
        if isinstance(answer, Outcome) and on_result is not None and not answer.proposed:
            on_result(conn, now, answer)
        if command.dry_run:
            transaction.rollback()
    if isinstance(answer, DomainError):
        raise answer
    return replace(answer, created=False, location=None) if command.dry_run else answer


def _keyed(call: Call) -> Outcome | DomainError:
    """Return the answer; with an idempotency key a refusal is also stored, and only the command is rolled back."""
    if call.command.key is None:
        return perform(call)
    answer: Outcome | DomainError
    savepoint = call.conn.begin_nested()
    try:
        answer = perform(call)
        savepoint.commit()
    except DomainError as error:
        savepoint.rollback()
        if not is_replayed(error, call.command):
            raise
        answer = error
    store_answers(call.conn, [FirstAnswer(call.command, call.now, answer)])
    return answer


def _execute_long(service: Service, command: Command, operation: LongOperation, now: datetime) -> Outcome:
    """Execute an operation of many transactions; its answer is stored under its key after the last one."""
    with writing(service.engine) as conn:
        refuse_wrong_clock(service, conn, command)
    if command.key is None:
        return operation.run(service, command)
    with writing(service.engine) as conn:
        if (known := first_answer(conn, command)) is not None:
            return known
    outcome = operation.run(service, command)
    with writing(service.engine) as conn:
        store_answers(conn, [FirstAnswer(command, now, outcome)])
    return outcome


def dates_itself(operation: str, body: Any) -> bool:
    """Whether the legal day of a command does not come from the clock."""
    if operation in DATED_BY_THEIR_ENTRIES or operation.partition("-")[0] in OF_THE_SERVICE:
        return True
    for name in ("happened", "received"):
        when = getattr(body, name, None)
        if isinstance(when, When) and when != When():
            return True
    if (entries := getattr(body, "entries", None)) is not None:
        return all(any(name.endswith(("_on", "_at")) or name == "on" for name in one.facts) for one in entries)
    return any(getattr(body, name, None) is not None for name in _FIELDS)


def refuse_wrong_clock(service: Service, conn: Connection, command: Command) -> None:
    """Raises ClockWrong where a wrong clock would date the command."""
    if service.clock_trouble is None or dates_itself(command.operation, command.body):
        return
    if (trouble := wrong_clock(service, conn)) is not None:
        raise trouble


def wrong_clock(service: Service, conn: Connection) -> ClockWrong | None:
    """Why a wrong clock may date nothing, None where nothing is known to be wrong with it."""
    trouble = service.clock_trouble(conn, service.clock()) if service.clock_trouble is not None else None
    return ClockWrong(trouble) if trouble is not None else None
