"""A desk on a database: each entry is one command in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lifecycle.commands import corrections, outages
from lifecycle.commands.applications import apply
from lifecycle.commands.book import book_of
from lifecycle.commands.command import CommandContext, new_id
from lifecycle.commands.enter_event import WouldInvalidate, execute_entry, open_subject
from lifecycle.commands.outages import OutageReport
from lifecycle.commands.outages_reached import reached
from lifecycle.history.rows import rows_of
from lifecycle.history.store import store_step
from lifecycle.machines.dossier import row_id
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entries import CLOCK, HumanEntry
from lifecycle.machines.facts import When
from lifecycle.machines.table import NotPossible
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from tests.commands.diary import APPLICATION
from tests.fold.desk import Desk
from tests.fold.translate import translated
from tests.oracle.entries import CONTRACT, Entry


@dataclass
class StoredDesk(Desk):
    """Enters a contract by the commands of the service. outages: the ids of its outages."""

    engine: Engine = field(kw_only=True)
    outages: dict[str, str] = field(default_factory=dict)

    @property
    def contract_id(self) -> str:
        return self.names.subjects[CONTRACT]

    def enter(self, entry: Entry, now: datetime) -> None:
        """Keys one entry. Raises as the command does."""
        context = CommandContext("desk", now, "on record")
        if entry.kind == "outage":
            self._told_of_outage(entry, context)
            return
        made = self._made(entry, now)
        try:
            self._command(entry, made, context)
        except WouldInvalidate as error:
            falls = frozenset(one["id"] for one in error.changes["invalidated"])
            if not self._agreed(falls, [*self.taken, entry]):
                raise
            self._command(entry, made, replace(context, accept_invalidated=falls))
        self._look()
        self.taken.append(entry)
        self.names.rows[entry.id] = self._row_of(self.names.subjects[entry.subject], made.event.name)

    def _command(self, entry: Entry, made: HumanEntry, context: CommandContext) -> None:
        with writing(self.engine) as conn:
            if made.opens and made.kind == CONTRACT:
                self.names.subjects[CONTRACT] = self._apply(conn, made, context)
            elif made.opens:
                subject_id = f"{made.subject_id[0]}_{new_id(context)}"
                if "reference" in made.facts.names():
                    made = made._replace(facts=replace(made.facts, reference=subject_id))  # type: ignore[call-arg]
                subject = made.opened().replace(id=subject_id)
                open_subject(conn, subject, made.event.name, made.facts, context, made.at)
                self.names.subjects[entry.subject] = subject.id
            else:
                done = execute_entry(conn, made.subject_id, made.event.name, made.facts, context, made.at)
                reached(conn, done, context)

    def _apply(self, conn: Connection, made: HumanEntry, context: CommandContext) -> str:
        facts: Any = made.facts
        asked = replace(
            APPLICATION, reference=f"OD-{new_id(context)}", received=When(at=made.at), item=facts.item,
            delivery=facts.delivery, in_form=facts.in_form, requested_billing_start_on=None,
        )  # fmt: skip
        return apply(conn, asked, context)[0].contract.id

    def _told_of_outage(self, entry: Entry, context: CommandContext) -> None:
        """Enter facts of an outage; a credit is opened if the contract is in force."""
        at, facts = entry.when, entry.facts
        if self.stored is None or (entry.event != "open" and entry.subject not in self.outages):
            raise NotPossible(entry.event, "none")
        assert isinstance(at, datetime)
        with writing(self.engine) as conn:
            if entry.event == "open":
                report = OutageReport(at, "alert", facts["attributable"], (self.contract_id,))
                self.outages[entry.subject] = outages.open_outage(conn, context, report).id
            elif entry.event == "recover":
                outages.recover(conn, self.outages[entry.subject], context, at)
            else:
                outage_id, fault = self.outages[entry.subject], facts["attributable"]
                outages.attribute(conn, outage_id, context, attributable=fault)
        self._look()
        self.taken.append(entry)

    def together(self, entries: Sequence[Entry], now: datetime) -> None:
        """Keys entries that hold only together, by one command."""
        made = [translated(entry, now, self.names, self.stored, 0) for entry in entries]
        with writing(self.engine) as conn:
            book = book_of(conn, self.contract_id)
            numbered = corrections.numbered(book, made)
            corrections.enter_together(conn, self.contract_id, numbered, CommandContext("desk", now, "on record"))
        for entry, one in zip(entries, numbered, strict=True):
            self.names.rows[entry.id] = one.id
        self.taken.extend(entries)
        self.waiting = [entry for entry in self.waiting if entry not in entries]
        self._look()

    def _row_of(self, subject_id: str, event: str) -> str:
        rows = (row for row in reversed(self.rows()) if row["actor"] != CLOCK)
        return next(
            row_id(subject_id, r["seq"]) for r in rows if (r["subject"], r["event"]) == (subject_id, event)
        )

    def _look(self) -> None:
        with reading(self.engine) as conn:
            self.stored = load(conn, self.contract_id)
        names = {outage_id: name for name, outage_id in self.outages.items()}
        self.names.subjects |= {names[credit.outage_id]: credit.id for credit in self.dossier.credits}

    def rows(self) -> list[dict[str, Any]]:
        """The payloads of the history."""
        with reading(self.engine) as conn:
            return [dict(row) for row in rows_of(conn, self.contract_id)]

    def until(self, instant: datetime) -> "StoredDesk":
        """Lets the clock run up to an instant."""
        with writing(self.engine) as conn:
            before = load(conn, self.contract_id, lock=True)
            after, entries = catch_up(before, instant)
            store_step(conn, before, after, entries)
        self._look()
        return self
