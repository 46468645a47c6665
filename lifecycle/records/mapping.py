"""Converts facts into rows and back: fields in machines/ and columns in tables.py have the same names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, bindparam, select

from lifecycle.errors import Unknown as Unknown
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import (
    CLASSES,
    FINAL,
    PARTS,
    Contract,
    Dossier,
    FeeAgreement,
    InformalNotice,
    Misuse,
    Notice,
)
from lifecycle.machines.entity import Entity
from lifecycle.machines.unread import UNREAD
from lifecycle.records import tables
from lifecycle.records.any_of import Values, any_of
from lifecycle.records.compiled import Decoders, decoded, decoders, fetch_tuples, undecoded
from lifecycle.records.engine import is_sqlite
from lifecycle.records.keeping import refuse_archived

NAMES = {kind: tuple(f.name for f in fields(cls)) for kind, cls in CLASSES.items()}
COLUMNS = {kind: tuple(tables.SUBJECTS[kind].c[name] for name in names) for kind, names in NAMES.items()}
PREFIXES = {
    "c": "contract",
    "o": "option",
    "i": "item_change",
    "m": "measure",
    "k": "credit",
    "u": "usage",
    "e": "erasure",
}
_day = date.fromisoformat
_ALL_UNREAD: dict[str, Any] = dict.fromkeys(NAMES["contract"], UNREAD)
_CONTRACT_ID, _CONTRACT_PART_KINDS = NAMES["contract"].index("id"), NAMES["contract"].index("part_kinds")
_PART_OWNER = {kind: NAMES[kind].index("contract_id") for kind in PARTS}

_RAW = {kind: select(*map(undecoded, columns)) for kind, columns in COLUMNS.items()}
_RAW_LOCKED = _RAW["contract"].order_by(tables.contract.c.id).with_for_update()  # one order of locks: no deadlock
_RAW_PARTS = {kind: _RAW[kind].order_by(tables.SUBJECTS[kind].c.id) for kind in PARTS}
_CONTRACT = _RAW["contract"].where(tables.contract.c.id == bindparam("id"))
_CONTRACT_LOCKED = _CONTRACT.with_for_update()
_PARTS = {kind: _RAW_PARTS[kind].where(tables.SUBJECTS[kind].c.contract_id == bindparam("id")) for kind in PARTS}
_OWNER = {
    kind: select(tables.SUBJECTS[kind].c.contract_id).where(tables.SUBJECTS[kind].c.id == bindparam("id"))
    for kind in PARTS
}
_OWNERS = {kind: select(tables.SUBJECTS[kind].c.id, tables.SUBJECTS[kind].c.contract_id) for kind in PARTS}


def load(conn: Connection, contract_id: str, *, lock: bool = False, archived_too: bool = False) -> Dossier:
    """Return the dossier of a contract; with lock, nobody else can step it until the transaction ends.

    archived_too: also for a contract with an archived history. Raises Unknown, Archived.
    """
    statement = _CONTRACT_LOCKED if lock and not is_sqlite(conn) else _CONTRACT
    rows = fetch_tuples(conn, statement, {"id": contract_id})
    if not rows:
        raise Unknown("contract", contract_id)
    contract = _entity_of("contract", rows[0], conn.dialect)
    assert isinstance(contract, Contract)
    if lock and not archived_too and contract.state in FINAL:
        refuse_archived(conn, contract_id)
    dossier = Dossier(contract)
    for kind, (field, bit) in PARTS.items() if contract.part_kinds else ():
        if contract.part_kinds & bit:
            found = fetch_tuples(conn, _PARTS[kind], {"id": contract_id})
            parts: dict[str, Any] = {field: tuple(_entity_of(kind, part, conn.dialect) for part in found)}
            dossier = dossier._replace(**parts)
    return dossier


def load_many(conn: Connection, contract_ids: Sequence[str], *, lock: bool = False) -> dict[str, Dossier]:
    """Return the dossiers of many contracts, read in one statement for each kind of part that they have.

    lock: nobody else can step them until the transaction ends.
    """
    found = rows_of(conn, contract_ids, lock=lock)
    return {contract_id: found.dossier(contract_id) for contract_id in found.contracts}


def rows_of(conn: Connection, contract_ids: Sequence[str], *, lock: bool = False) -> "RowsByKind":
    """Return the rows of many contracts and their parts, not converted yet."""
    statement = _RAW_LOCKED if lock and not is_sqlite(conn) else _RAW["contract"]
    rows = any_of(conn, statement, tables.contract.c.id, contract_ids)
    contracts = {row[_CONTRACT_ID]: row for row in rows}
    parts: dict[str, list[tuple[str, Values]]] = {}
    for kind, (_, bit) in PARTS.items():
        holders = [id_ for id_, row in contracts.items() if row[_CONTRACT_PART_KINDS] & bit]
        if holders:
            owner = _PART_OWNER[kind]
            for part in any_of(conn, _RAW_PARTS[kind], tables.SUBJECTS[kind].c.contract_id, holders):
                parts.setdefault(part[owner], []).append((kind, part))
    return RowsByKind(contracts, parts, conn.dialect)


class RowsByKind(NamedTuple):
    """Contracts' raw rows by id; by the contract's id those of its parts with their kind, in the order of id."""

    contracts: Mapping[str, Values]
    parts: Mapping[str, Sequence[tuple[str, Values]]]
    dialect: Dialect

    def dossier(self, contract_id: str) -> Dossier:
        """Return one contract's dossier. Raises the errors of facts that cannot be converted."""
        contract: Any = _entity_of("contract", self.contracts[contract_id], self.dialect)
        found = self.parts.get(contract_id)
        if not found:
            return Dossier(contract)
        fields: dict[str, Any] = {}
        for kind, row in found:
            fields.setdefault(PARTS[kind][0], []).append(_entity_of(kind, row, self.dialect))
        return Dossier(contract, **{name: tuple(entities) for name, entities in fields.items()})


