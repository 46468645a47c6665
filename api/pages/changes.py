"""The changes of a command in history and money, as a preview shows them and a person agrees to them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.fields import Answer

Entities = Mapping[str, tuple[str, str, Answer]]  # by id: kind, name and lines of each subject


def shown_changes(changes: Answer | None, entities: Entities) -> Answer | None:
    """Return the changes of an answer, each row with the kind and the name of its subject."""
    if changes is None:
        return None
    rows = {
        name: [_named(row, entities) for row in changes[name]] for name in ("superseded", "added", "invalidated")
    }
    return {**changes, **rows}


def agreed_changes(changes: Answer | None) -> Sequence[Any]:
    """Return the changes that a person agrees to: rows by event and day, days, yen, documents, proposals."""
    if changes is None:
        return []
    rows = [[_agreed(row) for row in changes[name]] for name in ("superseded", "added", "invalidated")]
    days = [(day["subject"], day["field"], day["before"], day["after"]) for day in changes["days"]]
    money = [(one["month"], one["kind"], one["before_yen"], one["after_yen"]) for one in changes["money"]]
    return [*rows, days, money, changes["documents"], changes["proposals"]]


def ahead(money: Sequence[tuple[Answer, bool]], changes: Answer | None) -> Sequence[tuple[Answer, bool]]:
    """Return the charges of coming months, which the changes by month do not show."""
    if changes is None:
        return money
    known = {(one["month"], one["kind"]) for one in changes["money"]}
    return [(line, added) for line, added in money if (line["month"], line["kind"]) not in known]


def invalidated_ids(changes: Changes) -> tuple[str, ...]:
    """The entries that would lose their effect, by the ids of their rows."""
    return tuple(one["id"] for one in changes["invalidated"])


def _named(row: Answer, entities: Entities) -> Answer:
    kind, name, _ = entities.get(row["subject_id"], ("", "", {}))
    return {**row, "kind": kind, "name": name}


def _agreed(row: Answer) -> Sequence[Any]:
    return [row.get("id", row["subject_id"]), row["event"], row["effective_at"][:10]]
