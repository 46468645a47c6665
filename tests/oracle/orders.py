"""Three orders of entry of a contract: as it happens, late, and shuffled.

Each gives (instant of keying, entry) in that order. An application, an acceptance and a notice are keyed before
what needs them. Even so a system may refuse an entry whose partner is still to come, as a change to Basic before
the option's notice is keyed: refused entries are tried again after the next one that is taken. About one shuffled
life in nine has entries that can be entered only together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.oracle.days import civil, end_of, start_of
from tests.oracle.entries import OPENS, Entry

BEFORE_ACCEPTANCE = ("meet_condition", "waive_condition", "receive_form")


@dataclass(frozen=True)
class Keyed:
    """An entry and the instant at which it is entered."""

    at: datetime
    entry: Entry


def timely(entries: list[Entry]) -> list[Keyed]:
    """Each entry as soon as it has happened, in that order; nothing before its requirements."""
    return _keyed(entries, lambda entry: timedelta(0))


def late(entries: list[Entry], seed: int) -> list[Keyed]:
    """Half of the entries days or months late; an application and an acceptance before what requires them."""
    random = Random(seed)
    return _keyed(entries, lambda entry: timedelta(days=random.choice([0, 0, 0, 1, 4, 20, 45, 90])))


def shuffled(entries: list[Entry], seed: int) -> list[Keyed]:
    """All of them after everything has happened, in any order in which each has what it needs."""
    random = Random(seed)
    after = end_of(civil(max(_happened(entry) for entry in entries)))
    return _keyed(entries, lambda entry: after - _happened(entry) + timedelta(minutes=random.randint(0, 10_000)))


def _keyed(entries: list[Entry], delay: Callable[[Entry], timedelta]) -> list[Keyed]:
    by_id = {entry.id: entry for entry in entries}
    wished = {entry.id: _happened(entry) + delay(entry) for entry in entries}
    found: dict[str, datetime] = {}

    def keyed(entry: Entry) -> datetime:
        if entry.id not in found:
            after = [keyed(by_id[need]) + timedelta(seconds=1) for need in needs(entry, entries) if need in by_id]
            found[entry.id] = max([wished[entry.id], *after])
        return found[entry.id]

    return sorted((Keyed(keyed(entry), entry) for entry in entries), key=_order)


def _order(one: Keyed) -> tuple[datetime, int, str]:
    return one.at, _step(one.entry), one.entry.id


def _happened(entry: Entry) -> datetime:
    """The earliest instant of entry: for a day its evening, for an instant the instant itself."""
    if isinstance(entry.when, datetime):
        return entry.when
    return start_of(entry.when) + timedelta(hours=23, minutes=30)


def _step(entry: Entry) -> int:
    """At one moment: the contract's application, its acceptance, its parts' applications, theirs, the rest."""
    part = 0 if entry.kind == "contract" else 2
    return part if entry.event in ("apply", "open", "take") else part + 1 if entry.event == "accept" else 4


def needs(entry: Entry, entries: list[Entry]) -> Iterator[str]:
    """The entries that this one needs: the opening of its subject, its acceptance, its notice."""
    opening = entry.event in OPENS
    for other in entries:
        form = other.event == "receive_form" and entry.event == "accept" and other.subject == entry.subject
        if form:
            yield other.id
        if other.id == entry.id or other.event not in (*OPENS, "accept"):
            continue
        accepts = other.event == "accept"
        if other.subject == entry.subject:
            if not opening and not (accepts and entry.event in BEFORE_ACCEPTANCE):
                yield other.id
        elif other.kind == "contract" and entry.kind != "outage" and not (accepts and entry.event == "apply"):
            yield other.id
    if entry.event == "revoke_cancellation":
        yield entry.facts["notice"]
