"""Lists what waits for a person: applications, open conditions, held billing, parked timers, refunds."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, literal_column, select

from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import FINAL
from lifecycle.queries.adjustments import refunds
from lifecycle.queries.issued import NOTHING_SENT, contracts_with_refunds, sent_to
from lifecycle.queries.views.common import rulings_view
from lifecycle.queries.views.running import WaitsView
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling

PART = 500  # contracts looked at at a time


def waiting_items(conn: Connection, now: datetime, limit: int, after: str) -> list[WaitsView]:
    """What waits for a person, in the order of id: applications, open conditions, held billing, parked timers."""
    found: list[WaitsView] = []
    for kind in ("contract", "option", "item_change"):
        table = tables.SUBJECTS[kind].c
        statement = select(table.id, table.reference).where(table.state == "applied", table.id > after)
        for row in conn.execute(statement.order_by(table.id).limit(limit)):
            found.append(_waits(kind, row.id, row.reference, "application", ()))
    found += _conditions_waiting(conn, limit, after)
    for one in money_waiting(conn, limit, after):
        what = f"payment: {one.yen:,} yen" if one.yen > 0 else f"refund: {-one.yen:,} yen"
        found.append(_waits("refund", one.id, one.reference, what, ()))
    parked = tables.parked.c
    aside = select(tables.parked).where(parked.subject_id > after).order_by(parked.subject_id).limit(limit)
    for row in conn.execute(aside):
        found.append(_waits("timer", row.subject_id, None, f"parked: {row.reason}", ()))
    return sorted(found, key=lambda item: (item["id"], item["what"]))[:limit]


def _conditions_waiting(conn: Connection, limit: int, after: str) -> list[WaitsView]:
    table = tables.contract.c
    live = select(table.id).where(table.state.not_in(FINAL), table.id > after).order_by(table.id).limit(limit)
    apart: tuple[Any, ...] = (
        table.due_event == "hold_billing",
        literal_column("billing_held"),
    )  # each by its own index
    ids = sorted({id_ for which in apart for id_ in conn.execute(live.where(which)).scalars()})[:limit]
    answers = []
    for dossier in load_many(conn, ids).values():
        contract = dossier.contract
        because = open_conditions(contract, EDITIONS.of(contract.service))
        what = "billing held" if contract.billing_held else "open condition"
        answers.append(_waits("contract", contract.id, contract.reference, what, because))
    return answers


class WaitingMoney(NamedTuple):
    """A contract with money to be paid back (negative) or still to be paid, in the sum.

    since: the end of the first month that it is about.
    """

    id: str
    reference: str
    yen: int
    since: date


def money_waiting(conn: Connection, limit: int, after: str = "") -> list[WaitingMoney]:
    """The contracts in which refunds or payments wait, in the order of id, from an id on (R25, R40)."""
    answers: list[WaitingMoney] = []
    while len(answers) < limit:
        ids = contracts_with_refunds(conn, after, PART)
        dossiers, known = load_many(conn, ids), sent_to(conn, ids)
        for id_ in ids:
            contract, sent = dossiers[id_].contract, known.get(id_, NOTHING_SENT)
            open_ = [one for one in refunds(id_, dossiers[id_], sent) if one.settled is None]
            if open_:
                since = min(one.about.month.last for one in open_)
                yen = sum(one.amount_yen for one in open_)
                answers.append(WaitingMoney(id_, contract.reference, yen, since))
        if len(ids) < PART:
            break
        after = ids[-1]
    return answers[:limit]


def _waits(kind: str, id_: str, reference: str | None, what: str, because: tuple[Ruling, ...]) -> WaitsView:
    return {
        "kind": kind,
        "id": id_,
        "reference": reference,
        "what": what,
        "rulings": rulings_view(because),
    }
