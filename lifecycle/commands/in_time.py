"""Whether an entry comes in time: nothing recorded comes after its place, so that one step is enough (R16)."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.entries import HumanEntry, entries_of, recorded_order
from lifecycle.machines.legal_order import in_legal_order, place
from lifecycle.machines.parts import Credit, ItemChange
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.editions import Editions

_PAYLOADS = select(tables.history.c.payload).where(tables.history.c.contract_id == bindparam("id"))


def rows_of(conn: Connection, contract_id: str) -> list[dict[str, Any]]:
    """The payloads of a contract and all its parts, in the order of recording."""
    found = fetch_tuples(conn, _PAYLOADS, {"id": contract_id})
    return list(recorded_order(orjson.loads(payload) for (payload,) in found))  # type: ignore[arg-type]


def in_time(conn: Connection, dossier: Dossier, entry: HumanEntry, now: datetime) -> bool:
    """Whether the entry takes its place after all entries and all rows of the clock (R16)."""
    if entry.event.beside:
        return True
    at = place(entry)
    if entry.kind == "credit":
        return dossier.subject(entry.subject_id).state in ("open", "claimable")
    if any(at < fired for fired in fired_at(dossier)):
        return False
    contract = dossier.contract
    if contract.line_at is not None and contract.line_rank is not None:
        return (at, entry.event.rank) > (contract.line_at, contract.line_rank)
    newest = newest_place(conn, contract.id)
    return newest is None or (at, entry.event.rank) > newest


def newest_place(conn: Connection, contract_id: str) -> tuple[datetime, int] | None:
    """The place and rank of the newest entry on the line, from the history."""
    placed = in_legal_order(entries_of(rows_of(conn, contract_id)))
    return max(
        ((max(at, entry.at), entry.event.rank) for at, entry in placed if not entry.event.beside), default=None
    )


def noted(dossier: Dossier, entry: HumanEntry) -> Dossier:
    """The dossier with the place of its newest entry."""
    if entry.event.beside or entry.kind == "credit":
        return dossier
    contract = dossier.contract
    mine = (max(place(entry), entry.at), entry.event.rank)
    if contract.line_at is None or contract.line_rank is None or mine > (contract.line_at, contract.line_rank):
        return dossier._replace(contract=contract.replace(line_at=mine[0], line_rank=mine[1]))
    return dossier


def fired_at(dossier: Dossier) -> list[datetime]:
    """The instants of what the clock has recorded on the line, as the subjects show them."""
    found = []
    for subject in dossier.subjects:
        if isinstance(subject, Contract | Option):
            if subject.billing_started and subject.billing_starts_on is not None:
                found.append(start_of(subject.billing_starts_on))
            if subject.terminated_on is not None:
                found.append(end_of(subject.terminated_on))
            if isinstance(subject, Contract) and subject.billing_held and subject.planned_start_on is not None:
                found.append(start_of(subject.planned_start_on))
        elif isinstance(subject, ItemChange) and subject.state == "effective" and subject.effective_on is not None:
            found.append(start_of(subject.effective_on))
    return found


def stays_derived(before: Dossier, after: Dossier, entry: HumanEntry, now: datetime, editions: Editions) -> bool:
    """Whether every credit is where its facts and the line lead to, and no row of it is out of date (R26)."""
    was = {credit.id: credit for credit in before.credits}
    return all(_derived(before, was.get(c.id), after, c, now, editions) for c in after.credits)


def _derived(
    before: Dossier, old: Credit | None, after: Dossier, credit: Credit, now: datetime, editions: Editions
) -> bool:
    found = outcome(credit, after, now, editions)
    if found.state != credit.state:
        return False
    if old is None or old.state == "open":
        return True
    recorded = outcome(old, before, now, editions).path
    return all(step in found.path for step in recorded if step[0] != "claim")
