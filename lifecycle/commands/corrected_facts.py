"""The facts of a correction: only those that differ, named as in the event's body (R35)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from lifecycle.errors import Malformed
from lifecycle.machines.body import Day, Instant, LongText, Yen
from lifecycle.machines.entries import HumanEntry
from lifecycle.terms.calendar import start_of, tokyo_day

FIXED = frozenset(
    ("contract_id", "kind", "options", "keyed_on", "administrator_named", "reference", "notices", "month")
)
NESTED = {"declarations": ("laws_accepted", "rights_cleared")}
TYPES: Mapping[Any, Any] = {
    date: Day, date | None: Day | None, datetime: Instant, datetime | None: Instant | None, int: Yen,
    int | None: Yen | None, str: LongText, str | None: LongText | None,
}  # fmt: skip


def corrected_facts(entry: HumanEntry, given: Mapping[str, Any]) -> tuple[dict[str, Any], datetime | None]:
    """The facts that differ, as JSON, and the entry's legal instant where that differs.

    Raises Malformed for a fact that the event does not have, and for a value out of its form.
    """
    happened = entry.event.happened
    on, at = f"{happened}_on", f"{happened}_at"
    body = entry.event.input.body.model_fields if entry.event.input is not None else {}
    flat = {on if name == "on" and name in body else name: given[name] for name in given if name not in NESTED}
    for name, parts in NESTED.items():
        inner = given.get(name)
        if isinstance(inner, Mapping):
            flat |= {f"{name}/{part}": value for part, value in inner.items() if part in parts}
    hints = get_type_hints(type(entry.facts))
    errors: list[tuple[str, str]] = []
    found: dict[str, Any] = {}
    instant: datetime | None = None
    for name, value in flat.items():
        field = name.rpartition("/")[2]
        known = field in hints and field not in FIXED
        if not known and name not in (on, at):
            errors.append((f"/facts/{name}", "is no fact of this event"))
            continue
        hint = Day if name == on else Instant if name == at else TYPES.get(hints[field], hints[field])
        try:
            read = TypeAdapter(hint).validate_python(value)
        except ValidationError as error:
            errors.append((f"/facts/{name}", error.errors()[0]["msg"].removeprefix("Value error, ")))
            continue
        if name in (on, at):
            instant = read if isinstance(read, datetime) else start_of(read)
            if on in hints:
                found[on] = tokyo_day(instant).isoformat()
            if at in hints:
                found[at] = instant.isoformat() if isinstance(read, datetime) else None
        else:
            found[field] = read.isoformat() if isinstance(read, date) else read
    if on in flat and at in flat:
        errors.append((f"/facts/{at}", f"give {on} or {at}, not both"))
    if not flat:
        errors.append(("/facts", "names nothing that is different"))
    if errors:
        raise Malformed(errors)
    return found, instant
