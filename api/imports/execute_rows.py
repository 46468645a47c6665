"""What the rows of a file ask of the desk: applications as one set, other rows in a savepoint each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from api.imports.application import application_of
from api.imports.columns import FileKind
from api.imports.faults import TooManyEnds
from api.imports.rows import ReadRow
from api.schemas.inputs.contracts import ContractApplication, NotifyCancellation
from api.schemas.inputs.parts import MonthUsage
from lifecycle.commands import applications, contracts, four_eyes, parts
from lifecycle.commands.context import CommandContext
from lifecycle.history.store import Overtaken
from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.mapping import Unknown, load, owner_of
from lifecycle.terms.annex1_fees import METERS
from lifecycle.terms.editions import NotInForce
from lifecycle.timers.fuse import Held


@dataclass(frozen=True, slots=True)
class ExecutedRow:
    """A row that was carried out, or was there already. dossier, subject_id: what it is about, as it now is."""

    new: bool
    dossier: Dossier
    subject_id: str


RowCommand = Callable[[Connection, ReadRow, CommandContext], ExecutedRow]


def execute_rows(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], order: CommandContext, ends_per_hour: int
) -> Iterator[ExecutedRow | Exception]:
    """For each row whether it is new, or why it was refused; what is refused leaves nothing behind."""
    match kind.name:
        case "applications":
            return _apply(conn, some, order)
        case "notices":
            most = ends_per_hour
            left = four_eyes.ends_left(conn, order.actor, order.now, most) if most else None
            return _each(conn, _notify, some, order, left)
    return _each(conn, _use, some, order)


def _apply(conn: Connection, some: Sequence[ReadRow], order: CommandContext) -> Iterator[ExecutedRow | Exception]:
    bodies = [taken.body for taken in some if isinstance(taken.body, ContractApplication)]
    received = applications.apply_all(conn, [(application_of(body), order) for body in bodies])
    for one in received:
        if isinstance(one, Exception):
            yield one
        else:
            dossier, new = one
            yield ExecutedRow(new, dossier, dossier.contract.id)


def _each(
    conn: Connection, run: RowCommand, some: Sequence[ReadRow], order: CommandContext, left: int | None = None
) -> Iterator[ExecutedRow | Exception]:
    """left: how many may be new, None where as many as like."""
    for taken in some:
        savepoint = conn.begin_nested()
        try:
            done = run(conn, taken, order)
            if done.new and left is not None:
                if left <= 0:
                    raise TooManyEnds
                left -= 1
        except (Refused, NotPossible, NotInForce, Unknown, Held, Overtaken, TooManyEnds) as error:
            savepoint.rollback()
            yield error
        else:
            savepoint.commit()
            yield done


def _notify(conn: Connection, taken: ReadRow, order: CommandContext) -> ExecutedRow:
    """A notice is there already where one of the same days stands, or stood and was taken back."""
    body, subject_id = taken.body, _subject(conn, taken)
    assert isinstance(body, NotifyCancellation)
    before = load(conn, owner_of(conn, subject_id), lock=True)
    subject: Any = before.subject(subject_id)
    assert isinstance(subject, Contract | Option)
    days = (body.arrived_on, body.chosen_on)
    if any((n.arrived_on, n.chosen_on) == days for n in subject.notices if n.by == "customer"):
        return ExecutedRow(False, before, subject_id)
    order = CommandContext(order.actor, order.now, body.reason)
    after = contracts.notify_cancellation(conn, subject_id, order, body.arrived, body.chosen_on)
    return ExecutedRow(True, after, subject_id)


def _use(conn: Connection, taken: ReadRow, order: CommandContext) -> ExecutedRow:
    """Usage is there already where the month has the same figures; other figures correct it."""
    body, month = taken.body, taken.outside["month"]
    assert isinstance(body, MonthUsage)
    contract_id = _subject(conn, taken, "contract")
    dossier = load(conn, contract_id, lock=True)
    meters = body.model_dump()
    for usage in dossier.usages:
        if usage.month == month and all(getattr(usage, meter) == meters[meter] for meter in METERS):
            return ExecutedRow(False, dossier, contract_id)
    after, _ = parts.record_usage(conn, contract_id, order, month, meters)
    return ExecutedRow(True, after, contract_id)


_NAMED = {
    kind: tuple(
        select(table.c.id).where(column == bindparam("named")) for column in (table.c.reference, table.c.id)
    )
    for kind, table in tables.SUBJECTS.items()
    if "reference" in table.c
}


def _subject(conn: Connection, taken: ReadRow, *kinds: str) -> str:
    """The id of the contract, or option, that a row names by reference or id. Raises Unknown."""
    named = taken.outside["contract"].strip()
    for kind in kinds or ("contract", "option"):
        for statement in _NAMED[kind]:
            for (found,) in fetch_tuples(conn, statement, {"named": named}):
                return str(found)
    raise Unknown("contract", named)
