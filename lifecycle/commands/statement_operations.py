"""Operations on what was sent and what waits: statements are issued, refunds and payments settled (R25, R40)."""

from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from lifecycle.commands import statements
from lifecycle.commands.command import Call, Command, Outcome
from lifecycle.commands.operation import AnyOperation, LongOperation, Operation
from lifecycle.commands.service import Service
from lifecycle.commands.statements import IssuedPart, SettledBody, named_month
from lifecycle.errors import TryAgain
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event_input import OPERATOR
from lifecycle.queries.month_statement import refunds_of

RETRIES = 3


def _issue(call: Call) -> Outcome:
    month = named_month(call.command.part)
    return Outcome({**statements.issue_statement(call.conn, call.subject_id, month, call.context)})


def _issue_all(service: Service, command: Command) -> Outcome:
    month, context = named_month(command.part), command.context(service.clock())

    def transaction(work: Callable[[Connection], IssuedPart]) -> IssuedPart:
        for _ in range(RETRIES):
            try:
                with service.engine.connect() as conn, conn.begin() as begun:
                    part = work(conn)
                    if command.dry_run:
                        begun.rollback()
                    return part
            except IntegrityError:  # somebody issues one of them at this moment: look again
                continue
        raise TryAgain

    parts = list(statements.issue_month(transaction, month, context))
    issued, already = sum(part.issued for part in parts), sum(part.already for part in parts)
    return Outcome({"month": str(month), "issued": issued, "already": already})


def _settle(call: Call) -> Dossier:
    body: SettledBody = call.body
    refund = call.command.part or ""
    return statements.settle_refund(call.conn, call.subject_id, refund, body.settled_on, body.how, call.context)


def _show_settled(call: Call, dossier: Dossier) -> Outcome:
    found = refunds_of(call.conn, dossier)
    return Outcome(next({**one} for one in found if one["id"] == call.command.part))


STATEMENT_OPERATIONS: tuple[AnyOperation | LongOperation, ...] = (
    Operation(
        name="money-issue_statement", body=None, run=_issue, show=lambda call, done: done, roles=OPERATOR
    ),
    LongOperation(name="money-issue_statements", body=None, run=_issue_all, roles=OPERATOR),
    Operation(
        name="money-settle_refund", body=SettledBody, run=_settle, show=_show_settled, roles=OPERATOR
    ),
)  # fmt: skip
