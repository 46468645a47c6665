"""What an entry changes of a contract's people: kept apart, and committed to in the history (R29, R39)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from lifecycle.history.payload import commit_to
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.people import People, changed, first_entry, people_of
from lifecycle.machines.rewrite import Rewrite
from lifecycle.records.people import Version, add_version, personal_of, set_people, versions_of


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """What an entry changes of the people. event: its name."""

    event: str
    version: Version

    @property
    def commitment(self) -> str:
        """What the history row says of it."""
        return commit_to(self.version.data, self.version.salt)


def people_change(entry_id: str, event: str, data: Mapping[str, Any]) -> PeopleChange:
    """A change under a new salt. entry_id: of the history row that records it."""
    return PeopleChange(event, Version(entry_id, secrets.token_hex(32), data))


def said_by(conn: Connection, contract_id: str, entry: HumanEntry) -> People:
    """What an entry says of the people, corrections included; nothing where no version says."""
    versions = versions_of(conn, contract_id)
    if not versions and entry.id == first_entry(contract_id):
        return personal_of(conn, contract_id) or {}
    return versions.get(entry.said_by, {})


def record_people(
    conn: Connection, contract_id: str, changes: Sequence[PeopleChange], rewritten: Rewrite | None
) -> bool:
    """Keeps the versions and makes the people of today follow from them; whether the customer is called otherwise.

    rewritten: where the history was, the people of today are folded again from the entries that have effect.
    """
    for change in changes:
        add_version(conn, contract_id, change.version)
    if rewritten is not None:
        versions = versions_of(conn, contract_id)
        if not versions:
            return False
        before, now = personal_of(conn, contract_id), people_of(rewritten.after_line, versions) or {}
        set_people(conn, contract_id, now)
        return _called(before) != _called(now)
    for change in changes:
        today: People = personal_of(conn, contract_id) or {}
        set_people(conn, contract_id, changed(today, change.version.data, change.event))
    return False


def _called(people: People | None) -> str | None:
    name: str | None = ((people or {}).get("customer") or {}).get("name")
    return name
