"""The months that were billed elsewhere: set, and moved by a correction (R35, R41)."""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert

from lifecycle.commands.command import CommandContext
from lifecycle.commands.statements import stateless_act
from lifecycle.errors import DomainError, Malformed
from lifecycle.history.store import ChainedStep, chain_dossier, store, store_step
from lifecycle.machines.dossier import FINAL, Dossier
from lifecycle.machines.stateless_rows import MARK, MarkedFacts, stateless_row
from lifecycle.machines.step import Entry
from lifecycle.queries.adjustments import amounts_up_to
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.records import tables
from lifecycle.records.keeping import archive_of
from lifecycle.records.mapping import load_many
from lifecycle.records.row_sets import RowSet, RowValues
from lifecycle.terms.calendar import Month, tokyo_day

MARKED = ("contract_id", "until", "lines", "recorded_at", "recorded_by")


class IssuedHere(DomainError):
    """This service has issued a month that is said to have been billed elsewhere."""

    kind, title = "not-correctable", "This row cannot be put right"

    def __init__(self, month: Month) -> None:
        super().__init__(f"The statement of {month} was issued here: it was not billed elsewhere.")


def check_billed_until(until: str | None, starts_on: date | None, today: date, pointer: str) -> None:
    """Raise Malformed if the last month billed elsewhere is missing or in the future."""
    this = Month.of(today)
    if until is not None and until > str(this):
        raise Malformed([(pointer, "lies in the future")])
    if until is None and starts_on is not None and starts_on < this.first:
        raise Malformed([(pointer, "is required: billing began before this month")])


class Mark(NamedTuple):
    """A mark that is being set: the contract with its row, the row of its history, columns as in MARKED."""

    dossier: Dossier
    entry: Entry
    stored: RowValues


def mark_of(dossier: Dossier, until: Month, context: CommandContext) -> Mark | None:
    """Build the mark of a contract to which nothing was sent yet; None if it was accepted after that month."""
    contract_id, accepted_on = dossier.contract.id, dossier.contract.accepted_on
    if accepted_on is None or Month.of(accepted_on) > until:
        return None
    amounts = sorted(amounts_up_to(dossier, until).items())
    lines = _as_json([str(month), kind, subject_id, yen] for (month, kind, subject_id), yen in amounts)
    marked, entry = _row(dossier, str(until), lines, context)
    return Mark(marked, entry, (contract_id, str(until), lines, context.now, context.actor))


def mark_billed_elsewhere(
    conn: Connection, contract_ids: Sequence[str], until: Month, context: CommandContext
) -> int:
    """Mark the months up to one as billed elsewhere, with their present amounts (R41); return how many contracts.

    Contracts that are already marked, have an issued statement, or are archived do not change.
    """
    dossiers = load_many(conn, contract_ids, lock=True)
    known, marks, steps = sent_to(conn, contract_ids), list[RowValues](), list[ChainedStep]()
    for contract_id, dossier in dossiers.items():
        sent = known.get(contract_id, NOTHING_SENT)
        gone = dossier.contract.state in FINAL and archive_of(conn, contract_id) is not None
        mark = None if sent.issued or sent.marks or gone else mark_of(dossier, until, context)
        if mark is not None:
            marks.append(mark.stored)
            steps.append(chain_dossier(dossier, mark.dossier, (mark.entry,)))
    store(conn, steps, RowSet(tables.billed_elsewhere, MARKED, marks))
    return len(marks)


def move_billed_elsewhere(conn: Connection, dossier: Dossier, entry_id: str, context: CommandContext) -> Dossier:
    """Move the mark to the month of the corrected application; the former one stays on record.

    Returns the contract. A month that stays marked keeps its amounts; a newly marked month has its present ones.
    entry_id: of the correction. Raises Malformed, IssuedHere.
    """
    contract = dossier.contract
    check_billed_until(
        contract.billed_until, contract.billing_starts_on, tokyo_day(context.now), "/facts/billed_until"
    )
    sent = sent_to(conn, [contract.id]).get(contract.id, NOTHING_SENT)
    until = Month.parse(contract.billed_until) if contract.billed_until is not None else None
    lines: list[list[Any]] = []
    if until is not None:
        if issued := [month for month in sent.issued if month <= until]:
            raise IssuedHere(min(issued))
        former = sent.elsewhere.until if sent.elsewhere is not None else None
        if sent.elsewhere is not None:
            lines = [[*map(str, about), yen] for about, yen in sent.elsewhere.amounts if about.month <= until]
        now = sorted(amounts_up_to(dossier, until).items())
        lines += [[*map(str, about), yen] for about, yen in now if former is None or about.month > former]
    said, moved = str(until) if until is not None else None, _as_json(lines)
    row = {
        "entry_id": entry_id, "contract_id": contract.id, "until": said, "lines": moved,
        "recorded_at": context.now, "recorded_by": context.actor,
    }  # fmt: skip
    conn.execute(insert(tables.billed_elsewhere_moved).values(row))
    marked, entry = _row(dossier, said, moved, context)
    return store_step(conn, dossier, marked, (entry,))


def _row(dossier: Dossier, until: str | None, lines: str, context: CommandContext) -> tuple[Dossier, Entry]:
    facts = MarkedFacts(until=until, sha256=sha256(lines.encode()).hexdigest())
    return stateless_row(dossier, stateless_act(MARK, dossier.contract.id, facts, context))


def _as_json(lines: Iterable[Sequence[Any]]) -> str:
    return orjson.dumps(list(lines)).decode()
