"""The changes of a history by a late entry, a correction or an annulment: superseded and added rows. Pure.

Nothing is changed in place. The first new row of each affected chain names the superseded rows. The rows that the
clock should have written follow, with their legal instants. Only the difference of two folds is written, never
that of a fold and the stored rows, so that a setting that has changed meanwhile has no effect.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import Any

from lifecycle.machines.clock_keys import clock_keys, clock_rows, take_one
from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import CLOCK, REWRITES, HumanEntry, Row
from lifecycle.machines.facts import NoFacts
from lifecycle.machines.fold import fold_both
from lifecycle.machines.line import Invalid, Key, Line, Transition
from lifecycle.machines.parts import Credit
from lifecycle.machines.step import Act, Entry, next_due
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import Terms

KEPT = frozenset(
    ("version", "seq", "head_hash", "part_kinds", "line_at", "line_rank", "assigned_to", "rulings_said")
)  # not on the line
# Details of a part remain even if its opening has no effect.
SAID = frozenset(("kind", "recovered_at", "attributable", "since", "ends_at", "lifted_at"))
# The state of a part whose opening has no effect.
VOID = {"option": "rejected", "item_change": "rejected", "measure": "ended", "credit": "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A row that a person causes: a late entry, a correction or an annulment.

    subject_id: the subject of its chain. event, facts: of the row, facts as JSON. at: its legal instant. entry:
    the id of the entry that it adds or corrects, None if it removes entries. takes_out: their seqs.
    """

    subject_id: str
    event: str
    facts: Mapping[str, Any]
    at: datetime
    reason: str | None = None
    entry: str | None = None
    takes_out: tuple[int, ...] = ()
    caused_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The cause of a rewrite: the rows that people cause, in order, and who causes them.

    now: the instant of recording, with zone.
    """

    heads: tuple[Head, ...]
    actor: str
    now: datetime
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The dossier after a change, the rows to be written, and the differences.

    superseded: stored rows that are no longer valid. added: transitions that should have been recorded. invalid:
    the entries that lose their effect by the change. fold_before: folds the entries before it.
    """

    after: Dossier
    entries: tuple[Entry, ...]
    superseded: tuple[Row, ...]
    added: tuple[Transition, ...]
    invalid: tuple[Invalid, ...]
    fold_before: Callable[[], Line]
    after_line: Line

    @property
    def before_line(self) -> Line:
        """The fold of the entries before the change."""
        return self.fold_before()


def rewrite(
    stored: Dossier,
    rows: Sequence[Row],
    entries: Sequence[HumanEntry],
    entries_after: Sequence[HumanEntry],
    change: Change,
    editions: Editions = EDITIONS,
    *,
    judged_from: datetime | None = None,
) -> Rewrite:
    """Return the rows that a change writes, and the differences.

    rows: all payloads of the contract and its parts, in the order of recording. entries, entries_after: the valid
    ones before and after. Raises NotPossible or Refused if the added or corrected entry is invalid at its place.
    """
    mine = {head.entry: (change.now, head.reason) for head in change.heads if head.entry is not None}
    lives = entries, entries_after
    fold_before, becomes = fold_both(*lives, change.now, editions, judged_from=judged_from, entering=mine)
    for invalid in becomes.invalid:
        if invalid.entry.id in mine and not invalid.moot:
            raise invalid.why
    superseded, added, fallen = list[Row](), list[Transition](), tuple[Invalid, ...]()
    standing, after = clock_rows(rows), Counter(clock_keys(becomes))
    if after != {key: len(found) for key, found in standing.items()}:
        before = _recorded(Counter(clock_keys(fold_before())), standing, stored, change.now)
        superseded = [found.pop() for key in (before - after).elements() if (found := standing.get(key))]
        left = Counter({key: len(found) for key, found in standing.items() if found})
        new = after - (before | left)  # a row that differed and is right again is stored already
        added = [t for t in becomes.transitions if t.entry is None and take_one(new, t.key)]
    if falls := [invalid for invalid in becomes.invalid if not invalid.moot]:
        known = {invalid.entry.id for invalid in fold_before().invalid}
        fallen = tuple(invalid for invalid in falls if invalid.entry.id not in known)
    written = write_rows(stored, becomes, change, superseded, added)
    return Rewrite(*written, tuple(superseded), tuple(added), fallen, fold_before, becomes)


def write_rows(
    stored: Dossier, line: Line, change: Change, superseded: Sequence[Row], added: Sequence[Transition]
) -> tuple[Dossier, tuple[Entry, ...]]:
    """Return the dossier of a line, and the rows of a change."""
    batch = _Batch(stored, as_folded(stored, line), change, line)
    batch.write(superseded, added)
    return batch.after, tuple(batch.entries)


def _recorded(before: Counter[Key], standing: Mapping[Key, Any], stored: Dossier, now: datetime) -> Counter[Key]:
    """The transitions before the change without those that are due and not recorded yet: these are added."""
    overdue = next_due(stored, now)
    if overdue is None:
        return before
    return Counter({key: n for key, n in before.items() if key in standing or key[2] < overdue.due_at})


def as_folded(stored: Dossier, line: Line) -> Dossier:
    """The stored dossier with the states and days of the folded one; seq, version and hashes do not change."""
    assert line.dossier is not None
    dossier = stored
    for subject in stored.subjects:
        if (folded := _folded(subject, line.dossier)) is not subject:
            dossier = dossier.with_subject(folded)
    known = {subject.id for subject in stored.subjects}
    for subject in line.dossier.subjects:
        if subject.id not in known:
            dossier = dossier.with_subject(subject)
    contract = dossier.contract
    if dossier is not stored and contract.version == stored.contract.version:
        dossier = dossier._replace(contract=contract.replace(version=contract.version + 1))
    return dossier


