"""Rows of the contracts of one service."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, func, literal_column, select, union_all

from lifecycle.machines.dossier import PARTS
from lifecycle.records import tables
from lifecycle.records.base import OTHER_SERVICES
from lifecycle.records.base import of_service as is_of
from lifecycle.terms.default_service import DEFAULT_SERVICE

_c = tables.contract.c
_OTHERS = select(_c.id).where(literal_column(f"contract.{OTHER_SERVICES}"))


def of_service(asked: Select[Any], owner: Any, service: str | None) -> Select[Any]:
    """A question, of the contracts of one service, or of all for None. owner: the column of their ids.

    In the history what is of no contract, as an outage, is its own owner: it is left out.
    """
    if service is None:
        return asked
    if service == DEFAULT_SERVICE:  # nearly all are: the others are left out by their index
        asked = asked if owner is _c.id else asked.where(func.substr(owner, 1, 2) == "c_")
        return asked.where(owner.not_in(_OTHERS))
    return asked.where(owner.in_(contracts_of_service(service)))


def contracts_of_service(service: str) -> Select[tuple[str]]:
    """The ids of a service's contracts."""
    return select(_c.id).where(*is_of(_c.service, service))


def subjects_of(service: str) -> CompoundSelect[tuple[str]]:
    """The ids of a service's contracts and of their parts, and of the outages that are of it alone."""
    outage = tables.SUBJECTS["outage"].c
    parts = [tables.SUBJECTS[kind].c for kind in PARTS]
    return union_all(
        contracts_of_service(service),
        *(of_service(select(part.id), part.contract_id, service) for part in parts),
        select(outage.id).where(outage.service == service),
    )
