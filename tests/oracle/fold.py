"""The fold of the judge (lifecycle/audit/judge.py) for the tests: states and days are named as in the API.

Input is a set; its order says nothing. The clock stores nothing either: what it has done by an instant follows
from the line, and is written down here as transitions with their legal instants and causes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from lifecycle.audit.judge import FAR as LAST
from lifecycle.audit.judge import HOLDS, MOMENT, OFF_THE_LINE, civil, end_of, item_on, places, term_last
from lifecycle.audit.judge import ClockStep as Transition
from lifecycle.audit.judge import ItemFrom as Turn
from lifecycle.audit.judge import JudgedEffect as Verdict
from lifecycle.audit.judge import JudgedLine as Line
from lifecycle.audit.judge import JudgedPart as Holder
from lifecycle.audit.judge import fold as judged
from tests.oracle.entries import Entry
from tests.oracle.prices import HELD, Prices, prices_on

__all__ = ["LAST", "Folded", "Transition", "fold"]

TIMELESS = frozenset(("attribute", "record"))  # whose fault it was and what was used: facts of the past itself
OF_MEASURES = frozenset(("start", "end"))  # they are beside the line


@dataclass
class Folded:
    """The line at an instant.

    steps: what holds and what the clock did, in legal order. verdicts: for each entry placed by then whether it
    is in_force, invalidated or moot, and why. beside: the entries of usage, outages and claims, which are judged
    by what is derived from the line.
    """

    line: Line
    until: datetime
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    steps: list[Entry | Transition] = field(default_factory=list)
    beside: list[Entry] = field(default_factory=list)
    versions: Sequence[Prices] = HELD

    @property
    def transitions(self) -> list[Transition]:
        """The clock's steps alone."""
        return [step for step in self.steps if isinstance(step, Transition)]

    def prices(self, day: date) -> Prices:
        """The values in force on a day (R32)."""
        return prices_on(self.versions, day)

    @property
    def invalidated(self) -> dict[str, str]:
        """The invalid entries with the rules that refuse them."""
        return {id_: verdict.why for id_, verdict in self.verdicts.items() if verdict.effect == "invalidated"}

    @cached_property
    def contract(self) -> dict[str, Any]:
        return self.holder(self.line.contract)

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        return {id_: self.holder(option) for id_, option in self.line.options.items()}

    @property
    def item_changes(self) -> dict[str, str]:
        return {id_: str(self.line.state(change, self.until)) for id_, change in self.line.changes.items()}

    @property
    def measures(self) -> dict[str, str]:
        return {id_: str(self.line.state(one, self.until)) for id_, one in self.line.measures.items()}

    def holder(self, holder: Holder) -> dict[str, Any]:
        """State and days of the contract or an option, named as in the API."""
        line, until = self.line, self.until
        state = line.state(holder, until)
        if state == "terminated":  # what was planned when it ended stays as it was
            end = line.end(holder, until)
            until = end_of(end.on) - MOMENT if end else until  # an end comes before what else is due then (R15)
        live = holder.accepted is not None and holder.closed is None
        start, end = (line.start(holder, until), line.end(holder, until)) if live else (None, None)
        starts = start is not None and (end is None or end.on >= start)
        return {
            "state": state,
            "billing_starts_on": start,
            "billing_begun": live and line.begun(holder, until),
            "billing_held": holder is line.contract and live and state != "terminated" and line.held(until),
            "minimum_term_ends_on": term_last(start) if start is not None and starts else None,
            "effective_on": end.on if end else None,
            "decided_by": end.decided_by if end else None,
            "decided_from": end.entry if end else None,
            "minimum_term_cut_days": end.cut_days if end else 0,
            "terminated_on": end.on if end and state == "terminated" else None,
            "in_form": holder.in_form,
            **self.filing(holder),
        }

    def filing(self, holder: Holder) -> dict[str, date | None]:
        """The day from which the application counts; since when a request waits for the company's form (R44)."""
        received_on, informal_on = None, None
        for step in self.steps:
            if isinstance(step, Entry) and step.subject == holder.id:
                day = civil(step.when)
                if step.event in ("apply", "receive_form"):
                    received_on = day
                elif step.event == "receive_informal_notice":
                    informal_on = min(day, informal_on or day)
                elif step.event == "notify_cancellation":
                    informal_on = None
        return {"received_on": received_on, "informal_on": informal_on}

    @cached_property
    def turns(self) -> list[Turn]:
        return self.line.turns(self.until)

    def item_on(self, day: date) -> str:
        """The item of a day, the contract's end left aside."""
        return item_on(self.turns, day)


def fold(entries: Iterable[Entry], until: datetime, versions: Sequence[Prices] = HELD) -> Folded:
    """The line at an instant from all these entries; later ones have not happened yet."""
    entries = list(entries)
    steps: list[Entry | Transition] = []
    verdicts: dict[str, Verdict] = {}

    def seen(line: Line, step: Entry | Transition, at: datetime, found: Verdict) -> None:
        if isinstance(step, Entry):
            verdicts[step.id] = found
        if found == HOLDS and not (isinstance(step, Transition) and step.event in OF_MEASURES):
            steps.append(step)

    line, _, _ = judged(entries, until, seen)
    line.places = placed = places(entries)
    beside = [e for e in entries if e.kind in OFF_THE_LINE and (placed[e.id] <= until or e.event in TIMELESS)]
    return Folded(line, until, verdicts, steps, beside, versions)
