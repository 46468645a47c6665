"""The answers about what hangs on a contract: item changes, measures, credits, usage, outages, what waits."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, literal_column, select

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import FINAL, Dossier
from lifecycle.machines.events.open_credit import rulings
from lifecycle.machines.parts import Credit, ItemChange, Measure, Outage, Usage
from lifecycle.machines.table import allowed_events
from lifecycle.queries.views import Answer
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.terms.annex1_fees import METERS
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import rulings_as_dicts


def item_change_view(dossier: Dossier, change_id: str, now: datetime) -> Answer:
    """An item change; fee_yen is null where nobody set one (R22)."""
    change: ItemChange = dossier.subject(change_id)
    return {
        **_common(dossier, change, now),
        "reference": change.reference,
        "item": change.item,
        "former_item": change.former_item,
        "received_on": _day(change.received_on),
        "accepted_on": _day(change.accepted_on),
        "effective_on": _day(change.effective_on),
        "fee_yen": change.fee_yen,
    }


def measure_view(dossier: Dossier, measure_id: str, now: datetime) -> Answer:
    """A measure of Art. 10."""
    measure: Measure = dossier.subject(measure_id)
    return {
        **_common(dossier, measure, now),
        "kind": measure.measure,
        "ground": measure.ground,
        "notified": measure.notified,
        "starts_at": instant(measure.starts_at),
        "ends_at": instant(measure.ends_at),
        "lifted_at": instant(measure.lifted_at),
    }


def usage_view(dossier: Dossier, usage_id: str) -> Answer:
    """A month's usage, decimals as text."""
    usage: Usage = dossier.subject(usage_id)
    meters = {meter: getattr(usage, meter) for meter in METERS}
    return {
        "id": usage.id,
        "contract_id": usage.contract_id,
        "month": usage.month,
        **meters,
        "version": usage.version,
    }


def credit_view(dossier: Dossier, credit: Credit, now: datetime, editions: Editions = EDITIONS) -> Answer:
    """What an outage earns a contract, with its reasons (Annex 2)."""
    case: AnyCase = Case(dossier, credit, now, editions)
    return {
        **_common(dossier, credit, now),
        "outage": credit.outage_id,
        "known_at": instant(credit.known_at),
        "recovered_at": instant(credit.recovered_at),
        "attributable": credit.attributable,
        "units": credit.units,
        "amount_yen": credit.amount_yen,
        "claimable_on": _day(credit.claimable_on),
        "last_claim_on": _day(credit.last_claim_on),
        "claimed_on": _day(tokyo_day(credit.claimed_at)) if credit.claimed_at else None,
        "because": rulings_as_dicts(rulings(case, credit, dossier)),
    }


def outage_view(outage: Outage, concerned: int) -> Answer:
    """An outage, and how many contracts it concerns."""
    return {
        "id": outage.id,
        "state": outage.state,
        "version": outage.version,
        "known_at": instant(outage.known_at),
        "recovered_at": instant(outage.recovered_at),
        "source": outage.source,
        "attributable": outage.attributable,
        "contracts": list(outage.contracts) if outage.contracts is not None else "all",
        "concerned": concerned,
    }


def waiting_items(conn: Connection, now: datetime, limit: int, after: str) -> list[Answer]:
    """What waits for a person, in the order of id: applications, open conditions, held billing, parked timers."""
    found: list[Answer] = []
    for kind in ("contract", "option", "item_change"):
        table = tables.SUBJECTS[kind].c
        statement = select(table.id, table.reference).where(table.state == "applied", table.id > after)
        for row in conn.execute(statement.order_by(table.id).limit(limit)):
            found.append(_waits(kind, row.id, row.reference, "application", ()))
    found += _conditions_waiting(conn, limit, after)
    parked = tables.parked.c
    aside = select(tables.parked).where(parked.subject_id > after).order_by(parked.subject_id).limit(limit)
    for row in conn.execute(aside):
        found.append(_waits("timer", row.subject_id, None, f"parked: {row.reason}", ()))
    return sorted(found, key=lambda item: (item["id"], item["what"]))[:limit]


def _conditions_waiting(conn: Connection, limit: int, after: str) -> list[Answer]:
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
        because = open_conditions(contract, EDITIONS)
        what = "billing held" if contract.billing_held else "open condition"
        answers.append(_waits("contract", contract.id, contract.reference, what, because))
    return answers


def _waits(kind: str, id_: str, reference: str | None, what: str, because: Any) -> Answer:
    return {
        "kind": kind,
        "id": id_,
        "reference": reference,
        "what": what,
        "rulings": rulings_as_dicts(tuple(because)),
    }


def _common(dossier: Dossier, part: Any, now: datetime) -> Answer:
    return {
        "id": part.id,
        "contract_id": part.contract_id,
        "state": part.state,
        "version": part.version,
        "next": {"event": part.due_event, "due_at": instant(part.due_at)} if part.due_event else None,
        "allowed_events": allowed_events(Case(dossier, part, now, EDITIONS)),
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
