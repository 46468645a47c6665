"""Legal order: where each entry takes its place among the others, whatever the order of entry (R16). Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from lifecycle.machines.dossier import PARTS
from lifecycle.machines.entries import HumanEntry
from lifecycle.terms.calendar import start_of, tokyo_day

Key = tuple[datetime, int, int, str, str, int, str, int]
KINDS = {kind: rank for rank, kind in enumerate(("contract", *PARTS))}
_NOT_LAW = ("keyed_on", "notice", "notices")  # names of rows, and the day of entry, decide nothing


def place(entry: HumanEntry) -> datetime:
    """The earliest instant at which an entry changes anything."""
    return entry.event.place(entry.facts, entry.at, entry.recorded_at)


def in_legal_order(entries: Iterable[HumanEntry]) -> list[tuple[datetime, HumanEntry]]:
    """The entries with their places, sorted.

    Entries of one instant are sorted by rank and content. Ids and the instants of recording never break a tie,
    except for settings (the billing start, usage, the administrator): there the newest agreement counts.
    """
    whole = list(entries)
    floors = _floors(whole)
    placed = [(max(place(entry), _floor(entry, floors)), entry) for entry in whole]
    return sorted(placed, key=lambda one: _key(*one))


def _floors(entries: list[HumanEntry]) -> dict[str, datetime]:
    """By subject the newest of the entries that others rest on: its opening and its acceptance."""
    floors: dict[str, datetime] = {}
    for entry in entries:
        if entry.opens or entry.event.name == "accept":
            floors[entry.subject_id] = max(place(entry), floors.get(entry.subject_id, place(entry)))
    return floors


def _floor(entry: HumanEntry, floors: dict[str, datetime]) -> datetime:
    """A day given as a day is never before the opening or acceptance that it rests on the same day (R10)."""
    at = place(entry)
    if at != start_of(tokyo_day(at)):
        return at
    if entry.opens or entry.event.name == "accept":
        owner = vars_of_contract(entry)
        floor = floors.get(owner) if owner is not None else None
    else:
        floor = floors.get(entry.subject_id)
    return floor if floor is not None and floor > at and tokyo_day(floor) == tokyo_day(at) else at


def vars_of_contract(entry: HumanEntry) -> str | None:
    """The id of the contract that a part's entry names, None for the contract's own and where it names none."""
    return getattr(entry.facts, "contract_id", None)


def _key(at: datetime, entry: HumanEntry) -> Key:
    event = entry.event
    return (
        at,
        event.rank,
        KINDS[entry.kind],
        "" if entry.kind == "contract" else entry.subject_id,
        event.name,
        entry.number if event.setting else 0,
        repr(sorted((k, str(v)) for k, v in entry.facts.to_json().items() if k not in _NOT_LAW)),
        entry.number,
    )


def shifted(entry: HumanEntry, at: datetime) -> HumanEntry:
    """The entry at another legal instant."""
    return replace(entry, at=at)
