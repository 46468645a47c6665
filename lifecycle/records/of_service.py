"""Rows of the contracts of one service."""

from typing import Any

from sqlalchemy import Select, select

from lifecycle.records import tables

_c = tables.contract.c


def of_service(asked: Select[Any], owner: Any, service: str | None) -> Select[Any]:
    """A question, of the contracts of one service, or of all for None. owner: the column of their ids."""
    if service is None:
        return asked
    return asked.where(owner.in_(select(_c.id).where(_c.service == service)))
