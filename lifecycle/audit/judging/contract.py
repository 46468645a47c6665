"""The rows of one contract as they come: entries in time, and what the clock does."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lifecycle.audit.judging.admit import admit
from lifecycle.audit.judging.clock_rulings import clock_says
from lifecycle.audit.judging.credits import JudgedCredit
from lifecycle.audit.judging.days import BEGINNING, FAR, MOMENT, moment
from lifecycle.audit.judging.entries import SETTLES, JudgedEntry, earliest, wished
from lifecycle.audit.judging.fold import due_steps, first_conflict
from lifecycle.audit.judging.line import JudgedLine
from lifecycle.audit.judging.rows import (
    CLOCK,
    NOTES,
    NotJudged,
    Row,
    Unjust,
    _words,
    entry_of,
    rulings_in,
    step_of,
)
from lifecycle.audit.judging.rulings import Said, rulings_of
from lifecycle.audit.judging.subjects import ClockStep


@dataclass(slots=True)
class ContractRows(ABC):
    """One contract as far as its rows are read. clock: the steps of the clock that stand, by their rows' ids.

    said: the rulings of each row, by its id; same: each of them once.
    batch: rows that one act writes about the past; they are judged together, when the act is over.
    """

    id: str
    same: dict[Said, Said] = field(default_factory=dict)
    said: dict[str, list[Said]] = field(default_factory=dict)
    line: JudgedLine = field(default_factory=JudgedLine)
    entries: dict[str, JudgedEntry] = field(default_factory=dict)
    clock: dict[ClockStep, str] = field(default_factory=dict)
    facts: dict[ClockStep, Mapping[str, Any]] = field(default_factory=dict)  # of the newest row of each step
    credits: dict[str, JudgedCredit] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)  # of a credit, its outage
    batch: list[tuple[Row, int]] = field(default_factory=list)
    n: int = 0
    last: datetime | None = None
    reached: datetime = BEGINNING  # how far the clock has run
    acted: datetime | None = None  # when a person last entered something: the clock has done all by then
    at_line: int = 0

    def add(self, row: Row, number: int) -> None:
        """Takes the next row of the contract or a part of it. Raises Unjust, NotJudged."""
        recorded = datetime.fromisoformat(row["recorded_at"])
        if self.batch and (recorded != self.last or "line" not in row or self._new_act(row)):
            self.settle()
        self.last, self.at_line = recorded, number
        if row["rulings"]:
            found = rulings_in(row, self.said)
            self.said[f"{row['subject']}.{row['seq']}"] = [self.same.setdefault(one, one) for one in found]
        if row["actor"] != CLOCK and row["event"] not in NOTES and row["kind"] not in ("usage", "erasure"):
            self.acted = recorded
        if "line" in row:
            self.batch.append((row, number))
        elif row["event"] in NOTES or row["kind"] in ("usage", "erasure"):
            return
        elif row["kind"] == "credit":
            self._credit(row, number)
        elif row["actor"] == CLOCK or self._follows(row):
            self._fired(row, number)
        else:
            self._entered(row, number)

    def _follows(self, row: Row) -> bool:
        """Whether a row followed at once from another row of the contract."""
        own = (row["caused_by"] or "").rpartition(".")[0]
        return own == self.id or own in self.line.options or own in self.line.changes or own in self.line.measures

    def _entered(self, row: Row, number: int) -> None:
        """An entry in time: it comes after all that is on record."""
        line, entry = self.line, self._entry(row)
        at, base = earliest(entry), line.contract.opened
        if base is not None and wished(entry):
            at = max(at, line.places[base.id])
        self._due(min(at, entry.recorded or at), number)
        line.places[entry.id] = at
        self.reached = max(self.reached, at)
        if entry.event in SETTLES:
            line.settled.append((entry.facts["condition"], at))
        found = admit(line, entry, at)
        if found.effect != "in_force":
            raise Unjust(number, f"the terms do not let {entry.id} ({entry.event}) stand here: {found.why}")
        self.entries[entry.id] = entry
        if (line.changes or line.options) and entry.kind != "measure":
            ordered = [one for one in self.entries.values() if one.event == "accept"]
            conflict = first_conflict(line, FAR, ordered)
            if conflict is not None:
                raise Unjust(number, f"{entry.id} does not hold beside the others: {conflict[1]}")
        self._entered_as(row, number, entry, at, line, self.clock.keys())

    def _entered_as(
        self, row: Row, number: int, entry: JudgedEntry, at: datetime, line: JudgedLine, done: Iterable[Any]
    ) -> None:
        """Compares an entry's row, given the steps that the clock has done by then."""
        late = [one[2] for one in due_steps(line, at) if one[2].at <= at and one[2] not in done]
        line.unheld = any(step.event == "hold_billing" for step in late)
        self._compare(row, number, rulings_of(line, entry, at), None)
        line.unheld = False
        to = _state_by(line, entry.kind, entry.subject, at, late)
        if entry.event in ("accept", "take"):
            planned = entry.event == "take" and entry.facts["starts_at"] > moment(entry.when)
            to = "accepted" if entry.event == "accept" else "planned" if planned else "in_force"
        if "line" not in row:
            self._state(row, number, to)
        elif row["line"].get("to", to) != to:
            raise Unjust(number, f"{entry.subject} comes to {to} by it, not to {row['line']['to']}")

    def _fired(self, row: Row, number: int) -> None:
        """A row of the clock, or one that followed: the next thing that is due."""
        step = step_of(row)
        if row["event"] == "change_item" or row["actor"] != CLOCK:
            effect = next((one for one, id_ in self.clock.items() if id_ == step.cause), None)
            item = effect is not None and (effect.event, effect.at) == ("take_effect", step.at)
            if not (item if row["event"] == "change_item" else step in self.line.follows):
                raise Unjust(number, f"nothing leads to {step.event} of {step.subject} at {row['effective_at']}")
        else:
            due = [one for one in self._pending(step.at) if one[2].at <= step.at]
            first = min(due, key=lambda one: (one[2].at, *one[:2]))[2] if due else None
            if first is None or first[:3] != step[:3]:
                why = (
                    f"{first.subject} comes to {first.event} at {first.at.isoformat()}"
                    if first
                    else "nothing is due"
                )
                raise Unjust(number, f"before {step.event} of {step.subject} at {row['effective_at']} {why}")
            if row["due_at"] != row["effective_at"]:
                raise Unjust(number, f"it is due at {row['due_at']} and fired as of {row['effective_at']}")
            if first != step:
                raise Unjust(number, f"it follows from {first.cause}, not from {step.cause}")
        self._stands(row, step)
        self.reached = max(self.reached, step.at)
        self._says(row, number, step, self.line)
        late = [one[2] for one in self._pending(step.at) if one[2].at <= step.at]
        self._state(row, number, _state_by(self.line, row["kind"], step.subject, step.at, late))

    def _stands(self, row: Row, step: ClockStep) -> None:
        """Notes that a step of the clock is on record."""
        self.clock[step], self.facts[step] = f"{row['subject']}.{row['seq']}", row["facts"]

    def _says(self, row: Row, number: int, step: ClockStep, line: JudgedLine) -> None:
        self._compare(row, number, *(([], None) if step in line.follows else clock_says(line, step, row)))

    def _pending(self, at: datetime) -> list[tuple[int, str, ClockStep]]:
        steps = due_steps(self.line, at)
        if self.line.changes:
            effects = [(step.at, id_) for step, id_ in self.clock.items() if step.event == "take_effect"]
            steps += [(0, "", ClockStep(self.id, "change_item", at, id_)) for at, id_ in effects]
        steps += [(0, "", step) for step in self.line.follows]
        return [one for one in steps if one[2] not in self.clock]

    def _due(self, until: datetime, number: int) -> None:
        """Checks that the clock has done all by an instant."""
        for _, _, step in self._pending(until):
            if step.at <= until:
                raise Unjust(number, f"before it {step.subject} comes to {step.event} at {step.at.isoformat()}")

    def _state(self, row: Row, number: int, state: str | None) -> None:
        if row["to_state"] != state:
            raise Unjust(number, f"{row['subject']} is {state} after it, not {row['to_state']}")

    def _compare(self, row: Row, number: int, rulings: list[Said], facts: Mapping[str, Any] | None) -> None:
        if facts is not None:
            for name, value in facts.items():
                if name not in row["facts"]:
                    raise NotJudged(f"{row['event']} without {name}")
                if row["facts"][name] != value:
                    raise Unjust(number, f"its {name} is {value}, not {row['facts'][name]}")
        found = self.said.get(f"{row['subject']}.{row['seq']}", [])
        if found != rulings:
            for mine, theirs in zip([*rulings, None], [*found, None], strict=False):
                if mine != theirs:
                    raise Unjust(number, f"its ruling is {_words(mine)}, not {_words(theirs)}")

    def _entry(self, row: Row) -> JudgedEntry:
        self.n += 1
        entry = entry_of(row, self.n)
        if entry.event == "revoke_cancellation" and not entry.notices:  # all that stand when it is entered
            line = self.line
            holder = line.contract if entry.kind == "contract" else line.options.get(entry.subject)
            entry = entry.but(notices=[notice.id for notice in holder.standing] if holder else [])
        return entry

    @abstractmethod
    def _new_act(self, row: Row) -> bool:
        """Whether a row begins another act about the past."""

    @abstractmethod
    def settle(self) -> None:
        """Judges the rows of an act about the past that is over."""

    @abstractmethod
    def _credit(self, row: Row, number: int) -> None:
        """Judges a row of a credit."""


def _state_by(line: JudgedLine, kind: str, subject: str, at: datetime, late: Iterable[ClockStep]) -> str | None:
    """The state of a subject at an instant. late: what the clock is still to do of what is due by then."""
    return line.state_of(kind, subject, at - MOMENT if any(step.subject == subject for step in late) else at)
