"""Rows about the past: late entries, corrections and annulments, judged by the fold of all that then stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lifecycle.audit.judging.admit import JudgedEffect
from lifecycle.audit.judging.clock_rulings import clock_says
from lifecycle.audit.judging.contract import _state_by
from lifecycle.audit.judging.credit_rows import CreditRows
from lifecycle.audit.judging.days import moment
from lifecycle.audit.judging.entries import KINDS, JudgedEntry
from lifecycle.audit.judging.fold import due_steps, fold
from lifecycle.audit.judging.line import JudgedLine
from lifecycle.audit.judging.rows import Row, Unjust, step_of, values_of, when_of
from lifecycle.audit.judging.subjects import VOID, ClockStep

RESTATING = ("restate", "resettle")  # rows of a person that add no entry
MOST = 6  # entries of one instant that are tried as acts of any length


@dataclass(slots=True)
class JudgedContract(CreditRows):
    """One contract as far as its rows are read, in time or about the past."""

    def _take(self, row: Row, number: int) -> None:
        """Notes what a row about the past changes; the contract is judged again when its act is over."""
        line, event, facts = row["line"], row["event"], row["facts"]
        for seq in line.get("supersedes", ()):
            gone = f"{row['subject']}.{seq}"
            for step in [step for step, id_ in self.clock.items() if id_ == gone]:
                del self.clock[step]
        if event == "correct_entry":
            entry = self.entries.get(facts["entry"])
            if entry is not None:
                merged = entry.but(**values_of(facts["facts"]))
                at = datetime.fromisoformat(facts["at"]) if facts.get("at") else moment(entry.when)
                self.entries[entry.id] = merged.but(when=when_of(merged.facts, at))
            elif row["kind"] == "credit":
                self._correct_credit(facts)
        elif event == "annul_entry":
            for id_ in facts["entries"]:
                self.entries.pop(id_, None)
                credit = self.credits.get(id_.rpartition(".")[0])
                if credit is not None:
                    credit.annulled = credit.annulled or id_.endswith(".1")
                    credit.claims = [one for one in credit.claims if one[1] != id_]
        elif event not in RESTATING and "brought_by" in line:
            step = step_of(row)
            if step in self.clock:
                raise Unjust(number, f"{self.clock[step]} stands and says the same step")
            self._stands(row, step)
        elif row["kind"] == "credit":
            self._known(row) if event not in RESTATING else None
        elif event not in RESTATING:
            entry = self._entry(row)
            self.entries[entry.id] = entry

    def _correct_credit(self, facts: Mapping[str, Any]) -> None:
        """A correction of what was said of an outage, or of the day of a claim."""
        credit, values = self.credits[facts["entry"].rpartition(".")[0]], values_of(facts["facts"])
        for name in ("known_at", "annulled", "attributable", "recovered_at"):
            if name in values:
                setattr(credit, name, values[name])
        for place, (_, id_) in enumerate(credit.claims):
            if id_ == facts["entry"] and "claimed_at" in values:
                credit.claims[place] = (values["claimed_at"], id_)

    def _overtaken(self, entry: JudgedEntry) -> bool:
        """Whether a newer agreement reaches as far back: then the entry has no step of its own."""
        return entry.event == "reschedule_billing" and any(
            other.event == entry.event and other.subject == entry.subject and other.agreed > entry.agreed
            for other in self.entries.values()
        )

    def _new_act(self, row: Row) -> bool:
        """Whether a row begins another act about the past, at the very instant of the one before."""
        follows = "brought_by" in self.batch[-1][0]["line"] or self.batch[-1][0]["event"] == "restate"
        return follows and "brought_by" not in row["line"] and row["event"] != "restate"

    def settle(self) -> None:
        """Judges the rows of an act about the past that is over.

        Several entries of one instant may be one act or several: the one or the other must follow from the terms.
        """
        batch, self.batch = self.batch, []
        self._settle_acts(batch)

    def _settle_acts(self, batch: Sequence[tuple[Row, int]]) -> None:
        """The first act, as long as may be, then the rest."""
        rows = [row for row, _ in batch]
        heads = [n for n, row in enumerate(rows) if "brought_by" not in row["line"] and row["event"] != "restate"]
        ends = [*heads[1:], len(batch)] if heads else [len(batch)]
        if len(ends) == 1:
            self._settle(batch)
            return
        first: Unjust | None = None
        for end in reversed(ends if len(ends) <= MOST else [ends[0], ends[-1]]):
            kept = dict(self.entries), dict(self.clock), dict(self.facts), self.n
            credits = {id_: replace(credit, claims=[*credit.claims]) for id_, credit in self.credits.items()}
            try:
                self._settle(batch[:end])
                if end < len(batch):
                    self._settle_acts(batch[end:])
                return
            except Unjust as why:
                first = first or why
                (self.entries, self.clock, self.facts, self.n), self.credits = kept, credits
        assert first is not None
        raise first

    def _settle(self, batch: Sequence[tuple[Row, int]]) -> None:
        """The fold of all entries that now stand: the batch's rows are steps of it."""
        for row, number in batch:
            self._take(row, number)
        assert self.last is not None
        heads = {f"{row['subject']}.{row['seq']}": (row, n) for row, n in batch if "brought_by" not in row["line"]}
        heads |= {row["facts"]["entry"]: (row, n) for row, n in batch if row["event"] == "correct_entry"}
        added = {step_of(row): (row, n) for row, n in batch if "brought_by" in row["line"]}
        number = batch[0][1]
        expected: set[ClockStep] = set()
        compared: set[int] = set()

        def follow(line: JudgedLine, step: ClockStep) -> None:
            expected.add(step)
            if step not in added and step in self.facts and step not in line.follows:
                old = self.facts[step]
                for name, value in clock_says(line, step, {"facts": old})[1].items():
                    if step in self.clock and old.get(name) != value:
                        raise Unjust(number, f"{self.clock[step]} stands, and its {name} is {value}")
            if step in added:
                row, n = added[step]
                self._says(row, n, step, line)
                at = max(step.at, line.places.get(step.cause, step.at))
                late = [one[2] for one in due_steps(line, at) if one[2].at <= at and one[2] not in expected]
                if (to := _state_by(line, row["kind"], step.subject, at, late)) != row["line"]["to"]:
                    raise Unjust(n, f"{step.subject} comes to {to} by it, not to {row['line']['to']}")

        def seen(line: JudgedLine, step: JudgedEntry | ClockStep, at: datetime, found: JudgedEffect) -> None:
            if isinstance(step, ClockStep):
                follow(line, step)
                if step.event == "take_effect" and step in self.clock:
                    follow(line, ClockStep(line.contract.id, "change_item", at, self.clock[step]))
            elif step.id in heads:
                row, n = heads[step.id]
                if found.effect == "invalidated":
                    raise Unjust(n, f"the terms do not let {step.id} ({step.event}) stand here: {found.why}")
                if found.effect == "in_force" and not ("to" not in row["line"] and self._overtaken(step)):
                    self._entered_as(row, n, step, at, line, expected)
                    compared.add(n)

        self.line, _, invalid = fold(self.entries.values(), self.last, seen)
        self.reached = self.last
        for step in self.line.follows:
            follow(self.line, step)
        for step in sorted(expected - self.clock.keys()):
            why = f"no row that stands says that {step.subject} came to {step.event} at {step.at.isoformat()}"
            raise Unjust(number, f"{why} by {step.cause}")
        for step, id_ in self.clock.items():
            if step not in expected and step.subject not in self.credits:
                raise Unjust(number, f"{id_} stands, and nothing leads to {step.event} of {step.subject}")
        self.check_credits(self.last, number)
        for row, n in batch:
            if row["kind"] == "credit" and "brought_by" in row["line"]:
                self._credit_fired(row, n, self._earned(row["subject"], step_of(row).at))
                refused = row["event"] == "refuse"
                self._compare(
                    row,
                    n,
                    self._credit_rulings({**row, "to_state": "refused"}, self.last) if refused else [],
                    None,
                )
        for row, n in batch:
            if n not in compared and "brought_by" not in row["line"]:
                self._compare(row, n, [], None)
            if row["kind"] in KINDS[:4] and not invalid:
                state = self.line.state_of(row["kind"], row["subject"], self.last)
                self._state(row, n, state or VOID.get(row["kind"]))
