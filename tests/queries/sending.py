"""Statements issued in memory, as the commands issue them, for tests of adjustments and refunds."""

from datetime import datetime

from lifecycle.machines.dossier import Dossier
from lifecycle.queries.adjustments import Refund, refunds
from lifecycle.queries.issued import IssuedStatement, Sent, Settled
from lifecycle.queries.month_statement import month_statement
from lifecycle.queries.views.money import Statement
from lifecycle.terms.calendar import Month
from tests.machines.life import BASE, at, d

NOTHING = Sent({})
SENT_AT = at(d(12, 1))


def shown(dossier: Dossier, month: str, sent: Sent) -> Statement:
    return month_statement(dossier, Month.parse(month), sent, list)


def issue(dossier: Dossier, sent: Sent, *months: str, now: datetime = SENT_AT) -> Sent:
    """What was sent, with these months issued one after the other."""
    for month in months:
        one = shown(dossier, month, sent)
        issued = IssuedStatement(Month.parse(month), one["lines"], one["total_yen"], "", now, "desk")
        sent = Sent({**sent.issued, issued.month: issued}, sent.elsewhere, sent.settled)
    return sent


def settle(dossier: Dossier, sent: Sent, refund: Refund) -> Sent:
    done = Settled(refund.id, refund.about, refund.amount_yen, None, d(12, 1), "bank transfer", SENT_AT)
    return Sent(sent.issued, sent.elsewhere, (*sent.settled, done))


def waiting(dossier: Dossier, sent: Sent) -> list[tuple[str, str, int]]:
    """(month, kind, yen) of what waits for a person; negative: to be paid back."""
    found = refunds(BASE, dossier, sent)
    return [(str(one.about.month), one.about.kind, one.amount_yen) for one in found if one.settled is None]


def lines(dossier: Dossier, month: str, sent: Sent) -> list[tuple[str, int | None]]:
    return [(line["kind"], line["amount_yen"]) for line in shown(dossier, month, sent)["lines"]]


def open_yen(dossier: Dossier, sent: Sent) -> int:
    return sum(yen for *_, yen in waiting(dossier, sent))
