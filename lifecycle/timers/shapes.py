"""Steps once for all contracts that are alike in everything that the event reads, and fills in the result for
each.

A shape is everything that the event reads of a contract without parts, without its id. Contracts of one shape
change alike, and their new history rows differ only in the id and the hash of the previous row.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from secrets import randbelow, token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection

from lifecycle.history.store import HISTORY, chain_dossier
from lifecycle.machines.dossier import Dossier, changes
from lifecycle.machines.step import fire
from lifecycle.machines.table import event_of
from lifecycle.machines.unread import with_only
from lifecycle.records.alike_rows import AlikeRows, OwnValues
from lifecycle.records.mapping import RowsByKind, columns_of, rows_of
from lifecycle.terms.calendar import end_of, instant, tokyo_day
from lifecycle.terms.editions import Editions
from lifecycle.timers.claims import OWN, Claim, reads_of
from lifecycle.timers.due import DueGroup

FEWEST = 50  # minimum number of claims in a batch to look for shapes
SMALLEST = 8  # minimum number of contracts to write together
MOST, MOST_MET = 5_000, 100_000  # maximum number of known shapes, and of shapes met once
TRIED, WORTH = 4000, 0.25  # minimum share of claims with a known shape, else shapes are no longer used
_HEAD = token_hex(32)  # the hash before the first row
_MICROSECOND = randbelow(1_000_000)


class _Alike(NamedTuple):
    """What contracts that change alike have in common: their update. Their history rows may have several
    shapes.
    """

    version: int
    changed: tuple[tuple[str, Any], ...]
    history: tuple[Any, ...]


class _Shape(NamedTuple):
    """A step. form: the bytes to hash, with placeholders for a contract's own values. order: which values, in
    order.

    alike: what it changes.
    """

    form: bytes
    order: tuple[int, ...]
    alike: _Alike


AlikeClaims = Sequence[tuple[Claim, _Shape]]  # of contracts that change alike


@dataclass(slots=True)
class Shapes:
    """The known shapes of one due group, recorded on one day.

    now: an instant of that day that occurs nowhere else in a history row.
    """

    due: DueGroup
    now: datetime
    editions: Editions
    known: dict[str, _Shape] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)
    alike: dict[_Alike, _Alike] = field(default_factory=dict)
    asked: int = 0
    hits: int = 0

    @property
    def often_alike(self) -> bool:
        """Whether enough contracts have been alike so far to look for shapes."""
        return bool(reads_of(self.due)) and (self.asked < TRIED or self.hits >= WORTH * self.asked)

    def sort(self, conn: Connection, claims: Sequence[Claim]) -> tuple[list[AlikeClaims], list[Claim]]:
        """Return the claims whose step is known, grouped by what changes alike, and the other claims in their
        order.

        A shape is learnt when it occurs for the second time, in this batch or a later one.
        """
        counts = Counter([claimed.shape for claimed in claims if claimed.shape is not None])
        asked = counts.total()
        if asked < FEWEST:
            return [], list(claims)
        again = [shape for shape, times in counts.items() if times > 1 or hash(shape) in self.met]
        new = {shape for shape in again if shape not in self.known}
        if new and len(self.known) < MOST:
            self._learn(conn, [claimed for claimed in claims if claimed.shape in new])
        if len(self.met) < MOST_MET:
            self.met.update(map(hash, counts))
        alike: dict[tuple[int, int], list[tuple[Claim, _Shape]]] = defaultdict(list)
        for claimed in claims:
            if (shape := self.known.get(claimed.shape or "")) is not None:
                alike[id(shape.alike), len(claimed.subject_id)].append((claimed, shape))
        groups: list[AlikeClaims] = [group for group in alike.values() if len(group) >= SMALLEST]
        done = {claimed.subject_id for group in groups for claimed, _ in group}
        self.asked += asked
        self.hits += len(done) - len(new)
        return groups, [claimed for claimed in claims if claimed.subject_id not in done]

    def _learn(self, conn: Connection, claims: Sequence[Claim]) -> None:
        """Step the first contract of each shape."""
        first = {str(claimed.shape): claimed for claimed in reversed(claims)}
        for start in range(0, len(first), 1000):
            part = dict(islice(first.items(), start, start + 1000))
            rows = rows_of(conn, [claimed.subject_id for claimed in part.values()])
            for key, claimed in part.items():
                if (shape := self._step(rows, claimed.subject_id, claimed.event)) is not None:
                    self.known[key] = shape

    def _step(self, rows: RowsByKind, contract_id: str, event: str) -> _Shape | None:
        """Return None if the step raises, or writes more than its history row and the contract's columns."""
        raw = tuple(
            [
                value.replace(contract_id, OWN) if isinstance(value, str) else value
                for value in rows.contracts[contract_id]
            ]
        )
        clock = event_of("contract", event).clock
        assert clock is not None
        assert clock.reads is not None
        try:
            contract = RowsByKind({OWN: raw}, {}, rows.dialect).dossier(OWN).contract
            before = Dossier(with_only(contract.replace(head_hash=_HEAD), clock.reads))
            after, entries = fire(before, OWN, self.now, self.editions)
            step = chain_dossier(before, after, entries)
        except Exception:  # each of them takes its own step, which meets it again
            return None
        if len(step.history) != 1 or [old is None for old, _ in step.changed] != [False] or step.superseded:
            return None
        said = dict(zip(HISTORY, step.history[0], strict=True))
        after = step.in_dossier(after)
        changed = columns_of(changes(before.contract, after.contract.replace(head_hash=_HEAD)))
        if any(isinstance(value, list | dict) or OWN in str(value) for value in changed.values()):
            return None
        payload: bytes = said["payload"]
        own = [OWN.encode(), _HEAD.encode(), instant(self.now).encode()]
        cut = re.compile(b"|".join(map(re.escape, own)))
        order = tuple(map(own.index, cut.findall(payload)))
        if order.count(2) != 1:
            return None
        shared = said["seq"], said["event"], said["effective_at"], said["actor"]
        form = b"\0" + cut.sub(b"%b", payload.replace(b"%", b"%%"))
        alike = _Alike(contract.version, tuple(changed.items()), shared)
        return _Shape(form, order, self.alike.setdefault(alike, alike))


def shapes_of(due: DueGroup, recorded: datetime, editions: Editions) -> Shapes:
    """Return the known shapes of the day of recording: they are kept, because a long sweep has many parts."""
    return _shapes(due, tokyo_day(recorded), editions)


@lru_cache(maxsize=2)
def _shapes(due: DueGroup, day: date, editions: Editions) -> Shapes:
    return Shapes(due, end_of(day) - timedelta(microseconds=1 + _MICROSECOND), editions)


def filled(group: AlikeClaims, recorded: datetime) -> AlikeRows:
    """Return the steps of contracts that change alike, ready to be written."""
    rows: list[OwnValues] = []
    said_at = str(instant(recorded)).encode()
    for claimed, shape in group:
        own = claimed.subject_id.encode(), str(claimed.head_hash).encode(), said_at
        hashed = shape.form % tuple([own[place] for place in shape.order])
        rows.append((claimed.subject_id, sha256(hashed).hexdigest(), hashed[1:]))
    alike = group[0][1].alike
    seq, event, effective_at, actor = alike.history
    return AlikeRows(alike.version, dict(alike.changed), (seq, event, effective_at, recorded, actor), rows)


def in_parts(groups: Iterable[AlikeClaims], size: int) -> Iterator[AlikeClaims]:
    """Cut groups into parts of limited size."""
    for group in groups:
        yield from (group[start : start + size] for start in range(0, len(group), size))
