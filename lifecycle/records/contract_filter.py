"""A filter of contracts, and its conditions on a contract's row, except for the text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, select, union_all

from lifecycle.machines.compared import reference_key
from lifecycle.records import tables
from lifecycle.records.base import of_service

_p, _o = tables.personal.c, tables.other_reference.c
RANGES = {
    "received": "received_on",
    "billing_starts": "billing_starts_on",
    "ends": "effective_on",
}  # their columns


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """A filter of contracts.

    text: as typed, of an id, a reference or the people; people: whether it also searches personal data. after,
    before: ids between which the contracts are. customer_number: the company's own number of the customer, folded
    likewise. reference: of the contract or a part of it, normalised. Days are within a range, both ends included;
    ends: the last day of service, decided or past. assigned_to: the assignee's name. held: whether billing is held
    because a condition was open. ids: only these. service: the name of the service whose terms govern it.
    """

    state: str | None = None
    item: str | None = None
    text: str | None = None
    people: bool = True
    due_before: datetime | None = None
    after: str | None = None
    before: str | None = None
    customer_number: str | None = None
    reference: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    billing_starts_from: date | None = None
    billing_starts_to: date | None = None
    ends_from: date | None = None
    ends_to: date | None = None
    assigned_to: str | None = None
    held: bool | None = None
    ids: tuple[str, ...] | None = None
    service: str | None = None


def conditions_of(contract: Any, wanted: ContractFilter) -> list[ColumnElement[bool]]:
    """Return the filter as conditions on the columns of a contract, without the text and the ids between."""
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(contract.state == wanted.state)
    if wanted.item:
        found.append(contract.item == wanted.item)
    if wanted.service:
        found += of_service(contract.service, wanted.service)
    if wanted.customer_number is not None:
        numbered = select(_p.contract_id).where(_p.customer_number == wanted.customer_number)
        found.append(contract.id.in_(numbered))
    if wanted.reference is not None:
        bears = bearing(wanted.reference, reference_key(wanted.reference))
        found.append(contract.id.in_(union_all(*(select(column).where(condition) for column, condition in bears))))
    if wanted.due_before:
        found.append(contract.due_at < wanted.due_before)
    if wanted.ids is not None:
        found.append(contract.id.in_(wanted.ids))
    if wanted.assigned_to is not None:
        found.append(contract.assigned_to == wanted.assigned_to)
    if wanted.held is not None:
        held: ColumnElement[bool] = literal_column(
            f"{contract.id.table.name}.billing_held"
        )  # the same condition as its index
        found.append(held if wanted.held else ~held)
    return [*found, *_within(contract, wanted)]


def _within(contract: Any, wanted: ContractFilter) -> Iterator[ColumnElement[bool]]:
    for name, column in RANGES.items():
        first, last = getattr(wanted, f"{name}_from"), getattr(wanted, f"{name}_to")
        if first is not None:
            yield contract[column] >= first
        if last is not None:
            yield contract[column] <= last


def bearing(typed: str, key: str) -> Iterator[tuple[ColumnElement[str], ColumnElement[bool]]]:
    """Select the contracts with a reference, their own, a further one, or of a part: id and condition."""
    own = tables.contract.c
    yield own.id, and_(own.reference_key.is_(None), own.reference == typed)  # few; see references.py
    yield own.id, own.reference_key == key
    yield _o.contract_id, _o.reference_key == key
    for kind in ("option", "item_change"):
        part = tables.SUBJECTS[kind].c
        yield part.contract_id, part.reference_key == key
