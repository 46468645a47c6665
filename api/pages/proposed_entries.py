"""The entries that a proposal corrects or enters, as its page shows them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from lifecycle.history.rows import rows_of
from lifecycle.machines.dossier import row_id
from lifecycle.queries.views.fields import Answer

OF_ENTRIES = frozenset(("entry", "entries", "facts", "accept_invalidated"))  # of a body, what is shown here


class ProposedEntry(NamedTuple):
    """event: its name. at: its legal instant, None for a new one. facts: the proposed ones."""

    event: str
    at: datetime | None
    facts: Sequence[tuple[str, Any]]


def proposed_entries(conn: Connection, contract_id: str, body: Answer) -> list[ProposedEntry]:
    """Return the entries of a correction, an annulment, or several entries at once; none for other commands."""
    made = [one for one in body.get("entries", ()) if isinstance(one, Mapping)]
    if made:
        return [ProposedEntry(one["event"], None, [*_facts(one)]) for one in made]
    wanted = [body["entry"]] if "entry" in body else body.get("entries", ())
    if not wanted:
        return []
    known = {row_id(row["subject"], row["seq"]): row for row in rows_of(conn, contract_id)}
    facts = [*_flat("", body.get("facts", {}))]
    return [
        ProposedEntry(row["event"], datetime.fromisoformat(row["effective_at"]), facts)
        for id_ in wanted
        if (row := known.get(id_)) is not None
    ]


def _facts(one: Answer) -> Iterator[tuple[str, Any]]:
    yield from _flat("", one.get("facts", {}))
    if one.get("reason"):
        yield "reason", one["reason"]


def _flat(prefix: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield prefix + name, value