def owner_of(conn: Connection, entity_id: str) -> str:
    """Return the id of the contract whose dossier contains a contract, option or other part. Raises Unknown."""
    kind = PREFIXES.get(entity_id[:1], "contract")
    if kind == "contract":
        return entity_id
    found: str | None = conn.execute(_OWNER[kind], {"id": entity_id}).scalar_one_or_none()
    if found is None:
        raise Unknown(kind.replace("_", " "), entity_id)
    return found


def owners_of(conn: Connection, entity_ids: Iterable[str]) -> dict[str, str]:
    """Return the ids of the contracts whose dossiers contain subjects, by their ids; unknown ones are omitted."""
    by_kind: dict[str, list[str]] = {}
    for entity_id in entity_ids:
        by_kind.setdefault(PREFIXES.get(entity_id[:1], "contract"), []).append(entity_id)
    owners = {entity_id: entity_id for entity_id in by_kind.pop("contract", ())}
    for kind, ids in by_kind.items():
        owners.update(any_of(conn, _OWNERS[kind], tables.SUBJECTS[kind].c.id, ids))
    return owners


def entity_of(kind: str, row: Sequence[Any]) -> Entity:
    """Return a subject from its row, columns as in COLUMNS."""
    values = dict(zip(NAMES[kind], row, strict=True))
    for name, read in _READ[kind]:
        values[name] = read(stored) if (stored := values[name]) else ()
    return CLASSES[kind].of(values)


def _entity_of(kind: str, row: Sequence[Any], dialect: Dialect) -> Entity:
    return entity_of(kind, decoded(row, _decoders(kind, dialect)))


@lru_cache(maxsize=64)
def _decoders(kind: str, dialect: Dialect) -> Decoders:
    """Cached by kind: the comparison of forty columns takes as long as reading the row."""
    return decoders(COLUMNS[kind], dialect)


def contract_with(names: tuple[str, ...], row: Sequence[Any], dialect: Dialect) -> Contract:
    """Return a contract of which only some columns were read; reading any other field raises ReadsMore."""
    how, lists = _partly(names, dialect)
    values = _ALL_UNREAD.copy()
    values.update(zip(names, decoded(row, how), strict=True))
    for name, read in lists:
        values[name] = read(stored) if (stored := values[name]) else ()
    return Contract.of(values)


@lru_cache(maxsize=64)
def _partly(names: tuple[str, ...], dialect: Dialect) -> tuple[Decoders, list[tuple[str, Callable[[Any], Any]]]]:
    columns = tuple(tables.contract.c[name] for name in names)
    return decoders(columns, dialect), [one for one in _READ["contract"] if one[0] in names]


def notices_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Notice, ...]:
    """Return the notices from their JSON."""
    return tuple(
        [
            Notice(
                n["id"], _day(n["arrived_on"]), _day(n["chosen_on"]) if n["chosen_on"] else None,
                _day(n["keyed_on"]), n["revoked"], n.get("by", "customer"), n.get("owed_yen"),
            )
            for n in stored
        ]
    )  # fmt: skip


def _informal(stored: Sequence[Mapping[str, Any]]) -> tuple[InformalNotice, ...]:
    return tuple([InformalNotice(one["id"], _day(one["arrived_on"]), one["channel"]) for one in stored])


def _misuse(stored: Sequence[Mapping[str, Any]]) -> tuple[Misuse, ...]:
    return tuple([Misuse(**report) for report in stored])


def fees_of(stored: Sequence[Mapping[str, Any]] | None) -> tuple[FeeAgreement, ...]:
    """Return the agreements on an option's monthly fee from their JSON."""
    return tuple(
        [
            FeeAgreement(
                one["id"], one["monthly_fee_yen"], _day(one["from_on"]), _day(one["agreed_on"]),
            )
            for one in stored or ()
        ]
    )  # fmt: skip


_TEXTS = dict.fromkeys(("met", "waived", "other_references"), tuple)
_LISTS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "notices": notices_of, "informal": _informal, "fees": fees_of, "misuse": _misuse, **_TEXTS,
}  # fmt: skip
_READ = {kind: [(name, _LISTS[name]) for name in names if name in _LISTS] for kind, names in NAMES.items()}


def stored_notices(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """Return the notices as JSON."""
    return [
        {
            "id": n.id,
            "arrived_on": n.arrived_on.isoformat(),
            "chosen_on": n.chosen_on.isoformat() if n.chosen_on else None,
            "keyed_on": n.keyed_on.isoformat(),
            "revoked": n.revoked,
            "by": n.by,
            **({"owed_yen": n.owed_yen} if n.owed_yen is not None else {}),
        }
        for n in notices
    ]


def columns_of(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return changed fields as column values."""
    values = dict(changed)
    if "reference" in values:
        values["reference_key"] = reference_key(values["reference"])
    if "notices" in values:
        values["notices"] = stored_notices(values["notices"])
    if "informal" in values:
        values["informal"] = [
            one._asdict() | {"arrived_on": one.arrived_on.isoformat()} for one in values["informal"]
        ]
    if "fees" in values:
        values["fees"] = [
            {**fee._asdict(), "from_on": fee.from_on.isoformat(), "agreed_on": fee.agreed_on.isoformat()}
            for fee in values["fees"]
        ]
    if "misuse" in values:
        values["misuse"] = [report._asdict() for report in values["misuse"]]
    for name in ("met", "waived", "contracts", "other_references"):
        if values.get(name) is not None:
            values[name] = list(values[name])
    return values
