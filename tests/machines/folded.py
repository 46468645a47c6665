"""The dossier of a history: the fold of its entries up to its newest row."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.terms.editions import EDITIONS, Editions

ONLY_STORED = ("version", "seq", "head_hash", "line_at", "line_rank", "rulings_said")


def folded(rows: Iterable[Mapping[str, Any]], editions: Editions = EDITIONS) -> Dossier | None:
    """rows: parsed payloads of a contract and all its parts."""
    whole = recorded_order(rows)
    if not whole:
        return None
    until = max(datetime.fromisoformat(row["recorded_at"]) for row in whole)
    return fold(entries_of(whole), until, editions).dossier


def facts_alone(subject: Entity) -> Entity:
    """A subject without what only a stored row has."""
    return subject.replace(**{name: None for name in ONLY_STORED if name in vars(subject)})
