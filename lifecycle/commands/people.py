"""The changes of an entry to a contract's people: stored apart, with a commitment in the history (R29, R39)."""

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
    """A change of the people by an entry. event: its name."""

    event: str
    version: Version

    @property
    def commitment(self) -> str:
        """The commitment in the history row."""
        return commit_to(self.version.data, self.version.salt)


def people_change(entry_id: str, event: str, data: Mapping[str, Any]) -> PeopleChange:
    """A change under a new salt. entry_id: of the history row that records it."""
    return PeopleChange(event, Version(entry_id, secrets.token_hex(32), data))


def said_by(conn: Connection, contract_id: str, entry: HumanEntry) -> People:
    """Return the people in an entry, with corrections; nothing if there is no version."""
    versions = versions_of(conn, contract_id)
    if not versions and entry.id == first_entry(contract_id):
        return personal_of(conn, contract_id) or {}
    return versions.get(entry.said_by, {})


def record_people(
    conn: Connection, contract_id: str, changes: Sequence[PeopleChange], rewritten: Rewrite | None
) -> bool:
    """Store the versions and derive the current people from them; return whether the customer's name has changed.
    rewritten: if the history was, the current people are folded again from the entries that have effect.
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
