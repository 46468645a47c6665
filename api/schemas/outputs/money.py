"""What the interface answers about statements, issued months and refunds, for the OpenAPI document."""

from api.schemas.outputs.common import Responses, of
from lifecycle.queries.views.money import (
    IssuedFoundPage,
    IssuedMonth,
    IssueProgress,
    Refunds,
    RefundView,
    Statement,
    StatementTotals,
)
from lifecycle.sheets.writing import CSV, XLSX

STATEMENT = of(Statement, "The month's statement.")
PROGRESS = of(IssueProgress, "The progress of the month.")
ISSUED = of(IssuedMonth, "How many statements were issued.") | of(
    IssueProgress, "Many are left: they are issued in the background; Location shows the progress.", 202
)
FOUND = of(IssuedFoundPage, "A page of the statements that were found.")
REFUND = of(RefundView, "The settled refund or payment.")
REFUNDS = of(Refunds, "The settled ones, then the open ones.")
TOTALS: Responses = {
    200: {
        "model": StatementTotals,
        "description": "A page of the month's statements.",
        "content": {form: {"schema": {"type": "string", "format": "binary"}} for form in (CSV, XLSX)},
    }
}
