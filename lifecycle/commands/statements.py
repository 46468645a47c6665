"""Issuing statements, settling refunds and payments (R25, R40)."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar, NamedTuple

from sqlalchemy import Connection, insert

from lifecycle.commands.command import CommandContext
from lifecycle.errors import Malformed, Problem, Unknown
from lifecycle.history.store import ChainedStep, chain_dossier, store, store_step
from lifecycle.machines.body import Examples, Input
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.record_usage import month_named
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Day, LongText
from lifecycle.machines.stateless_rows import ISSUE, SETTLE, IssuedFacts, SettledFacts, stateless_row
from lifecycle.machines.step import Act
from lifecycle.queries.adjustments import refunds
from lifecycle.queries.issued import NOTHING_SENT, IssuedStatement, Sent, entered_rows, sent_to
from lifecycle.queries.month_statement import cause_of, lines_as_json, month_statement
from lifecycle.queries.views.money import Statement
from lifecycle.records import tables
from lifecycle.records.mapping import load
from lifecycle.records.row_sets import RowSet, RowValues
from lifecycle.terms import issued_months
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import Month, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import Terms

_ISSUED = ("contract_id", "month", "lines", "total_yen", "hash", "waits", "issued_at", "issued_by")


class SettledBody(Input):
    """When and how a refund or a payment was settled."""

    settled_on: Day
    how: LongText
    examples: ClassVar[Examples] = [{"settled_on": "2022-04-22", "how": "Bank transfer"}]


def named_month(text: str | None) -> Month:
    """Return the month in a path. Raises Malformed."""
    try:
        return Month.parse(month_named(text))
    except ValueError as error:
        raise Malformed([("/path/month", str(error))]) from None


def issue_statement(conn: Connection, contract_id: str, month: Month, context: CommandContext) -> Statement:
    """Issue a month's statement of one contract once; return it as it was sent (R40).

    Raises Unknown, and Refused for a month that is not over or was billed elsewhere.
    """
    refuse_running(month, context.now)
    dossier = load(conn, contract_id, lock=True)
    sent = sent_to(conn, [contract_id]).get(contract_id, NOTHING_SENT)
    if sent.is_elsewhere(month):
        assert sent.elsewhere_until is not None
        raise Refused((issued_months.billed_elsewhere(sent.elsewhere_until, _terms(month)),))
    if month not in sent.issued:
        issue = issue_of(conn, dossier, month, sent, context)
        store_issues(conn, [issue])
        sent = issue.sent
    return month_statement(dossier, month, sent, lambda: entered_rows(conn, contract_id))


def refuse_running(month: Month, now: datetime) -> None:
    """Raises Refused for a month that is not over (R40)."""
    if refusing := issued_months.month_over(month, tokyo_day(now), _terms(month)):
        raise Refused((refusing,))


def settle_refund(
    conn: Connection, contract_id: str, refund_id: str, settled_on: date, how: str, context: CommandContext
) -> Dossier:
    """Record that a refund or a payment was settled, in a separate row (R25, R40).

    Raises Unknown, Problem if it is settled already, Refused for a day in the future.
    """
    dossier = load(conn, contract_id, lock=True)
    terms = EDITIONS.governing(dossier.contract).on(tokyo_day(context.now))
    _refuse(order.not_in_future("settlement", start_of(settled_on), context.now, terms))
    sent = sent_to(conn, [contract_id]).get(contract_id, NOTHING_SENT)
    found = next((one for one in refunds(contract_id, dossier, sent) if one.id == refund_id), None)
    if found is None:
        raise Unknown("refund", refund_id)
    if found.settled is not None:
        raise _already_settled()
    about = found.about
    facts = SettledFacts(
        refund=refund_id, month=str(about.month), kind=about.kind, subject=about.subject_id,
        amount_yen=found.amount_yen, settled_on=settled_on, sha256=hashlib.sha256(how.encode()).hexdigest(),
    )  # fmt: skip
    written, entry = stateless_row(dossier, stateless_act(SETTLE, contract_id, facts, context))
    row = {
        "id": refund_id, "contract_id": contract_id, "month": str(about.month), "kind": about.kind,
        "subject_id": about.subject_id, "amount_yen": found.amount_yen, "settled_on": settled_on, "how": how,
        "cause": cause_of(about, sent, lambda: entered_rows(conn, contract_id)),
        "recorded_at": context.now, "recorded_by": context.actor, "seq": written.contract.seq,
    }  # fmt: skip
    conn.execute(insert(tables.settled), row)
    return store_step(conn, dossier, written, (entry,))


class Issue(NamedTuple):
    """A statement to be issued: the row of its contract's history, the stored statement, the sent content."""

    step: ChainedStep
    stored: RowValues
    sent: Sent


def issue_of(conn: Connection, dossier: Dossier, month: Month, sent: Sent, context: CommandContext) -> Issue:
    """Build the issue of a statement for a locked contract. `store_issues` writes it."""
    contract_id = dossier.contract.id
    shown = month_statement(dossier, month, sent, lambda: entered_rows(conn, contract_id))
    lines, total = lines_as_json(shown["lines"]), shown["total_yen"]
    digest = hashlib.sha256(lines).hexdigest()
    issued = IssuedStatement(month, shown["lines"], total, digest, context.now, context.actor)
    after = replace(sent, issued={**sent.issued, month: issued})
    waits = any(one.settled is None for one in refunds(contract_id, dossier, after))
    stored = (contract_id, str(month), lines.decode(), total, digest, waits, context.now, context.actor)
    facts = IssuedFacts(month=str(month), total_yen=total, sha256=digest)
    written, entry = stateless_row(dossier, stateless_act(ISSUE, contract_id, facts, context))
    return Issue(chain_dossier(dossier, written, (entry,)), stored, after)


def stateless_act(event: str, contract_id: str, facts: Facts, context: CommandContext) -> Act:
    """Build the act of a row outside the line, as of now."""
    now = context.now
    return Act(event, contract_id, facts, context.actor, now, now, context.reason, approver=context.approver)


def store_issues(conn: Connection, issues: Sequence[Issue]) -> None:
    """Store the issued statements. Raises ConcurrentChange."""
    stored = RowSet(tables.issued, _ISSUED, [issue.stored for issue in issues])
    store(conn, [issue.step for issue in issues], stored)


def _already_settled() -> Problem:
    return Problem(
        409, "not-possible", "Not possible in this state", "It is settled already.",
    )  # fmt: skip


def _terms(month: Month) -> Terms:
    return EDITIONS.on(month.last)


def _refuse(refusing: Ruling | None) -> None:
    if refusing:
        raise Refused((refusing,))
