"""Filters rows by the service of their contracts."""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import CompoundSelect, Connection, Select, func, literal_column, select, union_all

from lifecycle.machines.dossier import PARTS
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.base import OTHER_SERVICES
from lifecycle.records.base import of_service as is_of
from lifecycle.terms.default_service import DEFAULT_SERVICE

_c = tables.contract.c
_SERVICES = select(_c.id, _c.service)
_outage = tables.SUBJECTS["outage"].c
_OUTAGES = select(_outage.id, _outage.service, _outage.contracts)
_OTHERS = select(_c.id).where(literal_column(f"contract.{OTHER_SERVICES}"))


def of_service(asked: Select[Any], owner: Any, service: str | None) -> Select[Any]:
    """Limit a query to the contracts of one service; None for all. owner: the column of their ids.

    History rows without a contract, such as an outage's, are their own owner and are omitted.
    """
    if service is None:
        return asked
    if service == DEFAULT_SERVICE:  # nearly all are: the index of the others excludes them
        asked = asked if owner is _c.id else asked.where(func.substr(owner, 1, 2) == "c_")
        return asked.where(owner.not_in(_OTHERS))
    return asked.where(owner.in_(contracts_of_service(service)))


def contracts_of_service(service: str) -> Select[tuple[str]]:
    """Select the ids of a service's contracts."""
    return select(_c.id).where(*is_of(_c.service, service))


def subjects_of(service: str) -> CompoundSelect[tuple[str]]:
    """Select the ids of a service's contracts and of their parts, and of the outages of only this service."""
    parts = [tables.SUBJECTS[kind].c for kind in PARTS]
    return union_all(
        contracts_of_service(service),
        *(of_service(select(part.id), part.contract_id, service) for part in parts),
        select(_outage.id).where(_outage.service == service),
    )


def concerning(conn: Connection, ids: Collection[str], service: str) -> frozenset[str]:
    """Return those ids of contracts and outages that concern a service: an outage of all services concerns
    each.
    """
    outages = [one for one in ids if one.startswith("x_")]
    named = {row[0]: row[1:] for row in any_of(conn, _OUTAGES, _outage.id, outages)} if outages else {}
    lists = {id_: _listed(contracts) for id_, (_, contracts) in named.items()}
    wanted = {one for one in ids if one not in named}.union(*(found or () for found in lists.values()))
    own = {id_ for id_, of in any_of(conn, _SERVICES, _c.id, sorted(wanted)) if of == service}
    return frozenset(own.intersection(ids)) | {
        id_
        for id_, (of, _) in named.items()
        if of == service or (of is None and ((found := lists[id_]) is None or not own.isdisjoint(found)))
    }


def _listed(contracts: Any) -> list[str] | None:
    found: list[str] | None = orjson.loads(contracts) if isinstance(contracts, str) else contracts
    return found
