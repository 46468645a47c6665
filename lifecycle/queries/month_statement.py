"""A month's statement: as sent if it was issued, otherwise with the adjustments of issued months."""

from collections.abc import Callable, Mapping
from datetime import datetime

import orjson
from sqlalchemy import Connection

from lifecycle.machines.dossier import Dossier
from lifecycle.queries.adjustments import Adjustment, Refund, adjustments, refunds
from lifecycle.queries.charges import statement
from lifecycle.queries.issued import NOTHING_SENT, About, Recorded, Sent, entered_rows, sent_to
from lifecycle.queries.not_served import NOT_SERVED
from lifecycle.queries.views.common import rulings_view
from lifecycle.queries.views.money import RefundView, Statement, StatementLine
from lifecycle.terms import issued_months
from lifecycle.terms.calendar import Month, instant, iso_day, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions

Entered = Callable[[], list[Recorded]]  # what people entered about the contract, read where it is needed


def month_statement(
    dossier: Dossier, month: Month, sent: Sent, entered: Entered, editions: Editions = EDITIONS
) -> Statement:
    """A month's statement. sent: what was sent to the customer so far."""
    editions = editions.governing(dossier.contract)
    found = statement(dossier, month, editions)
    if sent is NOTHING_SENT:
        return found
    if sent.is_elsewhere(month):
        return {**found, "lines": [], "total_yen": 0, "flags": [], "billed_elsewhere": True}
    to_come = adjustments(dossier, sent, editions)
    if (issued := sent.issued.get(month)) is None:
        added = [_line(one, sent, entered, editions) for one in to_come if one.month == month]
        total = found["total_yen"] + sum(line["amount_yen"] or 0 for line in added)
        return {**found, "lines": [*found["lines"], *added], "total_yen": total}
    lines: list[StatementLine] = list(issued.lines)  # type: ignore[arg-type]
    later: list[StatementLine] = [
        line  # type: ignore[misc]
        for other in sorted(sent.issued)
        for line in sent.issued[other].lines
        if (line.get("adjusts") or {}).get("month") == str(month)
    ]
    later += [_line(one, sent, entered, editions) for one in to_come if one.about.month == month]
    return {
        **found, "lines": lines, "total_yen": issued.total_yen,
        "flags": [line["flag"] for line in lines if line["flag"]],
        "issued_at": instant(issued.issued_at), "adjustments": later,
    }  # fmt: skip


def statement_of(
    conn: Connection,
    dossier: Dossier,
    month: Month,
    known_at: datetime | None = None,
    editions: Editions = EDITIONS,
) -> Statement:
    """A month's statement of one contract. known_at: by what was sent until then."""
    sent, entered = sent_and_entered(conn, dossier.contract.id, known_at)
    return month_statement(dossier, month, sent, entered, editions)


def refunds_of(conn: Connection, dossier: Dossier, editions: Editions = EDITIONS) -> list[RefundView]:
    """A contract's refunds and payments due: the settled ones, then the open ones."""
    sent, entered = sent_and_entered(conn, dossier.contract.id)
    found = refunds(dossier.contract.id, dossier, sent, editions)
    return [refund_view(one, sent, entered) for one in found]


def sent_and_entered(conn: Connection, contract_id: str, known_at: datetime | None = None) -> tuple[Sent, Entered]:
    """What was sent to one customer, and a function that reads what people entered."""
    sent: Mapping[str, Sent] = sent_to(conn, [contract_id])
    mine = sent.get(contract_id, NOTHING_SENT)
    if known_at is None:
        return mine, lambda: entered_rows(conn, contract_id)
    return mine.known(known_at), lambda: [
        row for row in entered_rows(conn, contract_id) if row.recorded_at <= known_at
    ]


def refund_view(refund: Refund, sent: Sent, entered: Entered) -> RefundView:
    """Money that waits for a person, or that a person settled."""
    settled, about = refund.settled, refund.about
    return {
        "id": refund.id,
        "direction": "refund" if refund.amount_yen < 0 else "payment",
        "month": str(about.month),
        "cause": {
            "kind": about.kind,
            "subject_id": about.subject_id,
            "entry": settled.cause if settled else cause_of(about, sent, entered),
        },
        "amount_yen": abs(refund.amount_yen),
        "state": "settled" if settled else "open",
        "settled_on": iso_day(settled.settled_on) if settled else None,
        "how": settled.how if settled else None,
    }


def cause_of(about: About, sent: Sent, entered: Entered) -> str | None:
    """The latest entry since the month was sent, of the difference's own subject where there is one.

    Of days not served, the row by which the end turned out to be wrong.
    """
    if about.kind == NOT_SERVED:
        ends = [end for end in sent.wrong_ends if end.subject_id == about.subject_id]
        return next((end.cause for end in reversed(ends) if Month.of(tokyo_day(end.from_at)) <= about.month), None)
    since = sent.since(about.month)
    rows = [row for row in entered() if since is None or row.recorded_at >= since]
    own = [row for row in rows if row.subject_id == about.subject_id]
    return (own or rows)[-1].row_id if rows else None


def lines_as_json(lines: list[StatementLine]) -> bytes:
    """A statement's lines as they are stored and hashed."""
    return orjson.dumps(lines, option=orjson.OPT_SORT_KEYS)


def _line(adjustment: Adjustment, sent: Sent, entered: Entered, editions: Editions) -> StatementLine:
    about, first = adjustment.about, adjustment.month.first
    ruling = issued_months.adjustment(about.month, adjustment.amount_yen, editions.on(about.month.last))
    return {
        "kind": "adjustment",
        "subject_id": about.subject_id,
        "month": str(adjustment.month),
        "arose_at": instant(start_of(first)),
        "amount_yen": adjustment.amount_yen,
        "flag": None,
        "ruling": rulings_view((ruling,))[0],
        "adjusts": {"month": str(about.month), "kind": about.kind},
        "cause": cause_of(about, sent, entered),
    }
