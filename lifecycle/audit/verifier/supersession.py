"""Which rows of an export are valid: rows that later ones supersede, and rows added in their place.

A late entry, a correction or an annulment is one row of a person, which lists the superseded rows of its chain by
number; `restate` does so in the other chains of the contract, and `resettle` after a change of the terms. The rows
that the clock should have written follow, with their step. Nothing here depends on a rule of the terms.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lifecycle.audit.verifier.kept import (
    ANNULS,
    CLOCK,
    CORRECTS,
    ISSUES,
    MARKS,
    OWN_CHAIN,
    RESTATES,
    REWRITES,
    STATELESS,
    UNOPENED,
    Kept,
    RewriteBatch,
)
from lifecycle.audit.verifier.lines import Bad
from lifecycle.audit.verifier.row_members import check_repeats, entries_of, line_of, row_number


@dataclass(slots=True)
class Standing:
    """The rows of every chain so far, and which of them are valid.

    rows: by subject, in their order. gone: superseded ones, with the line of the superseding row. newest: the
    batch to which rows may still be added. rewritten: the last batch of each chain. left_out: chains with archived
    rows.
    """

    steps: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
    rows: dict[str, list[Kept]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    gone: dict[str, dict[int, int]] = field(default_factory=dict)
    newest: dict[str, RewriteBatch] = field(default_factory=dict)
    rewritten: dict[str, tuple[RewriteBatch, str]] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    _same: dict[Kept, Kept] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], at: int) -> None:
        """Add the next row of its chain, which is in its place there. Raises Bad."""
        if row["subject"] in self.left_out:
            return
        subject, event, line = row["subject"], row["event"], row.get("line")
        begin, end = ("", "") if event in STATELESS else (row["from_state"] or "", row["to_state"])
        if "line" in row:
            begin, end = line_of(line).get("from") or "", self._rewrites(row, line_of(line), at)
        else:
            self.newest.pop(subject, None)
        cause = row["caused_by"]
        if cause is not None and cause.rpartition(".")[0] == subject:
            cause = row_number(cause)
        by_person = row["actor"] != CLOCK and not self._follows(row)
        kept = Kept(event, by_person, cause, begin, end, check_repeats(row, self.rows.get(subject, [])))
        self.rows.setdefault(subject, []).append(
            kept if isinstance(cause, str) else self._same.setdefault(kept, kept)
        )
        self.kinds.setdefault(subject, row["kind"])
        if subject in self.rewritten:
            self.rewritten[subject] = (self.rewritten[subject][0], row["to_state"])

    def leave_out(self, subject: str) -> None:
        """Stop following a chain, because rows of it are archived."""
        self.left_out.add(subject)
        for known in (self.rows, self.gone, self.newest, self.rewritten):
            known.pop(subject, None)

    def check_end(self) -> None:
        """Check what only the end of the export shows.

        Raises Bad for a valid row without its cause, and for a state without the row that leads there.
        """
        for bad in (*self._without_cause(), *self._without_end()):
            raise bad

    def _rewrites(self, row: Mapping[str, Any], line: Mapping[str, Any], at: int) -> str:
        """Check a row with a `line`. Returns the state that it leads to itself."""
        kind, event = row["kind"], row["event"]
        if event in STATELESS:
            raise Bad(f"{event} rewrites no history")
        if row["to_state"] not in self._states(kind):
            raise Bad(f"no {kind} is ever {row['to_state']}")
        if "brought_by" in line:
            self._check_added(row, line)
        else:
            self._check_head(row, at)
            self._take_out(row, line["supersedes"], at)
        if "from" not in line:
            return "" if event in REWRITES else event
        begin, end = line["from"] or "", line["to"]
        events = self.steps.get(kind, {})
        meant = self._corrected(row).event if event == CORRECTS else event
        if event in REWRITES - {CORRECTS} or end not in events.get(meant, {}).get(begin, ()):
            raise Bad(f"no {kind} goes from {line['from']} to {end} by {meant}")
        return str(end)

    def _check_added(self, row: Mapping[str, Any], line: Mapping[str, Any]) -> None:
        """Check a row of the clock, or one that followed from another, that a batch adds."""
        subject, batch = row["subject"], self.newest.get(row["subject"])
        if row["event"] in REWRITES or (row["actor"] != CLOCK and not self._follows(row)):
            raise Bad(f"{row['event']} is an entry of a person, and is not added by another row")
        if row["from_state"] != row["to_state"]:
            raise Bad("a row that is added by another changes the state itself")
        own, _, number = line["brought_by"].rpartition(".")
        if own != subject or batch is None or number not in map(str, batch.heads):
            raise Bad(
                f"it is added by {line['brought_by'][:60]}, which is not the newest row that rewrites its chain"
            )
        if row["recorded_at"] != batch.recorded_at:
            raise Bad(f"it was not recorded together with {line['brought_by']}, which adds it")

    def _check_head(self, row: Mapping[str, Any], at: int) -> None:
        """Check the row of a person that rewrites its chain, or `restate` in another chain."""
        subject, seq, known = row["subject"], row["seq"], self.newest.get(row["subject"])
        if row["actor"] == CLOCK:
            raise Bad("the clock rewrites no history")
        if row["event"] == RESTATES:
            self._check_restates(row)
        elif row["event"] not in REWRITES and row["event"] not in self.steps.get(row["kind"], {}):
            raise Bad(f"no {row['kind']} takes the event {row['event']}")
        together = known is not None and known.recorded_at == row["recorded_at"] and seq - 1 in known.heads
        heads = (*known.heads, seq) if known is not None and together else (seq,)
        self.newest[subject] = batch = RewriteBatch(heads, row["recorded_at"], at)
        self.rewritten[subject] = (batch, row["to_state"])

    def _check_restates(self, row: Mapping[str, Any]) -> None:
        other, _, number = (row["caused_by"] or "").rpartition(".")
        batch = self.newest.get(other)
        if other == row["subject"] or batch is None or number not in map(str, batch.heads):
            raise Bad(
                f"restate names {row['caused_by']} as its cause, which is no row that rewrites another chain"
            )
        if self.rows[other][int(number) - 1].event == RESTATES or batch.recorded_at != row["recorded_at"]:
            raise Bad(f"restate does not belong to {row['caused_by']}, which it names as its cause")

    def _take_out(self, row: Mapping[str, Any], seqs: Sequence[int], at: int) -> None:
        subject, event = row["subject"], row["event"]
        chain, gone = self.rows.get(subject, []), self.gone.setdefault(subject, {})
        named = entries_of(row) if event == ANNULS else []
        for seq in seqs:
            if not 1 <= seq < row["seq"]:
                raise Bad(f"it takes out row {seq} of {subject}, which is no earlier one")
            if seq in gone:
                raise Bad(f"it takes out row {seq} of {subject}, which line {gone[seq]} has taken out already")
            taken = chain[seq - 1]
            if taken.event in REWRITES or taken.event in (ISSUES, MARKS):
                raise Bad(f"it takes out row {seq} of {subject}, which is a row of {taken.event}")
            if taken.by_person and f"{subject}.{seq}" not in named:
                raise Bad(f"it takes out row {seq} of {subject}, an entry of a person that it does not annul")
            gone[seq] = at
        for entry in named:
            own, _, number = entry.rpartition(".")
            if own == subject and row_number(entry) not in seqs:
                raise Bad(f"it annuls row {number} of {subject} and does not take it out")

    def _corrected(self, row: Mapping[str, Any]) -> Kept:
        """Return the entry that a row corrects: of the same chain, of a person, and valid."""
        facts, subject = row["facts"], row["subject"]
        entry = facts.get("entry") if isinstance(facts, dict) else None
        number = row_number(entry) if isinstance(entry, str) and entry.rpartition(".")[0] == subject else None
        chain = self.rows.get(subject, [])
        if number is None or not 1 <= number <= len(chain) or number in self.gone.get(subject, {}):
            raise Bad(f"it corrects {entry}, which is no row of {subject} that stands")
        if not chain[number - 1].by_person or chain[number - 1].event in REWRITES | STATELESS:
            raise Bad(f"it corrects {entry}, which is no entry of a person")
        return chain[number - 1]

    def _follows(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of a person followed from another one of the same contract."""
        if row["caused_by"] is None or "supersedes" in (row.get("line") or {}):
            return False
        kind = self.kinds.get(row["caused_by"].rpartition(".")[0])
        return kind is not None and kind != OWN_CHAIN

    def _states(self, kind: str) -> set[str]:
        events = self.steps.get(kind, {}).values()
        return {end for begins in events for ends in begins.values() for end in ends}

    def _final(self, kind: str) -> set[str]:
        events = self.steps.get(kind, {}).values()
        leaves = {begin for begins in events for begin, ends in begins.items() if set(ends) - {begin}}
        return self._states(kind) - leaves

    def _stand(self, subject: str) -> Iterator[tuple[int, Kept]]:
        gone = self.gone.get(subject, {})
        return ((seq, kept) for seq, kept in enumerate(self.rows[subject], start=1) if seq not in gone)

    def _without_cause(self) -> Iterator[Bad]:
        """Yield valid rows of the clock whose cause is not valid."""
        if not any(self.gone.values()):
            return
        for subject in self.rows:
            for seq, kept in self._stand(subject):
                if kept.by_person or kept.cause is None:
                    continue
                other, number = subject, kept.cause
                if isinstance(number, str):
                    other, number = number.rpartition(".")[0], row_number(number) or 0
                line = self.gone.get(other, {}).get(number)
                if line is not None and not self._again(other, number):
                    why = f"row {seq} of {subject} stands, and its cause, row {number} of {other}, does not"
                    yield Bad(why).on(line)

    def _again(self, subject: str, number: int) -> bool:
        """Whether a superseded row of the clock was added again, with another cause."""
        was = self.rows[subject][number - 1]
        return not was.by_person and any(kept.event == was.event for _, kept in self._stand(subject))

    def _without_end(self) -> Iterator[Bad]:
        """Yield rewritten chains with a final state but no row that leads there, or the reverse."""
        for subject, (batch, state) in self.rewritten.items():
            kind, standing = self.kinds[subject], list(self._stand(subject))
            final = self._final(kind)
            ends = [(seq, kept.end) for seq, kept in standing if not kept.by_person and kept.end in final]
            for seq, end in ends:
                if end != state:
                    yield Bad(f"{subject} is {state}, and its row {seq}, which ended it, stands").on(batch.line)
            if len(ends) > 1:
                yield Bad(f"{subject} ended once, and its rows {ends[0][0]} and {ends[1][0]} both stand").on(
                    batch.line
                )
            yield from self._left_twice(subject, standing, batch)
            leads = any(kept.end == state for _, kept in standing)
            if state in final and not leads and UNOPENED.get(kind) != state:
                yield Bad(f"{subject} is {state}, and no row stands that ended it").on(batch.line)

    def _left_twice(
        self, subject: str, standing: Sequence[tuple[int, Kept]], batch: RewriteBatch
    ) -> Iterator[Bad]:
        """Yield valid rows of the clock that leave the same state: only one may."""
        seen: dict[str, int] = {}
        for seq, kept in standing:
            if not kept.by_person and kept.begin != kept.end and kept.begin:
                if kept.begin in seen:
                    why = f"{subject} left {kept.begin} once, and its rows {seen[kept.begin]} and {seq} both stand"
                    yield Bad(why).on(batch.line)
                seen[kept.begin] = seq
