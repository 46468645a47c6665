"""Compares personal data, notes and files with their commitments in the history."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from lifecycle.audit.checks.found import Finding
from lifecycle.history.payload import commit_to
from lifecycle.machines.dossier import row_id
from lifecycle.machines.entries import Row
from lifecycle.machines.line import Line
from lifecycle.machines.people import first_entry, people_of
from lifecycle.machines.stateless_rows import ATTACH, NOTE, STATELESS
from lifecycle.records import tables
from lifecycle.records.search_folding import customer_number, fold_people

_FORGED = "it is not what its history row commits to"


class StoredPeople:
    """The stored people, notes and files of some contracts."""

    def __init__(self, conn: Connection, ids: Sequence[str]) -> None:
        self.conn = conn
        self.personal = {row.contract_id: row for row in self._rows(tables.personal, ids)}
        self.versions: dict[str, dict[str, Any]] = {}
        for row in self._rows(tables.people_version, ids):
            self.versions.setdefault(row.contract_id, {})[row.entry_id] = row
        self.notes = {row_id(row.contract_id, row.seq): row for row in self._rows(tables.note, ids)}
        files = tables.attachment
        named = select(files.c.contract_id, files.c.seq, files.c.salt, files.c.name).where(
            files.c.contract_id.in_(ids)
        )
        self.files = {row_id(row.contract_id, row.seq): row for row in conn.execute(named)}

    def content(self, row: Any) -> bytes:
        """Return the bytes of a file; read one at a time, because files can be large."""
        table = tables.attachment.c
        mine = select(table.content).where(table.contract_id == row.contract_id, table.seq == row.seq)
        return bytes(self.conn.execute(mine).scalar_one())

    def _rows(self, table: Any, ids: Sequence[str]) -> Sequence[Any]:
        return self.conn.execute(select(table).where(table.c.contract_id.in_(ids))).all()


def check_people(
    people: StoredPeople, contract_id: str, erased: bool, payloads: Sequence[Row], line: Line
) -> Iterator[Finding]:
    """Check the people of one contract: each version has a commitment, and the current people follow from them."""
    committed = {
        row_id(row["subject"], row["seq"]): row["personal"]
        for row in payloads
        if "personal" in row and row["event"] not in STATELESS
    }
    today, versions = people.personal.get(contract_id), people.versions.get(contract_id, {})
    if erased:
        if today is not None or versions:
            yield Finding("people", contract_id, "its personal data was erased, and is stored")
        return
    if today is None:
        yield Finding("people", contract_id, "its personal data is missing, and no erasure is on record")
        return
    said = versions or {first_entry(contract_id): today}
    for entry_id, commitment in committed.items():
        version = said.get(entry_id)
        if version is None:
            yield Finding("people", entry_id, "the people that it names are not stored")
        elif _commitment(version.data, version.salt) != commitment:
            yield Finding("people", entry_id, _FORGED)
    for entry_id in sorted(said.keys() - committed.keys()):
        yield Finding("people", entry_id, "people are stored that no row of the history names")
    if versions:
        named: Mapping[str, Any] = people_of(line, {id_: row.data for id_, row in versions.items()}) or {}
        if named != today.data:
            yield Finding(
                "people", contract_id, "the customer or administrator of today is not whom the history leads to"
            )
    if today.search != fold_people(today.data) or today.customer_number != customer_number(today.data):
        yield Finding("people", contract_id, "it would not be found by the names that are stored")


def check_written(
    people: StoredPeople, contract_id: str, erased: bool, payloads: Sequence[Row]
) -> Iterator[Finding]:
    """Check the notes and files of one contract."""
    mine = [(row_id(row["subject"], row["seq"]), row) for row in payloads if row["event"] in (NOTE, ATTACH)]
    for id_, row in mine:
        note = row["event"] == NOTE
        written = (people.notes if note else people.files).get(id_)
        if written is None:
            if not erased:
                yield Finding("written", id_, "its text or file is missing, and no erasure is on record")
        elif erased:
            yield Finding("written", id_, "its text or file was erased, and is stored")
        elif (
            _commitment({"text": written.text} if note else {"name": written.name}, written.salt)
            != row["personal"]
        ):
            yield Finding("written", id_, _FORGED)
        elif not note and sha256(people.content(written)).hexdigest() != row["facts"]["sha256"]:
            yield Finding("written", id_, "its bytes are not those whose hash the history has")
    for id_ in sorted((people.notes.keys() | people.files.keys()) - {id_ for id_, _ in mine}):
        if id_.rpartition(".")[0] == contract_id:
            yield Finding("written", id_, "no row of the history is about it")


def _commitment(data: Mapping[str, Any], salt: str) -> str | None:
    try:
        return commit_to(data, salt)
    except ValueError:
        return None
