"""Enters a contract in memory through the service's own `enter()` and `change_history()`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from lifecycle.errors import DomainError
from lifecycle.history.payload import full_rulings_after, payload_of, rulings_of
from lifecycle.machines.dossier import Contract, Dossier, row_id
from lifecycle.machines.enter import Book, Entered, InvalidatedEntries, catch_up, change_history, enter, head_of
from lifecycle.machines.entries import CLOCK, HumanEntry, corrected
from lifecycle.machines.open import open_contract
from lifecycle.machines.rewrite import Change, Head
from lifecycle.machines.step import Act
from lifecycle.machines.step import Entry as Row
from lifecycle.machines.table import NotPossible
from tests.fold.translate import Names, translated
from tests.oracle.credits import credits_of
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import fold
from tests.oracle.lives import FAR
from tests.oracle.orders import Keyed

DOES_NOT_HOLD = (DomainError, InvalidatedEntries)


@dataclass
class Desk:
    """One contract's book. taken: the entries on record. waiting: those refused so far.

    steps, folds: how many entries took one step, and how many were folded in. said: why entries were refused.
    """

    names: Names = field(default_factory=Names)
    stored: Dossier | None = None
    written: list[Row] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    in_full: dict[str, str | None] = field(default_factory=dict)
    taken: list[Entry] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    steps: int = 0
    folds: int = 0
    said: list[tuple[Entry, Exception]] = field(default_factory=list)

    @property
    def dossier(self) -> Dossier:
        assert self.stored is not None
        return self.stored

    @property
    def book(self) -> Book:
        return Book(self.dossier, self.rows)

    def live(self, keyed: Iterable[Keyed]) -> "Desk":
        """Enter a whole contract; refused entries are retried after each success, and at the end all at once."""
        now = None
        for one in keyed:
            now = one.at
            self.waiting.append(one.entry)
            while self._one_more(now):
                pass
        return self if now is None else self._together_at_last(now)

    def _together_at_last(self, now: datetime) -> "Desk":
        if left := self.still_to_enter(now):
            try:
                self.together(left, now)
            except DOES_NOT_HOLD as why:
                self.said += [(entry, why) for entry in left]
        return self

    def _one_more(self, now: datetime) -> bool:
        """Keys the newest of the waiting entries that is taken; whether there is one."""
        for entry in reversed(self.waiting):
            try:
                self.enter(entry, now)
            except DOES_NOT_HOLD as why:
                self.said.append((entry, why))
            else:
                self.waiting.remove(entry)
                return True
        return False

    def still_to_enter(self, now: datetime) -> list[Entry]:
        """Of the waiting entries those that hold, as the oracle sees it, once all are on record."""
        if not self.waiting:
            return []
        whole = fold([*self.taken, *self.waiting], now)
        in_force = {name for name, verdict in whole.verdicts.items() if verdict.effect == "in_force"}
        in_force |= {str(credit.claim) for credit in credits_of(whole) if credit.state in ("claimed", "credited")}
        return [entry for entry in self.waiting if entry.id in in_force]

    def enter(self, entry: Entry, now: datetime) -> None:
        """Keys one entry; what would lose its effect is accepted where the oracle agrees. Raises as `enter`."""
        made = self._made(entry, now)
        if self.stored is None:
            self._open(made)
        else:
            self._write(
                self._accepting(
                    lambda accepted: enter(self.book, made, accept_invalidated=accepted), [*self.taken, entry]
                )
            )
        self.taken.append(entry)
        self.names.rows[entry.id] = self._own_row(made)

    def _own_row(self, made: HumanEntry) -> str:
        """The id of the row that records the entry: what was due before it has rows too."""
        mine = (made.subject_id, made.event.name)
        rows = (row for row in reversed(self.written) if row.act.actor != CLOCK)
        found: str = next(row.row_id for row in rows if (row.subject.id, row.event) == mine)
        return found

    def _made(self, entry: Entry, now: datetime) -> HumanEntry:
        """Return the entry to enter. Raises NotPossible if its subject is not on record yet."""
        made = translated(entry, now, self.names, self.stored, len(self.written))
        known = {subject.id for subject in self.stored.subjects} if self.stored is not None else set()
        if (not known and made.kind != CONTRACT) or (not made.opens and made.subject_id not in known):
            raise NotPossible(entry.event, "none")
        return made

    def together(self, entries: Sequence[Entry], now: datetime) -> None:
        """Keys entries that hold only together."""
        made: list[HumanEntry] = []
        for entry in entries:
            one = translated(entry, now, self.names, self.stored, len(self.written) + len(made))
            more = sum(other.subject_id == one.subject_id for other in made)
            seq = int(one.id.rpartition(".")[2]) + more
            made.append(one._replace(id=row_id(one.subject_id, seq)))
            self.names.rows[entry.id] = made[-1].id
        change = Change(heads=tuple(map(head_of, made)), actor="desk", now=now)
        self._rewrite(change, lambda found: [*found, *made], [*self.taken, *entries])
        self.taken.extend(entries)
        self.waiting = [entry for entry in self.waiting if entry not in entries]

    def correct_entry(self, head: Head, entry: Entry, right: Entry | None, now: datetime) -> None:
        """Corrects an entry by what a person enters (head), or annuls it where nothing is right about it."""
        change = Change(heads=(head,), actor="desk", now=now)
        row = self.names.rows[entry.id]
        after = [other if other is not entry else right for other in self.taken]
        self._rewrite(change, lambda found: _without_or_corrected(found, row, head), [e for e in after if e])
        self.taken = [e for e in after if e]
        while self._one_more(now):
            pass
        self._together_at_last(now)

    def _rewrite(
        self, change: Change, changed: Callable[[list[HumanEntry]], Sequence[HumanEntry]], after: Sequence[Entry]
    ) -> None:
        self._write(self._accepting(lambda accepted: change_history(self.book, change, changed, accepted), after))

    def _accepting(self, act: Callable[[frozenset[str]], Entered], after: Sequence[Entry]) -> Entered:
        """Enter an entry that invalidates others if the oracle agrees."""
        try:
            return act(frozenset())
        except InvalidatedEntries as error:
            falls = frozenset(invalid.entry.id for invalid in error.invalid)
            if not self._agreed(falls, after):
                raise
            return act(falls)

    def _agreed(self, falls: Iterable[str], after: Sequence[Entry]) -> bool:
        """Check that the oracle agrees about the invalidated entries."""
        before, then = fold(self.taken, FAR), fold(after, FAR)
        invalidated = {name for name in then.invalidated if name not in before.invalidated}
        moot = {name for name, verdict in then.verdicts.items() if verdict.effect == "moot"}
        return invalidated <= {self.names.of_row(id_) for id_ in falls} <= invalidated | moot

    def _write(self, found: Entered) -> None:
        self.stored = found.dossier
        self.written.extend(found.entries)
        self.steps += found.rewritten is None
        self.folds += found.rewritten is not None

    def _open(self, made: HumanEntry) -> None:
        contract = made.opened()
        assert isinstance(contract, Contract)
        act = Act("apply", contract.id, made.facts, made.actor, made.recorded_at, made.at, made.reason)
        self.stored, row = open_contract(contract.replace(line_at=made.at, line_rank=0), act)
        self.written.append(row)

    def rows(self) -> list[dict[str, Any]]:
        """The payloads of the history, without hashes."""
        for row in self.written[len(self.payloads) :]:
            recorded = rulings_of(row, self.in_full.get(row.subject.id))
            self.payloads.append(orjson.loads(payload_of(row, None, None, recorded)))
            self.in_full[row.subject.id] = full_rulings_after(row, recorded)
        return self.payloads

    def until(self, instant: datetime) -> "Desk":
        """Lets the clock run up to an instant."""
        self.stored, rows = catch_up(self.dossier, instant)
        self.written.extend(rows)
        return self


def _without_or_corrected(found: list[HumanEntry], row: str, head: Head) -> list[HumanEntry]:
    if head.event == "annul_entry":
        return [entry for entry in found if entry.id != row]
    at = datetime.fromisoformat(head.facts["at"]) if "at" in head.facts else None
    return [corrected(entry, head.facts["facts"], at) if entry.id == row else entry for entry in found]
