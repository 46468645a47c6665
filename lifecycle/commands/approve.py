"""Approves a proposal: the proposed command is executed like any other, with a second person."""

from collections.abc import Callable

from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import OnResult, execute
from lifecycle.commands.four_eyes import as_proposed
from lifecycle.commands.inputs import Approve
from lifecycle.commands.operation import Operation
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.queries.approvals import approval_of
from lifecycle.records.engine import reading


def approve(
    service: Service, approving: Command, may: Callable[[str], object], on_result: OnResult | None = None
) -> Outcome:
    """Execute a proposal at the version at which it was proposed; return the answer to both. approving: the
    approver's command, whose subject is the proposal. may: raises if the approver's roles do not allow the
    proposed operation. Raises Unknown, SamePerson, OtherContent, AlreadyDecided, and as `execute`.
    """
    with reading(service.engine) as conn:
        approval = approval_of(conn, approving.subject)
    may(approval.operation)
    operation, body = OPERATIONS[approval.operation], approving.body
    assert isinstance(operation, Operation) and isinstance(body, Approve)
    return execute(service, as_proposed(approving, approval, operation, body.digest), on_result)
