"""Papers about money: a month's statement, later differences of an issued one, the decision on a claim."""

from collections.abc import Sequence
from datetime import date, datetime

from api.documents.content import DocumentLine, DocumentSection, Draft
from api.documents.sources import Sources
from lifecycle.errors import Unknown
from lifecycle.machines.derive_credit import counted_part
from lifecycle.queries.charges import charges
from lifecycle.queries.document_facts import is_decided
from lifecycle.queries.month_statement import refunds_of, statement_of
from lifecycle.queries.not_served import NOT_SERVED
from lifecycle.queries.views.money import Statement, StatementLine
from lifecycle.queries.views.parts import credit_view
from lifecycle.terms.calendar import Month, tokyo_day


def statement(found: Sources, month: Month) -> Draft:
    """A month's statement: as it was sent if it was issued, otherwise from the current record."""
    shown = statement_of(found.conn, found.dossier, month)
    if found.dossier.contract.accepted_on is None:
        raise found.refuse("There is no statement: the application is not accepted.")
    if shown["billed_elsewhere"]:
        raise found.refuse("There is no statement: the month was billed elsewhere.")
    lines = [_charge(found, one) for one in shown["lines"]]
    total = found.line("total", found.yen(shown["total_yen"]), strong=True)
    sections = [_month(found, month, found.head()), DocumentSection("", [*lines, total], amounts=True)]
    notes = [found.say("paper.all_without_tax")]
    title, issued_at = "statement", None
    if shown["issued_at"] is not None:
        issued_at = datetime.fromisoformat(shown["issued_at"])
    elif month.first > tokyo_day(found.now):
        title = "statement_ahead"
        notes.append(found.say("paper.not_begun"))
    elif month.last >= tokyo_day(found.now):
        title = "statement_running"
        notes.append(found.say("paper.may_differ"))
    else:
        title = "statement_not_issued"
        notes.append(found.say("paper.not_issued_yet"))
    words, issued_on = {"month": found.show.month(str(month))}, tokyo_day(issued_at) if issued_at else None
    return Draft(
        f"statement-{month}", title, "statement_opening", sections, notes, issued_on, words, act_at=issued_at
    )  # fmt: skip


def adjustment(found: Sources, month: Month) -> Draft:
    """The later differences of an issued month: the later statement that contains them, or that they were paid."""
    shown = statement_of(found.conn, found.dossier, month)
    of_month = [one for one in refunds_of(found.conn, found.dossier) if one["month"] == str(month)]
    waiting = [one for one in of_month if one["cause"]["kind"] != NOT_SERVED]  # a person decides about those
    lines = [_adjusted(found, one) for one in shown["adjustments"] if one["amount_yen"]]
    for refund in waiting:
        signed = refund["amount_yen"] * (-1 if refund["direction"] == "refund" else 1)
        settled = found.say("paper.settled_on", day=found.show.day(refund["settled_on"])) if (
            refund["settled_on"]) else found.say(f"paper.{refund['direction']}")  # fmt: skip
        label = f"{found.show.word('charge', refund['cause']['kind'])}{found.say('paper.by', what=settled)}"
        lines.append(DocumentLine(label, found.yen(signed)))
    if not lines:
        raise found.refuse("There is nothing to adjust: the month stands as it was sent, or was not issued.")
    total = sum(one["amount_yen"] or 0 for one in shown["adjustments"]) + sum(
        one["amount_yen"] * (-1 if one["direction"] == "refund" else 1) for one in waiting
    )
    head = _month(found, month, found.head())
    if shown["issued_at"] is not None:
        issued = [found.line("issued_total", found.yen(shown["total_yen"])),
                  found.line("issued_on", found.show.day(_day(shown)))]  # fmt: skip
        head = DocumentSection("", [*head.lines, *issued])
    sums = found.line("adjusted_total", found.yen(total), strong=True)
    return Draft(
        f"adjustment-{month}", "adjustment", "adjustment_opening",
        [head, DocumentSection("", [*lines, sums], amounts=True)],
        (found.say("paper.all_without_tax"),), None, {"month": found.show.month(str(month))},
    )  # fmt: skip


def claim(found: Sources, credit_id: str) -> Draft:
    """The decision on the customer's claim for a reduction. Raises Unknown."""
    credit = next((one for one in found.dossier.credits if one.id == credit_id), None)
    if credit is None:
        raise Unknown("credit", credit_id)
    if not is_decided(credit):
        raise found.refuse("There is nothing to answer: the reduction was not claimed, or is not decided on yet.")
    view = credit_view(found.dossier, credit, found.now)
    act = found.acts.last(credit.id, {"credited": "credit", "refused": "refuse"}.get(credit.state, "claim"))
    because = act.rulings if act and act.rulings else view["because"]
    lines = [
        found.line("claimed_on", found.show.day(view["claimed_on"])),
        found.line("known_at", found.show.instant(view["known_at"])),
        found.line("recovered_at", found.show.instant(view["recovered_at"])),
    ]
    part = counted_part(credit, found.dossier)
    granted = credit.state != "refused" and view["amount_yen"] > 0
    if part is not None:
        lines.append(found.line("counted", found.duration(part.seconds)))
    said = [one for one in because if one["rule"] not in ("claim_window", "outage_known")]
    if granted:
        lines.append(found.line("units", found.say("paper.units_of", n=view["units"])))
        lines.append(found.line("reduction", found.yen(view["amount_yen"]), said, strong=True))
        lines += _where(found, credit_id)
    else:
        lines.append(found.line("decision", found.say("paper.no_reduction"), said, strong=True))
    sections = [found.head(), DocumentSection("", lines)]
    opening = "claim_opening" if granted else "claim_refused_opening"
    notes = (found.say("paper.all_without_tax"),) if granted else ()
    return Draft(f"claim-{credit_id}", "claim", opening, sections, notes)


def _where(found: Sources, credit_id: str) -> Sequence[DocumentLine]:
    """The month whose statement contains the reduction."""
    until = date.max.replace(year=tokyo_day(found.now).year + 2)
    taken = [one for one in charges(found.dossier, until) if one.subject_id == credit_id]
    return [found.line("on_statement", found.say("paper.of_month", month=found.show.month(str(one.month))))
            for one in taken]  # fmt: skip


def _month(found: Sources, month: Month, head: DocumentSection) -> DocumentSection:
    value = found.show.month(str(month))
    return DocumentSection("", [*head.lines, found.line("month", found.say("paper.of_month", month=value))])


def _charge(found: Sources, one: StatementLine) -> DocumentLine:
    flag = f" {found.show.word('flag', one['flag'])}" if one["flag"] else ""
    label = found.show.word("charge", one["kind"]) + flag
    if adjusts := one.get("adjusts"):
        about = found.show.word("charge", adjusts["kind"])
        label = found.say("paper.adjusts", month=found.show.month(adjusts["month"]), kind=about)
    return DocumentLine(label, found.yen(one["amount_yen"]), found.reasons([one["ruling"]]))


def _adjusted(found: Sources, one: StatementLine) -> DocumentLine:
    adjusts = one.get("adjusts") or {"kind": one["kind"]}
    month = found.say("paper.on_statement_of", month=found.show.month(one["month"]))
    label = f"{found.show.word('charge', adjusts['kind'])}{found.say('paper.by', what=month)}"
    return DocumentLine(label, found.yen(one["amount_yen"]), found.reasons([one["ruling"]]))


def _day(shown: Statement) -> date:
    assert shown["issued_at"] is not None
    return tokyo_day(datetime.fromisoformat(shown["issued_at"]))
