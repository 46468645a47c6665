"""The same facts under other settings: the entries of a contract folded under another edition, in memory."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import Row, entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.terms.editions import Editions


class Replayed(NamedTuple):
    """Where the facts lead under some settings.

    refused: the ids of recorded rows that these would refuse; a notice after the end is moot and not among them.
    """

    dossier: Dossier
    refused: tuple[str, ...]


def replay_under(rows: Iterable[Row], now: datetime, editions: Editions) -> Replayed | None:
    """A contract's entries folded once more as of now; None where the contract is not among them.

    rows: the parsed payloads of the contract and all its parts.
    """
    entries = entries_of(recorded_order(rows))
    line = fold(entries, now, editions, entering={e.id: (e.recorded_at, e.reason) for e in entries})
    if line.dossier is None:
        return None
    return Replayed(line.dossier, tuple(invalid.entry.id for invalid in line.invalid if not invalid.moot))
