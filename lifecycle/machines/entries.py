"""The entries of people in a history, which of them are valid, and what the first one makes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from lifecycle.machines.dossier import CLASSES, PARTS, row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.events.end_by_agreement import EndByAgreement
from lifecycle.machines.events.revoke_cancellation import RevokeCancellation
from lifecycle.machines.events.take_measure import TakeMeasure
from lifecycle.machines.facts import Facts
from lifecycle.machines.stateless_rows import STATELESS, STATELESS_EVENTS
from lifecycle.machines.table import beginning, event_of

CLOCK = "clock"
RESETTLE = "resettle"  # stored days and rows of the clock are replaced by those of the fold
REWRITES = frozenset(("correct_entry", "annul_entry", "restate", RESETTLE))  # rows about other rows
Row = Mapping[str, Any]  # one parsed payload of a history row


class HumanEntry(NamedTuple):
    """One valid entry of a person, with corrected facts.

    id: of its history row; never changes. at: its legal instant. recorded_at: of the entry itself. number: its
    position in the order of entry. opens: whether it is its subject's first row. caused_by: the row of another
    history that it follows from, such as an outage's. people: the row with the people that it names, None for its
    own.
    """

    id: str
    subject_id: str
    kind: str
    event: AnyEvent
    facts: Facts
    at: datetime
    recorded_at: datetime
    number: int
    actor: str = "desk"
    reason: str | None = None
    opens: bool = False
    caused_by: str | None = None
    people: str | None = None

    @property
    def said_by(self) -> str:
        """The id of the row with the people that it names."""
        return self.people or self.id

    def opened(self) -> Entity:
        """Build the subject that the entry opens, before its first row.

        It has the state at its own place; the row of a late entry has the later state.
        """
        state = beginning(self.kind)[1][0]
        if isinstance(self.facts, TakeMeasure) and self.facts.starts_at <= self.at:
            state = "in_force"
        return opened(self.kind, self.subject_id, self.facts, state)


def entries_of(rows: Iterable[Row]) -> list[HumanEntry]:
    """Return the valid entries of a contract's rows, in the order of entry. rows: parsed payloads of the contract
    and all its parts, in the order of recording. Rows of the clock, rows that followed immediately from another
    row, and rows outside the line are not entries.
    """
    found: dict[str, HumanEntry] = {}
    mine: set[str] = set()
    for number, row in enumerate(rows):
        mine.add(row["subject"])
        if (event := row["event"]) in REWRITES:
            _rewrite(found, row)
        elif event not in STATELESS and row["actor"] != CLOCK and not (row["caused_by"] and follows(row, mine)):
            entry = entry_of_row(row, number)
            found[entry.id] = _with_named_notices(entry, found)
    return list(found.values())


def follows(row: Row, mine: Iterable[str]) -> bool:
    """Whether a row followed immediately from another row of the same contract."""
    cause: str | None = row["caused_by"]
    return cause is not None and row["actor"] != CLOCK and cause.rpartition(".")[0] in mine


def recorded_order(rows: Iterable[Row]) -> list[Row]:
    """Return rows in the order of recording.

    Within one instant (a sandbox's time is fixed): openings that need a contract that is not over, then the
    contract, then its parts.
    """
    order = {kind: rank for rank, kind in enumerate(("contract", *PARTS))}

    def key(row: Row) -> tuple[str, bool, int, str, int]:
        first = row["seq"] == 1 and row["kind"] in ("contract", "option", "item_change")
        return row["recorded_at"], not first, order[row["kind"]], row["subject"], row["seq"]

    return sorted(rows, key=key)


def corrected(entry: HumanEntry, facts: Mapping[str, Any], at: datetime | None) -> HumanEntry:
    """Return the entry with corrected facts (R35). facts: as JSON, only those that differ. at: its legal instant,
    None if unchanged.
    """
    merged = type(entry.facts).from_json(entry.facts.to_json() | dict(facts))
    return entry._replace(facts=merged, at=at or entry.at)


def entry_of_row(row: Row, number: int = 0) -> HumanEntry:
    """Return a person's entry from its row, without corrections."""
    event = STATELESS_EVENTS.get(row["event"]) or event_of(row["kind"], row["event"])
    recorded_at = _instant(row["recorded_at"])
    now = row["effective_at"] == row["recorded_at"]
    return HumanEntry(
        id=row_id(row["subject"], row["seq"]),
        subject_id=row["subject"],
        kind=row["kind"],
        event=event,
        facts=event.facts.from_json(row["facts"]),
        at=recorded_at if now else _instant(row["effective_at"]),
        recorded_at=recorded_at,
        number=number,
        actor=row["actor"],
        reason=row["reason"],
        opens=row["seq"] == 1,
        caused_by=row["caused_by"],
    )


def _instant(text: str) -> datetime:
    """The instant in UTC: a fold compares it dozens of times, and instants with the same zone compare seven times
    as fast.
    """
    return datetime.fromisoformat(text).astimezone(UTC)


def _rewrite(found: dict[str, HumanEntry], row: Row) -> None:
    """Apply a correction, which replaces facts of an entry, or an annulment, which removes entries."""
    facts = row["facts"]
    if row["event"] == "correct_entry" and facts["entry"] in found:
        at = _instant(facts["at"]) if facts.get("at") else None
        entry = corrected(found[facts["entry"]], facts["facts"], at)
        said_by = row_id(row["subject"], row["seq"]) if facts.get("people") else entry.people
        found[entry.id] = entry._replace(people=said_by)
    elif row["event"] == "annul_entry":
        for entry_id in facts["entries"]:
            found.pop(entry_id, None)


def _with_named_notices(entry: HumanEntry, found: Mapping[str, HumanEntry]) -> HumanEntry:
    """A revocation of "all" notices covers those that were valid when it was entered, not later ones."""
    facts = entry.facts
    if not isinstance(facts, RevokeCancellation) or facts.notices:
        return entry
    if facts.notice is not None:
        return entry._replace(facts=replace(facts, notices=(facts.notice,)))
    taken_back = {n for other in found.values() if isinstance(other.facts, RevokeCancellation)
                  for n in other.facts.notices}  # fmt: skip
    standing = (
        other.id
        for other in found.values()
        if other.subject_id == entry.subject_id
        and other.event.ends
        and other.id not in taken_back
        and not isinstance(other.facts, EndByAgreement)
    )
    return entry._replace(facts=replace(facts, notices=tuple(standing)))


HISTORY_ALONE = ("options", "form", "channel", "terms_shown")  # opening facts that are no fields of the subject


def opened(kind: str, subject_id: str, facts: Facts, state: str) -> Entity:
    """Build the subject of a kind from its opening facts, before its first row."""
    values = _BLANK[kind] | {"id": subject_id, "state": state, "seq": 0, "version": 0}
    for name in _given(kind, type(facts)):  # type: ignore[arg-type]  # a class hashes
        if (value := getattr(facts, name)) is not None:
            values[name] = value
    return CLASSES[kind].of(values)


@cache
def _given(kind: str, facts: type[Facts]) -> tuple[str, ...]:
    """The facts that are fields of the subject."""
    names = tuple(name for name in facts.names() if name not in HISTORY_ALONE)
    assert set(names) <= _BLANK[kind].keys()  # no name but the thing's own
    return names


_BLANK: dict[str, dict[str, Any]] = {
    kind: {f.name: None if f.default is MISSING else f.default for f in fields(cls)}
    for kind, cls in CLASSES.items()
}
