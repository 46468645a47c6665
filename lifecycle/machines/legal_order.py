"""Legal order: where each entry takes its place among the others, whatever the order of entry (R16). Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter

from lifecycle.machines.dossier import PARTS
from lifecycle.machines.entries import HumanEntry
from lifecycle.terms.calendar import start_of, tokyo_day

Key = tuple[datetime, int, int, int, str, str, int, "_Content", int]
KINDS = {kind: rank for rank, kind in enumerate(("contract", *PARTS))}
_NOT_LAW = ("keyed_on", "notice", "notices")  # names of rows, and the day of entry, decide nothing


def place(entry: HumanEntry) -> datetime:
    """The earliest instant at which an entry changes anything."""
    return entry.event.place(entry.facts, entry.at, entry.recorded_at)


def in_legal_order(entries: Iterable[HumanEntry]) -> list[tuple[datetime, HumanEntry]]:
    """The entries with their places, sorted.

    Entries of one instant are sorted by rank and content. Ids and the instants of recording never break a tie,
    with two exceptions: of settings (the billing start, usage, the administrator) the newest agreement counts, and
    an entry that happens as it is entered comes after all entries made before it.
    """
    ranks: dict[datetime, int] = {}
    keyed = []
    for at, entry in in_order_of_entry(entries):
        rank = rank_at(entry, ranks.get(at, 0))
        ranks[at] = max(rank, ranks.get(at, 0))
        keyed.append((_key(at, rank, entry), at, entry))
    keyed.sort(key=itemgetter(0))
    return [(at, entry) for _, at, entry in keyed]


def in_order_of_entry(entries: Iterable[HumanEntry]) -> Iterator[tuple[datetime, HumanEntry]]:
    """The entries with their places, in the order in which they were entered."""
    whole = sorted(entries, key=attrgetter("number"))
    floors = _Floors(whole)
    return ((floors.place(entry), entry) for entry in whole)


def on_the_line(entry: HumanEntry) -> bool:
    """Whether an entry moves anything but what is derived from the line."""
    return not entry.event.beside and entry.kind != "credit"


def happens_now(entry: HumanEntry) -> bool:
    """Whether the entry names no other instant than that of its recording."""
    return entry.at == entry.recorded_at


def rank_at(entry: HumanEntry, newest: int) -> int:
    """The rank of an entry at its instant. newest: the highest rank of what was entered there before."""
    return max(entry.event.rank, newest) if happens_now(entry) else entry.event.rank


class _Floors:
    """When each subject was opened and accepted: what rests on these the same day does not come before them."""

    def __init__(self, entries: list[HumanEntry]) -> None:
        self.opened = {entry.subject_id: place(entry) for entry in entries if entry.opens}
        self.accepted = {entry.subject_id: place(entry) for entry in entries if entry.event.name == "accept"}
        self.contract = next((entry.subject_id for entry in entries if entry.kind == "contract"), "")

    def place(self, entry: HumanEntry) -> datetime:
        """The place of an entry.

        A day given as a day is never before what it rests on that day (R10), and no application for a part before
        its contract's.
        """
        at = place(entry)
        if entry.opens and entry.kind in ("option", "item_change"):
            at = max(at, self.opened.get(self.contract, at))
        if entry.event.name == "end_by_agreement":  # an end before there was a contract is refused as such (R38)
            at = max(at, min(entry.at, self.accepted.get(entry.subject_id, at)))
        day = tokyo_day(at)
        if at != start_of(day) or _has_instant(entry):
            return at
        later = [on for on in self._under(entry) if on is not None and on > at]  # seldom any
        return max([at, *(on for on in later if tokyo_day(on) == day)])

    def _under(self, entry: HumanEntry) -> list[datetime | None]:
        part, mine = entry.kind != "contract", entry.subject_id
        if entry.opens:
            base = self.accepted if entry.kind == "measure" else self.opened
            return [base.get(self.contract)] if part else []
        if entry.event.name == "accept":
            return [self.opened.get(mine), self.accepted.get(self.contract) if part else None]
        return [self.opened.get(mine), self.accepted.get(mine)]


class _Content:
    """What an entry says, as text that is made only where nothing else tells two entries apart: seldom."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entry: HumanEntry) -> None:
        self.entry = entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.text == other.text

    def __lt__(self, other: "_Content") -> bool:
        return self.text < other.text

    @cached_property
    def text(self) -> str:
        """Its facts, but for what decides nothing."""
        facts = self.entry.facts.to_json().items()
        return repr(sorted((name, str(value)) for name, value in facts if name not in _NOT_LAW))


def _has_instant(entry: HumanEntry) -> bool:
    """Whether the entry names the instant itself and not only its day: midnight is an instant too."""
    return getattr(entry.facts, f"{entry.event.happened}_at", None) is not None


def _key(at: datetime, rank: int, entry: HumanEntry) -> Key:
    event = entry.event
    now = happens_now(entry) and not (entry.opens and entry.kind == "contract")  # nothing comes before it
    return (
        at,
        rank,
        entry.number + 1 if now else 0,
        KINDS[entry.kind],
        "" if entry.kind == "contract" else entry.subject_id,
        event.name,
        entry.number if event.setting else 0,
        _Content(entry),
        entry.number,
    )
