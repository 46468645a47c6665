"""Legal order: the place of each entry among the others, whatever the order of entry (R16). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter

from lifecycle.machines.dossier import PARTS
from lifecycle.machines.entries import HumanEntry
from lifecycle.terms.calendar import start_of, tokyo_day

Key = tuple[datetime, int, int, "_Tie"]
Ordered = list[tuple[datetime, HumanEntry]]
KINDS = {kind: rank for rank, kind in enumerate(("contract", *PARTS))}
_PREPARES = ("amend", "receive_form")  # what an acceptance depends on: it precedes one whose instant is unknown
_NOT_LAW = ("keyed_on", "notice", "notices")  # ids of rows, and the day of entry, do not affect the order


def place(entry: HumanEntry) -> datetime:
    """The earliest instant at which an entry changes anything."""
    at = entry.event.place
    return entry.at if at is None else at(entry.facts, entry.at, entry.recorded_at)


def in_legal_order(entries: Iterable[HumanEntry]) -> Ordered:
    """Return the entries with their places, sorted.

    Entries of one instant are sorted by rank and content. Ids and the instants of recording never break a tie,
    with two exceptions: of settings (the billing start, usage, the administrator) the newest agreement counts, and
    an entry that happens as it is entered comes after all earlier entries.
    """
    return _sorted(_Keys(entries).keyed)


def legal_orders(before: Sequence[HumanEntry], after: Sequence[HumanEntry]) -> tuple[Ordered, Ordered]:
    """Return the legal orders of the entries before and after a change.

    If the change only adds entries on which no other place depends, the former entries keep their keys.
    """
    keys = _Keys(before)
    first = list(keys.keyed)
    new = after[len(before) :]
    if before != after[: len(before)] or any(keys.places_others(entry) for entry in new):
        return _sorted(first), in_legal_order(after)
    for entry in sorted(new, key=attrgetter("number")):
        keys.add(entry)
    return _sorted(first), _sorted(keys.keyed)


def in_order_of_entry(entries: Iterable[HumanEntry]) -> Iterator[tuple[datetime, HumanEntry]]:
    """The entries with their places, in the order in which they were entered."""
    return ((at, entry) for _, at, entry in _Keys(entries).keyed)


def _sorted(keyed: Iterable[tuple[Key, datetime, HumanEntry]]) -> Ordered:
    return [(at, entry) for _, at, entry in sorted(keyed, key=itemgetter(0))]


def on_the_line(entry: HumanEntry) -> bool:
    """Whether an entry changes more than what is derived from the line."""
    return not entry.event.beside and entry.kind != "credit"


def happens_now(entry: HumanEntry) -> bool:
    """Whether the entry has no other instant than that of its recording."""
    return entry.at == entry.recorded_at


def rank_at(entry: HumanEntry, newest: int) -> int:
    """Return the rank of an entry at its instant. newest: the highest rank of earlier entries there."""
    return max(entry.event.rank, newest) if happens_now(entry) else entry.event.rank


class _Keys:
    """The sort keys of entries, in the order of entry.

    opened, accepted: when each subject was opened and accepted; what depends on these on the same day does not
    precede them. by_day: acceptances without an instant. ranks: the highest at each instant so far. now: the place
    and rank of each part that was opened as it was entered.
    """

    def __init__(self, entries: Iterable[HumanEntry]) -> None:
        whole = sorted(entries, key=attrgetter("number"))
        self.opened = {entry.subject_id: place(entry) for entry in whole if entry.opens}
        self.accepted = {entry.subject_id: place(entry) for entry in whole if entry.event.name == "accept"}
        self.by_day = {e.subject_id: e for e in whole if e.event.name == "accept" and not _has_instant(e)}
        self.now: dict[str, tuple[datetime, int]] = {}
        self.contract = next((entry.subject_id for entry in whole if entry.kind == "contract"), "")
        self.ranks: dict[datetime, int] = {}
        self.keyed: list[tuple[Key, datetime, HumanEntry]] = []
        self.newest = whole[-1].number if whole else -1
        for entry in whole:
            self.add(entry)

    def add(self, entry: HumanEntry) -> None:
        """Add the entry that was made after all others."""
        at = self.place(entry)
        before = self.ranks.get(at, 0)
        now = happens_now(entry) and not (entry.event.name in _PREPARES and at < entry.at)
        rank = max(entry.event.rank, before) if now else entry.event.rank
        last = entry.number + 1 if now else 0
        if entry.opens:
            if entry.kind == "contract":
                last = -1  # nothing comes before it
            elif now:
                self.now[entry.subject_id] = at, rank
        elif (opened := self.now.get(entry.subject_id)) is not None and opened[0] == at:
            rank, last = max(rank, opened[1]), entry.number + 1  # a part is opened before anything is done with it
        self.ranks[at] = max(rank, before)
        self.keyed.append(((at, rank, last, _Tie(entry)), at, entry))

    def places_others(self, entry: HumanEntry) -> bool:
        """Whether another place may depend on an entry, or the entry was not made after all others."""
        return entry.opens or entry.event.name == "accept" or entry.number <= self.newest

    def place(self, entry: HumanEntry) -> datetime:
        """The place of an entry.

        A day without an instant does not precede what it depends on that day (R10), nor an application for a part
        its contract's.
        """
        at = place(entry)
        if entry.opens and entry.kind in ("option", "item_change"):
            at = max(at, self.opened.get(self.contract, at))
        if (
            entry.event.name == "end_by_agreement"
        ):  # an end before the contract was concluded is refused for that (R38)
            at = max(at, min(entry.at, self.accepted.get(entry.subject_id, at)))
        accept = self.by_day.get(entry.subject_id) if entry.event.name in _PREPARES else None
        if accept is not None and tokyo_day(accepted := self.place(accept)) == tokyo_day(at):
            return accepted
        if _has_instant(entry) or at != start_of(day := tokyo_day(at)):
            return at
        later = [on for on in self._under(entry) if on is not None and on > at]  # rarely any
        return max([at, *(on for on in later if tokyo_day(on) == day)])

    def _under(self, entry: HumanEntry) -> list[datetime | None]:
        part, mine = entry.kind != "contract", entry.subject_id
        if entry.opens:
            base = self.accepted if entry.kind == "measure" else self.opened
            return [base.get(self.contract)] if part else []
        if entry.event.name == "accept":
            return [self.opened.get(mine), self.accepted.get(self.contract) if part else None]
        return [self.opened.get(mine), self.accepted.get(mine)]


class _Tie:
    """The sort key of entries of one instant and rank: kind, subject, event, content. Computed only when
    necessary.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entry: HumanEntry) -> None:
        self.entry = entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tie) and self.key == other.key

    def __lt__(self, other: "_Tie") -> bool:
        return self.key < other.key

    @cached_property
    def key(self) -> tuple[int, str, str, int, str, int]:
        """All facts except those that do not affect the order."""
        entry = self.entry
        facts = sorted((name, str(value)) for name, value in entry.facts.to_json().items() if name not in _NOT_LAW)
        return (
            KINDS[entry.kind],
            "" if entry.kind == "contract" else entry.subject_id,
            entry.event.name,
            entry.number if entry.event.setting else 0,
            repr(facts),
            entry.number,
        )


def _has_instant(entry: HumanEntry) -> bool:
    """Whether the entry has an instant and not only a day: midnight is an instant, too."""
    return getattr(entry.facts, f"{entry.event.happened}_at", None) is not None
