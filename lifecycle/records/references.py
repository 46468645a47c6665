"""Finds the owner of a reference: references that differ only in width, case and hyphens are equal
(reference_key).

A row has no key if an earlier one has an equal reference (in an older database), or if an older version wrote it.
Such rows are few, and examined one by one.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, delete, select

from lifecycle.errors import DomainError
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import Contract
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.compiled import fetch_tuples

KINDS = tuple(kind for kind, table in tables.SUBJECTS.items() if "reference" in table.c)
_ROWS = {kind: select(tables.SUBJECTS[kind].c.reference, tables.SUBJECTS[kind].c.id) for kind in KINDS}
_other = tables.other_reference.c
_OTHERS = select(_other.reference_key, _other.contract_id)
_FORGET = delete(tables.other_reference).where(_other.contract_id == bindparam("of"))
_WITHOUT_KEY = {kind: _ROWS[kind].where(tables.SUBJECTS[kind].c.reference_key.is_(None)) for kind in KINDS}


class AmbiguousReference(DomainError):
    """Several subjects have the reference, and it is unknown which one is meant."""

    kind, title = "duplicate", "The reference is ambiguous"

    def __init__(self, reference: str, ids: Sequence[str]) -> None:
        super().__init__(f"the reference {reference} is that of {' and '.join(ids)}: name one of them by its id")
        self.reference, self.ids = reference, tuple(ids)


def bearers(conn: Connection, kind: str, references: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the owners of each reference, by the given reference: exact matches first.

    Unknown references are omitted; more than one id means that it is ambiguous.
    """
    if not references:
        return {}
    asked = {reference: reference_key(reference) for reference in references}
    by_key: dict[str, list[tuple[str, str]]] = {}
    wanted = list(dict.fromkeys(asked.values()))
    for name, id_ in any_of(conn, _ROWS[kind], tables.SUBJECTS[kind].c.reference_key, wanted):
        by_key.setdefault(reference_key(name), []).append((name, id_))
    for name, id_ in fetch_tuples(conn, _WITHOUT_KEY[kind], {}):
        by_key.setdefault(reference_key(name), []).append((name, id_))
    found = {}
    for reference, key in asked.items():
        if key in by_key:
            found[reference] = [id_ for _, id_ in sorted(by_key[key], key=lambda row: row[0] != reference)]
    return found


def named(conn: Connection, kind: str, references: Sequence[str]) -> dict[str, list[str]]:
    """As `bearers`, with the contracts that have the reference as a further one: all that a person may mean."""
    found = bearers(conn, kind, references)
    if kind != "contract" or not references:
        return found
    asked = {reference: reference_key(reference) for reference in references}
    beside: dict[str, list[str]] = {}
    for key, id_ in any_of(conn, _OTHERS, _other.reference_key, list(dict.fromkeys(asked.values()))):
        beside.setdefault(key, []).append(id_)
    for reference, key in asked.items():
        if key in beside:
            found[reference] = list(dict.fromkeys((*found.get(reference, ()), *sorted(beside[key]))))
    return found


def keys_of(contract: Contract) -> list[tuple[str, str]]:
    """Return the further references of a contract for lookup: its id and each normalised reference."""
    return [(contract.id, key) for key in dict.fromkeys(map(reference_key, contract.other_references))]


def forget_other_references(conn: Connection, contract_ids: Sequence[str]) -> None:
    """Delete the further references of contracts, to be written again."""
    if contract_ids:
        conn.execute(_FORGET, [{"of": id_} for id_ in contract_ids])


def duplicate_references(conn: Connection) -> Iterator[tuple[str, str, list[str]]]:
    """Return references with several owners: the kind, the key, the ids, and the one with the key first."""
    for kind in KINDS:
        names = sorted({name for name, _ in fetch_tuples(conn, _WITHOUT_KEY[kind], {})})
        seen = {reference_key(name): ids for name, ids in bearers(conn, kind, names).items() if len(ids) > 1}
        yield from ((kind, key, sorted(ids)) for key, ids in sorted(seen.items()))
