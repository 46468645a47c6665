"""What a command changes in the history and the money, as a preview shows it and as a person agrees to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.fields import Answer

Entities = Mapping[str, tuple[str, str, Answer]]  # by id: kind, name and lines of each thing


def shown_changes(changes: Answer | None, entities: Entities) -> Answer | None:
    """The changes of an answer, each row with the kind and the name of what it happened to."""
    if changes is None:
        return None
    rows = {
        name: [_named(row, entities) for row in changes[name]] for name in ("superseded", "added", "invalidated")
    }
    return {**changes, **rows}


def agreed_changes(changes: Answer | None) -> Sequence[Any]:
    """What of the changes a person agrees to: rows by event and day, days, yen, documents, proposals."""
    if changes is None:
        return []
    rows = [[_agreed(row) for row in changes[name]] for name in ("superseded", "added", "invalidated")]
    days = [(day["subject"], day["field"], day["before"], day["after"]) for day in changes["days"]]
    money = [(one["month"], one["kind"], one["before_yen"], one["after_yen"]) for one in changes["money"]]
    return [*rows, days, money, changes["documents"], changes["proposals"]]


def ahead(money: Sequence[tuple[Answer, bool]], changes: Answer | None) -> Sequence[tuple[Answer, bool]]:
    """The charges that the changes by month do not show: those of the months to come."""
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
