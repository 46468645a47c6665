"""Money that waits for a person: refunds and payments due (R25, R40), fees of days not served (R36)."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from lifecycle.queries.adjustments import refunds
from lifecycle.queries.issued import NOTHING_SENT, contracts_with_refunds, sent_to
from lifecycle.queries.not_served import NOT_SERVED
from lifecycle.records.mapping import load_many

MONEY_KINDS = ("money", NOT_SERVED)
PART = 500  # contracts looked at at a time


class WaitingMoney(NamedTuple):
    """A contract with money to be paid back (negative) or still to be paid, in the sum.

    kind: `money`, or `not_served` for fees of days not served, which a person decides about. since: the end of the
    first month that it is about.
    """

    id: str
    reference: str
    yen: int
    since: date
    kind: str = "money"


def money_waiting(
    conn: Connection, limit: int, after: str = "", *, including: bool = False, service: str | None = None
) -> list[WaitingMoney]:
    """The contracts in which money waits, in the order of id, after an id or including it (R25, R36, R40).

    Not more than `limit` of them: a contract in which both kinds of money wait counts twice. service: of its
    contracts, None for all.
    """
    answers: list[WaitingMoney] = []
    while len(answers) < limit:
        ids = contracts_with_refunds(conn, after, PART, including=including, service=service)
        dossiers, known = load_many(conn, ids), sent_to(conn, ids)
        for id_ in ids:
            contract, sent = dossiers[id_].contract, known.get(id_, NOTHING_SENT)
            found = [one for one in refunds(id_, dossiers[id_], sent) if one.settled is None]
            for kind in MONEY_KINDS:
                if open_ := [one for one in found if (one.about.kind == NOT_SERVED) == (kind == NOT_SERVED)]:
                    since = min(one.about.month.last for one in open_)
                    yen = sum(one.amount_yen for one in open_)
                    answers.append(WaitingMoney(id_, contract.reference, yen, since, kind))
        if len(ids) < PART:
            break
        after, including = ids[-1], False
    return answers[:limit]
