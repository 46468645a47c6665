"""Reads what is stored of some contracts: history rows, the contract, its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.audit.checks.found import Finding
from lifecycle.machines.dossier import PARTS, Contract, Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import Row
from lifecycle.records import tables
from lifecycle.records.mapping import COLUMNS, NAMES, entity_of

_IDS = (
    select(tables.contract.c.id)
    .where(tables.contract.c.id > bindparam("after"))
    .order_by(tables.contract.c.id)
    .limit(bindparam("limit"))
)


@dataclass(slots=True)
class StoredContract:
    """A contract as stored. rows: of the history, columns as in the table. payloads: parsed, None if unreadable.
    superseded: (subject, seq, by_seq, recorded_at) as in the table. others: its other references, normalised;
    searched: its reference in the search table.
    """

    dossier: Dossier
    keys: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)
    payloads: list[Row | None] = field(default_factory=list)
    superseded: set[tuple[str, int, int, datetime]] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    searched: str | None = None

    @property
    def subjects(self) -> dict[str, Entity]:
        """The contract and its parts by id."""
        return {subject.id: subject for subject in self.dossier.subjects}


def contract_ids(conn: Connection, after: str, limit: int) -> list[str]:
    """The ids of the next contracts, in their order."""
    return list(conn.execute(_IDS, {"after": after, "limit": limit}).scalars())


def read_contracts(conn: Connection, ids: Sequence[str], unreadable: list[Finding]) -> dict[str, StoredContract]:
    """Read some contracts.

    Parts are read whatever the contract's own column says. unreadable: collects malformed stored values, which are
    left out.
    """
    found = {}
    for row in _rows(conn, "contract", tables.contract.c.id, ids):
        contract = _entity("contract", row, unreadable)
        if isinstance(contract, Contract):
            keys = {contract.id: (row.reference, row.reference_key)}
            found[contract.id] = StoredContract(Dossier(contract), keys)
    for kind, (name, _) in PARTS.items():
        for row in _rows(conn, kind, tables.SUBJECTS[kind].c.contract_id, list(found)):
            part: Any = _entity(kind, row, unreadable)
            if part is None:
                continue
            one = found[part.contract_id]
            parts: dict[str, Any] = {name: (*getattr(one.dossier, name), part)}
            one.dossier = one.dossier._replace(**parts)
            if "reference" in NAMES[kind]:
                one.keys[part.id] = (row.reference, row.reference_key)
    history, superseded = tables.history, tables.superseded
    for row in conn.execute(select(history).where(history.c.contract_id.in_(list(found)))):
        one = found[row.contract_id]
        one.rows.append(row)
        one.payloads.append(payload_of_row(row))
    for row in conn.execute(select(superseded).where(superseded.c.contract_id.in_(list(found)))):
        found[row.contract_id].superseded.add((row.subject_id, row.seq, row.by_seq, row.recorded_at))
    other, search = tables.other_reference, tables.search_text
    for row in conn.execute(select(other).where(other.c.contract_id.in_(list(found)))):
        found[row.contract_id].others.add(row.reference_key)
    for row in conn.execute(select(search).where(search.c.contract_id.in_(list(found)))):
        found[row.contract_id].searched = row.reference
    return found


def _entity(kind: str, row: Any, unreadable: list[Finding]) -> Entity | None:
    try:
        return entity_of(kind, [row._mapping[column] for column in COLUMNS[kind]])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        why = f"what is stored of it cannot be read ({type(error).__name__})"
        unreadable.append(Finding("replay", row.id, why))
        return None


def payload_of_row(row: Any) -> Row | None:
    """Return a row's payload, None if it is not a row of a history."""
    try:
        said = orjson.loads(row.payload)
    except orjson.JSONDecodeError:
        return None
    named: Mapping[str, Any] = said if isinstance(said, dict) else {}
    return named if {"subject", "seq", "event", "recorded_at", "facts"} <= named.keys() else None


def _rows(conn: Connection, kind: str, column: Any, ids: Sequence[str]) -> Sequence[Any]:
    table = tables.SUBJECTS[kind]
    return conn.execute(select(table).where(column.in_(ids)).order_by(table.c.id)).all()
