"""What the interface answers about statements, issued months and refunds, for the OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, of
from api.schemas.outputs.parts import ChargeView


class Adjusts(Output):
    """What an adjustment is about: the month that was issued, and which of its charges differs."""

    month: str
    kind: str


class StatementLine(ChargeView):
    """A line of a statement. adjusts, cause: of an adjustment alone."""

    adjusts: Adjusts | None = None
    cause: str | None = None


class Statement(Output):
    """A month's statement: as it was sent, once it was issued. adjustments: what of it later ones bear."""

    contract_id: str
    reference: str
    month: str
    lines: list[StatementLine]
    total_yen: int
    flags: list[str]
    issued_at: AwareDatetime | None
    billed_elsewhere: bool
    adjustments: list[StatementLine]


class StatementTotal(Output):
    """A month's statement of one contract, in short."""

    contract_id: str
    reference: str
    month: str
    total_yen: int
    flags: list[str]
    issued_at: AwareDatetime | None
    billed_elsewhere: bool


class StatementTotals(Output):
    """A month's statements of all contracts, in the order of their ids."""

    items: list[StatementTotal]
    next: str | None


class IssuedMonth(Output):
    """What came of issuing a month. already: issued before, or billed elsewhere."""

    month: str
    issued: int
    already: int


class RefundCause(Output):
    """Why money waits: which charge of what differs, and the latest entry behind it."""

    kind: str
    subject_id: str
    entry: str | None


class RefundView(Output):
    """Money that waits for a person, or that a person settled; the amount is never negative."""

    id: str
    direction: Literal["refund", "payment"]
    month: str
    cause: RefundCause
    amount_yen: int
    state: Literal["open", "settled"]
    settled_on: date | None
    how: str | None


class Refunds(Output):
    """A contract's refunds and payments due."""

    items: list[RefundView]
    next: str | None


STATEMENT = of(Statement, "The month's statement.")
ISSUED = of(IssuedMonth, "How many statements were issued.")
REFUND = of(RefundView, "The refund or payment, settled.")
REFUNDS = of(Refunds, "The settled ones, then the open ones.")
TOTALS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": StatementTotals,
        "description": "A page of the month's statements.",
        "content": {"text/csv; charset=utf-8": {"schema": {"type": "string", "format": "binary"}}},
    }
}