def _folded(subject: Entity, folded: Dossier) -> Entity:
    try:
        found: Entity = folded.subject(subject.id)
    except KeyError:  # its opening is without effect
        state = VOID.get(subject.KIND, subject.state)
        merged = subject.replace(**_nothing_of(subject), state=state)
        if isinstance(merged, Credit):
            merged = merged.replace(annulled=True, since=None, units=0, amount_yen=0)
    else:
        merged = found.replace(**{name: vars(subject)[name] for name in KEPT & vars(subject).keys()})
    return subject if vars(merged) == vars(subject) else merged.replace(version=subject.version + 1)


def _nothing_of(subject: Entity) -> Mapping[str, Any]:
    """The part whose opening has no effect, without anything owed or waiting."""
    return {f.name: f.default for f in fields(subject) if f.default is not MISSING and f.name not in SAID | KEPT}


class _Batch:
    """The rows of a change.

    heads: by chain the id of its first new row. named: the ids of rows of the clock, by their names in the fold.
    """

    def __init__(self, stored: Dossier, after: Dossier, change: Change, line: Line) -> None:
        self.states = {subject.id: subject.state for subject in stored.subjects}
        self.versions = {subject.id: subject.version for subject in stored.subjects}
        self.after, self.change, self.line = after, change, line
        self.entries: list[Entry] = []
        self.heads, self.named = dict[str, str](), dict[str, str]()

    def write(self, superseded: Sequence[Row], added: Sequence[Transition]) -> None:
        """Create the rows that people cause, one for each other affected chain, then the rows of the clock."""
        gone: dict[str, list[int]] = {}
        for row in superseded:
            gone.setdefault(row["subject"], []).append(row["seq"])
        for head in self.change.heads:
            self._head(head, gone.pop(head.subject_id, ()))
        moved = [s.id for s in self.after.subjects if s.id in self.states and s.state != self.states[s.id]]
        for subject_id in dict.fromkeys([*gone, *(t.subject_id for t in added), *moved]):
            if subject_id not in self.heads:
                self._restate(subject_id, gone.get(subject_id, ()))
        for transition in added:
            self._add(transition)

    def _head(self, head: Head, gone: Sequence[int]) -> None:
        step = next((t for t in self.line.transitions if head.entry is not None and t.entry == head.entry), None)
        line: dict[str, Any] = {"supersedes": sorted({*gone, *head.takes_out})}
        rulings: tuple[Ruling, ...] = ()
        if step is not None:
            line |= {"from": step.from_state, "to": step.to_state}
            rulings = step.event.rulings(step.case, step.subject, step.dossier)
        # An entry has no cause in its own contract: a row with such a cause follows from another one.
        first = next(iter(self.heads.values()), None) if head.event in REWRITES else None
        cause = head.caused_by or first
        self._row(head.subject_id, head.event, head.facts, head.at, line, reason=head.reason, cause=cause,
                  rulings=rulings, terms=step.terms if step else None)  # fmt: skip

    def _restate(self, subject_id: str, gone: Sequence[int]) -> None:
        first = self.change.heads[0]
        line = {"supersedes": sorted(gone)}
        cause = next(iter(self.heads.values()))
        self._row(subject_id, "restate", {}, first.at, line, reason=first.reason, cause=cause)

    def _add(self, transition: Transition) -> None:
        subject_id, by_clock = transition.subject_id, transition.actor == CLOCK
        line = {
            "brought_by": self.heads[subject_id],
            "from": transition.from_state,
            "to": transition.to_state,
        }
        self._row(
            subject_id, transition.event.name, transition.case.facts.to_json(), transition.at, line,
            actor=transition.actor, due_at=transition.at if by_clock else None,
            reason=None if by_clock else self.change.heads[0].reason,
            cause=self.named.get(transition.cause or "", transition.cause),
            rulings=transition.event.rulings(transition.case, transition.subject, transition.dossier),
            terms=transition.terms,
        )  # fmt: skip
        self.named[f"{subject_id}~{transition.event.name}"] = self.entries[-1].row_id

    def _row(
        self, subject_id: str, event: str, facts: Mapping[str, Any], at: datetime, line: Mapping[str, Any], *,
        actor: str | None = None, reason: str | None = None, cause: str | None = None,
        due_at: datetime | None = None, rulings: tuple[Ruling, ...] = (), terms: Terms | None = None,
    ) -> None:  # fmt: skip
        change, known = self.change, self.states.get(subject_id)
        subject = self.after.subject(subject_id)
        first = subject_id not in self.heads
        version = max(subject.version, self.versions.get(subject_id, 0) + 1) if first else subject.version + 1
        subject = subject.replace(seq=subject.seq + 1, version=version)
        self.after = self.after.with_subject(subject)
        act = Act(event, subject_id, NoFacts(), actor or change.actor, change.now, at, reason, cause,
                  None if actor else change.approver)  # fmt: skip
        terms = terms or EDITIONS.governing(self.after.contract).on(tokyo_day(change.now))
        states = (known, subject.state)
        self.entries.append(Entry(subject, event, *states, act, due_at, facts, rulings, (), terms, line=line))
        self.states[subject_id] = subject.state
        self.heads.setdefault(subject_id, row_id(subject_id, subject.seq))
