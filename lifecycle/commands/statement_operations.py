"""Operations on statements, refunds and payments: issue and settle (R25, R40)."""

from lifecycle.commands import statements
from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.issue_month import issue_all
from lifecycle.commands.operation import AnyOperation, LongOperation, Operation
from lifecycle.commands.statements import SettledBody, named_month
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import OPERATOR
from lifecycle.queries.month_statement import refunds_of


def _issue(call: Call) -> Outcome:
    month = named_month(call.command.part)
    return Outcome({**statements.issue_statement(call.conn, call.subject_id, month, call.context)})


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
    LongOperation(name="money-issue_statements", body=None, run=issue_all, roles=OPERATOR),
    Operation(
        name="money-settle_refund", body=SettledBody, run=_settle, show=_show_settled, roles=OPERATOR
    ),
)  # fmt: skip
