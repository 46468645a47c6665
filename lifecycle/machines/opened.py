"""How the first row of a life becomes a thing: the facts of the row are its fields."""

from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from lifecycle.machines.dossier import CLASSES
from lifecycle.machines.entity import Entity
from lifecycle.machines.facts import Facts

HISTORY_ALONE = ("options", "form", "channel", "terms_shown")  # opening facts that the thing itself does not keep


def opened(kind: str, subject_id: str, facts: Facts, state: str) -> Entity:
    """The thing of a kind as its opening facts make it, before any row of it is counted."""
    values = _BLANK[kind] | {"id": subject_id, "state": state, "seq": 0, "version": 0}
    for name in _given(kind, type(facts)):  # type: ignore[arg-type]  # a class hashes
        if (value := getattr(facts, name)) is not None:
            values[name] = value
    return CLASSES[kind].of(values)


@cache
def _given(kind: str, facts: type[Facts]) -> tuple[str, ...]:
    """The facts that are fields of the thing."""
    names = tuple(name for name in facts.names() if name not in HISTORY_ALONE)
    assert set(names) <= _BLANK[kind].keys()  # no name but the thing's own
    return names


_BLANK: dict[str, dict[str, Any]] = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
