"""A contract's money on its page: its months as they are now or were sent, refunds and payments due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from api.pages.form_table import BY_NAME
from api.pages.session import PageSession
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.adjustments import adjustments, refunds
from lifecycle.queries.charges import charges
from lifecycle.queries.month_statement import month_statement, refund_view, sent_and_entered
from lifecycle.queries.views.money import RefundView, StatementLine
from lifecycle.terms.calendar import Month, instant, tokyo_day

ISSUE, SETTLE = BY_NAME["money-issue_statement"], BY_NAME["money-settle_refund"]


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A month. lines: as sent, if it was issued. later: its later differences. issue: the address of the form,
    None if there is nothing to issue.
    """

    month: str
    lines: Sequence[StatementLine]
    total_yen: int
    issued_at: str | None
    elsewhere: bool
    later: Sequence[StatementLine]
    issue: str | None


@dataclass(frozen=True, slots=True)
class ShownMoney:
    """months: the latest first. refunds: each with the address of the form that settles it, None for none."""

    months: Sequence[ShownMonth]
    older: bool
    refunds: Sequence[tuple[RefundView, str | None]]


def money_shown(conn: Connection, visit: PageSession, dossier: Dossier, now: datetime, most: int) -> ShownMoney:
    """Return what a contract owes and owed by now. most: the maximum number of months."""
    contract_id, today = dossier.contract.id, tokyo_day(now)
    sent, entered = sent_and_entered(conn, contract_id)
    known = {charge.month for charge in charges(dossier, today) if charge.arose_at <= now} | set(sent.issued)
    known |= {one.month for one in adjustments(dossier, sent) if one.month <= Month.of(today)}
    months = sorted(known, reverse=True)

    def shown(month: Month) -> ShownMonth:
        found = month_statement(dossier, month, sent, entered)
        lines = [one for one in found["lines"] if found["issued_at"] or one["arose_at"] <= instant(now)]
        may = visit.may(ISSUE.name) and sent.since(month) is None and month.last < today
        return ShownMonth(
            str(month), lines, sum(one["amount_yen"] or 0 for one in lines), found["issued_at"],
            found["billed_elsewhere"], found["adjustments"],
            ISSUE.at(contract_id=contract_id, month=str(month)) if may else None,
        )  # fmt: skip

    waiting = [
        (
            refund_view(one, sent, entered),
            SETTLE.at(contract_id=contract_id, refund_id=one.id)
            if one.settled is None and visit.may(SETTLE.name)
            else None,
        )
        for one in refunds(contract_id, dossier, sent)
    ]
    return ShownMoney([shown(month) for month in months[:most]], len(months) > most, waiting)
