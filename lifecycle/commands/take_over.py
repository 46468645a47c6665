"""Takes over an existing book: many running contracts at once, each with all its entries (R41)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, or_, select

from lifecycle.commands.applications import Duplicate, taken_references
from lifecycle.commands.billed_elsewhere import MARKED, check_billed_until, mark_of
from lifecycle.commands.command import CommandContext, new_id
from lifecycle.commands.enter_event import Executed
from lifecycle.commands.outages_reached import reached
from lifecycle.commands.recorded_contracts import RecordedContract, recorded
from lifecycle.commands.running_contract import personal_of, running_contract
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.errors import DomainError
from lifecycle.history.payload import commit_to
from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.step import CLOCK
from lifecycle.machines.take_over import Recording, TakenOver, entries_of_running, take_over
from lifecycle.records import tables
from lifecycle.records.mapping import PREFIXES, load
from lifecycle.records.row_sets import RowSet, RowValues
from lifecycle.records.search_folding import customer_number, fold_people
from lifecycle.terms.calendar import Month, start_of, tokyo_day
from lifecycle.timers.fuse import refuse_held

REASON = "既存契約の引継ぎ"  # where a row gives no other
_LETTERS = {kind: letter for letter, kind in PREFIXES.items()}
TakenRow = tuple[Dossier, bool]


class RecordedDifferently(Duplicate):
    """The reference is on record with other content than the row's."""


def take_over_all(
    conn: Connection, asked: Sequence[RunningContractBody], context: CommandContext
) -> list[TakenRow | DomainError]:
    """Take over running contracts, stored together; for each the dossier and whether it is new, or the error.

    The same row again returns the contract as it is now, and False. A refused row leaves no changes.
    """
    taking = _Taking(conn, context, asked)
    found: dict[int, TakenRow | DomainError] = {}
    for place in sorted(range(len(asked)), key=lambda place: asked[place].reference):
        try:
            found[place] = taking.take(asked[place])
        except DomainError as error:
            found[place] = error
    taking.store()
    return [_with_credits(conn, found[place], context, taking.outages) for place in range(len(asked))]


@dataclass(slots=True)
class _Taking:
    """A set of rows in progress. taken: the bearers of references, by kind; steps, marks: to be stored."""

    conn: Connection
    context: CommandContext
    asked: Sequence[RunningContractBody]
    taken: dict[str, dict[str, str]] = field(init=False)
    before: dict[str, RecordedContract] = field(init=False)
    steps: list[ChainedStep] = field(default_factory=list)
    marks: list[RowValues] = field(default_factory=list)
    outages: bool = False

    def __post_init__(self) -> None:
        named: dict[str, list[str]] = {"contract": [], "option": [], "item_change": []}
        for body in self.asked:
            named["contract"].append(body.reference)
            named["item_change"] += _changes_of(body)
            if body.option is not None:
                named["option"].append(body.option.reference)
        self.taken = {kind: taken_references(self.conn, kind, names) for kind, names in named.items()}
        self.before = recorded(self.conn, list(self.taken["contract"].values()))
        self.outages = _reaches(self.conn, self.asked)

    def take(self, body: RunningContractBody) -> TakenRow:
        existing = self.taken["contract"].get(reference_key(body.reference))
        if existing is None:
            return self._open(body), True
        if existing not in self.before:  # one of those just taken
            self.store()
            self.before |= recorded(self.conn, [existing])
        before = self.before.get(existing)  # none of an archived one
        if before is None or not before.says(body):
            raise RecordedDifferently("contract", body.reference, existing)
        return load(self.conn, existing), False

    def store(self) -> None:
        store(self.conn, self.steps, RowSet(tables.billed_elsewhere, MARKED, self.marks))
        self.steps.clear()
        self.marks.clear()

    def _open(self, body: RunningContractBody) -> Dossier:
        today = tokyo_day(self.context.now)
        check_billed_until(body.billed_until, body.billing_starts_on, today, "/billed_until")
        self._refuse_taken("option", [body.option.reference] if body.option else [])
        self._refuse_taken("item_change", _changes_of(body))
        found = self._folded(body)
        contract_id, people = found.dossier.contract.id, personal_of(body)
        salt = secrets.token_hex(32)
        commitments = {row_id(contract_id, 1): commit_to(people, salt)}
        row = (contract_id, salt, dict(people), fold_people(people), customer_number(people))
        dossier, entries = found.dossier, list(found.entries)
        mark = mark_of(dossier, Month.parse(body.billed_until), self.context) if body.billed_until else None
        if mark is not None:
            dossier = mark.dossier
            entries.append(mark.entry)
            self.marks.append(mark.stored)
        step = chain_dossier(None, dossier, entries, commitments, row)
        self.steps.append(step)
        self.taken["contract"][reference_key(body.reference)] = contract_id
        self.taken["option"] |= {reference_key(option.reference): option.id for option in found.dossier.options}
        self.taken["item_change"] |= {
            reference_key(change.reference): change.id for change in found.dossier.item_changes
        }
        return step.in_dossier(dossier)

    def _folded(self, body: RunningContractBody) -> TakenOver:
        context, contract_id = self.context, f"c_{new_id(self.context)}"
        running = running_contract(body, contract_id, tokyo_day(context.now))
        recording = Recording(context.actor, context.now, body.reason or context.reason or REASON)
        entries = entries_of_running(
            contract_id, running, recording, lambda kind: f"{_LETTERS[kind]}_{new_id(context)}"
        )
        found = take_over(entries, context.now)
        ends = [entry for entry in found.entries if entry.act.actor == CLOCK and entry.event == "terminate"]
        if ends:
            refuse_held(self.conn, ends)
        return found

    def _refuse_taken(self, kind: str, references: Sequence[str]) -> None:
        for reference in references:
            if (existing := self.taken[kind].get(reference_key(reference))) is not None:
                raise Duplicate(kind, reference, existing)


def _changes_of(body: RunningContractBody) -> list[str]:
    return [f"{body.reference}-C{number}" for number in range(1, len(body.items))]


def _reaches(conn: Connection, asked: Sequence[RunningContractBody]) -> bool:
    """Whether any recorded outage may affect one of the contracts (R26)."""
    outage = tables.SUBJECTS["outage"].c
    if not asked:
        return False
    first = start_of(min(body.billing_starts_on for body in asked))
    later = or_(outage.recovered_at.is_(None), outage.recovered_at > first)
    return bool(conn.execute(select(func.count()).where(later, outage.state != "annulled")).scalar_one())


def _with_credits(
    conn: Connection, found: TakenRow | DomainError, context: CommandContext, outages: bool
) -> TakenRow | DomainError:
    """Return a new contract with the credits for the outages that affect it."""
    if isinstance(found, DomainError) or not found[1] or not outages:
        return found
    dossier = found[0]
    unborn: Any = dossier._replace(contract=dossier.contract.replace(accepted_on=None))
    return reached(conn, Executed(unborn, dossier), context).dossier, True
