"""Which rows of the history an export of some rows has."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from lifecycle.records import tables
from lifecycle.records.keeping import ended_before
from lifecycle.records.search_folding import customer_number_key
from lifecycle.terms.calendar import instant

_HISTORY, _LOG = tables.history.c, tables.log.c
_CONTRACT, _PERSONAL, _EDITION = tables.contract.c, tables.personal.c, tables.SUBJECTS["edition"].c
_LOGGED = (_HISTORY.subject_id == _LOG.subject_id) & (_HISTORY.seq == _LOG.seq)


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """A filter for rows: a contract and its parts, an event, an actor, recorded in [since, until).

    state, service, customer: all rows of the contracts that are in that state, under that service, of the customer
    with that number. ended_before: of those that ended before that day, and are not archived yet.
    """

    contract: str | None = None
    event: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    service: str | None = None
    ended_before: date | None = None
    state: str | None = None
    customer: str | None = None

    def said(self) -> dict[str, str]:
        """Return the filter as in the header of an export: the customer's number is hashed."""
        named = {"contract": self.contract, "event": self.event, "actor": self.actor}
        named |= {"since": instant(self.since), "until": instant(self.until)}
        named |= {"ended_before": self.ended_before.isoformat() if self.ended_before else None}
        named |= {"state": self.state, "service": self.service}
        if self.customer is not None:
            named["customer"] = sha256(customer_number_key(self.customer).encode()).hexdigest()
        return {name: value for name, value in named.items() if value is not None}


def which_rows(asked: Select[Any], wanted: ExportFilter, *, terms: bool) -> Select[Any]:
    """Filter a query of the log. terms: include the editions of the terms, so that the rows can be verified."""
    if wanted == ExportFilter():
        return asked
    conditions = list(_conditions(wanted))
    rows = and_(*conditions)
    if terms:
        own = select(_EDITION.id)
        own = own if wanted.service is None else own.where(_EDITION.service == wanted.service)
        rows = or_(rows, _HISTORY.contract_id.in_(own))
    return asked.join(tables.history, _LOGGED).where(rows)


def _conditions(wanted: ExportFilter) -> list[ColumnElement[bool]]:
    named = {_HISTORY.contract_id: wanted.contract, _HISTORY.event: wanted.event, _HISTORY.actor: wanted.actor}
    found: list[ColumnElement[bool]] = [column == value for column, value in named.items() if value is not None]
    if wanted.since is not None:
        found.append(_HISTORY.recorded_at >= wanted.since)
    if wanted.until is not None:
        found.append(_HISTORY.recorded_at < wanted.until)
    if wanted.ended_before is not None:
        found.append(_HISTORY.contract_id.in_(ended_before(wanted.ended_before)))
    theirs = {_CONTRACT.state: wanted.state, _CONTRACT.service: wanted.service}
    for column, value in theirs.items():
        if value is not None:
            found.append(_HISTORY.contract_id.in_(select(_CONTRACT.id).where(column == value)))
    if wanted.customer is not None:
        number = customer_number_key(wanted.customer)
        numbered = select(_PERSONAL.contract_id).where(_PERSONAL.customer_number == number)
        found.append(_HISTORY.contract_id.in_(numbered))
    return found
