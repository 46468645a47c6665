"""How the first row of a life becomes a thing: the facts of the row are its fields."""

from dataclasses import MISSING, fields
from typing import Any

from lifecycle.machines.dossier import CLASSES
from lifecycle.machines.entity import Entity
from lifecycle.machines.facts import Facts

HISTORY_ALONE = ("options", "form", "channel", "terms_shown")  # opening facts that the thing itself does not keep


def opened(kind: str, subject_id: str, facts: Facts, state: str) -> Entity:
    """The thing of a kind as its opening facts make it, before any row of it is counted."""
    given = {name: getattr(facts, name) for name in facts.names() if name not in HISTORY_ALONE}
    assert given.keys() <= _BLANK[kind].keys()  # no name but the thing's own
    values = _BLANK[kind] | {name: value for name, value in given.items() if value is not None}
    return CLASSES[kind].of(values | {"id": subject_id, "state": state, "seq": 0, "version": 0})


_BLANK: dict[str, dict[str, Any]] = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
