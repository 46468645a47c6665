"""A reported outage, and its affected contracts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from lifecycle.errors import Malformed
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True)
class OutageReport:
    """A report of an outage. contracts: the affected ones, None for all. service: whose contracts, None for those
    of all.
    """

    known_at: datetime
    source: str
    attributable: bool | None
    contracts: tuple[str, ...] | None
    recovered_at: datetime | None = None
    service: str | None = None


def on_record_already(conn: Connection, found: OutageReport) -> Ruling | None:
    """Refuse an outage that is already recorded for one of the contracts; overlapping hours count once (R26)."""
    table = tables.SUBJECTS["outage"].c
    statement = select(table.id, table.contracts, table.service).where(
        table.known_at == found.known_at, table.state != "annulled"
    )
    services = _services_of(conn, found)
    for other in conn.execute(statement.order_by(table.known_at)):
        everyone = found.contracts is None or other.contracts is None
        if services is not None and other.service is not None and other.service not in services:
            continue
        if everyone or set(found.contracts or ()) & set(other.contracts or ()):
            return art8.outage_alone(other.id, EDITIONS.on(tokyo_day(found.known_at)))
    return None


def refuse_unknown(conn: Connection, contract_ids: Sequence[str], service: str | None, pointer: str) -> None:
    """Raise Unknown for an unknown contract, Malformed for one of another service than the named one."""
    table = tables.contract.c
    rows = conn.execute(select(table.id, table.service).where(table.id.in_(contract_ids)))
    found: dict[str, str] = {row.id: row.service for row in rows}
    for number, contract_id in enumerate(contract_ids):
        if contract_id not in found:
            raise Unknown("contract", contract_id)
        if service not in (None, found[contract_id]):
            raise Malformed([(f"{pointer}/{number}", f"is no contract of the service {service}")])


def _services_of(conn: Connection, found: OutageReport) -> set[str] | None:
    """Return the services of the affected contracts, None for all."""
    if found.service is not None or found.contracts is None:
        return {found.service} if found.service is not None else None
    table = tables.contract.c
    return set(conn.execute(select(table.service).where(table.id.in_(found.contracts)).distinct()).scalars())
