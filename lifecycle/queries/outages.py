"""Which outages there are, of all services or of one."""

from sqlalchemy import Connection, or_, select

from lifecycle.records import tables
from lifecycle.records.of_service import of_service

_outage, _credit = tables.SUBJECTS["outage"].c, tables.SUBJECTS["credit"].c


def newest_outages(conn: Connection, limit: int, before: str | None, service: str | None = None) -> list[str]:
    """The ids of at most so many outages, the newest first, before an id. service: those that are about it.

    These are its own, and those of all services that opened a credit for a contract of it.
    """
    wanted = select(_outage.id).order_by(_outage.id.desc()).limit(limit)
    if before:
        wanted = wanted.where(_outage.id < before)
    if service is not None:
        credited = of_service(select(_credit.outage_id), _credit.contract_id, service)
        shared = _outage.service.is_(None) & _outage.id.in_(credited)
        wanted = wanted.where(or_(_outage.service == service, shared))
    return list(conn.execute(wanted).scalars())
