"""Carries out the rows of a file through the desk's commands, in batches, each row by itself or all or none."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.exc import IntegrityError

from api.inputs import ContractApplication, NotifyCancellation
from api.inputs_parts import MonthUsage
from api.intake.application import application_of
from api.intake.columns import Column, Kind, recognised
from api.intake.faults import TooManyEnds, faults_of
from api.intake.rows import Fault, Taken, take
from api.intake.said import said
from lifecycle.desk import applications, approvals, commands, parts
from lifecycle.desk.fuse import Held
from lifecycle.desk.order import Order
from lifecycle.desk.write import Overtaken
from lifecycle.machines.check import Refused
from lifecycle.machines.facts import Contract, Option
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown, load, owner_of
from lifecycle.records.raw import run as run_once
from lifecycle.sheets.reading import Sheet
from lifecycle.terms.annex1_fees import METERS
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import NotInForce

BATCH = 200  # rows of one transaction: short enough that nobody waits long for the database
TRIES = 3
Progress = Callable[[int], object]
Command = Callable[[Connection, Taken, Order], bool]


@dataclass(frozen=True, slots=True)
class How:
    """How a file is taken. dry_run: nothing is stored; whole: all rows or none.

    ends_per_hour: cancellation notices and company's ends of the actor, beyond which no row is taken; 0: no bound.
    """

    actor: str
    now: datetime
    dry_run: bool = False
    whole: bool = False
    ends_per_hour: int = 0


@dataclass(slots=True)
class Outcome:
    """What became of a file's rows. stored: whether anything was kept; new, there: how many rows of each."""

    kind: Kind
    columns: Sequence[Column | None]
    rows: Sequence[Taken]
    stored: bool = False
    new: int = 0
    there: int = 0

    @property
    def wrong(self) -> list[Taken]:
        """The rows that were not taken, in the order of the file."""
        return [taken for taken in self.rows if taken.faults]

    @property
    def too_many_ends(self) -> bool:
        """Whether rows were left because somebody has entered as many ends as they may in an hour."""
        return any(fault.said == said("too_many_ends") for taken in self.wrong for fault in taken.faults)


@dataclass(slots=True)
class _Batch:
    new: int = 0
    there: int = 0
    faults: list[tuple[Taken, Fault]] = field(default_factory=list)


class _RollBack(Exception):
    """Ends a transaction that is not to be kept."""


def run(engine: Engine, sheet: Sheet, how: How, progress: Progress = lambda rows: None) -> Outcome:
    """Takes a file: every row that is right and, unless told otherwise, in a transaction of some rows each.

    A row that was taken before is there already, so a file may be taken again after a break.
    Raises Headings; what the database raises ends it, and what was committed stays.
    """
    kind, columns = recognised(sheet.headings.cells)
    today = tokyo_day(how.now)
    found = Outcome(kind, columns, [take(kind, columns, row, today) for row in sheet.rows])
    right = [taken for taken in found.rows if taken.body is not None]
    progress(len(found.rows) - len(right))
    if how.dry_run or how.whole:
        (_rehearse if how.dry_run else _in_one)(engine, found, right, how, progress)
        return found
    for some in _batches(right):
        _keep(found, _retried(engine, found, some, how))
        progress(len(some))
    found.stored = found.new > 0
    return found


def _rehearse(engine: Engine, found: Outcome, right: Sequence[Taken], how: How, progress: Progress) -> None:
    """Nothing is kept of any batch, so that others write between them; rows about one thing are in the same."""
    named = Counter(name for taken in right for name in _named(taken))
    alone, together = list[Taken](), list[Taken]()
    for taken in right:
        (alone if all(named[name] == 1 for name in _named(taken)) else together).append(taken)
    for some in filter(None, (*_batches(alone), together)):
        with engine.connect() as conn, conn.begin() as transaction:
            _keep(found, _carried(conn, found, some, how))
            transaction.rollback()
        progress(len(some))


def _named(taken: Taken) -> Sequence[tuple[str | None, ...]]:
    """What a row is about: references of its own, or a contract, in one month where it is of one."""
    if isinstance(taken.body, ContractApplication):
        return [("contract", taken.body.reference), *(("option", one.reference) for one in taken.body.options)]
    return [(taken.outside["contract"].strip(), taken.outside.get("month"))]


def _in_one(engine: Engine, found: Outcome, right: Sequence[Taken], how: How, progress: Progress) -> None:
    """One transaction, kept where nothing is wrong."""
    try:
        with engine.connect() as conn, conn.begin():
            for some in _batches(right):
                _keep(found, _carried(conn, found, some, how))
                progress(len(some))
            if found.wrong:
                raise _RollBack
    except _RollBack:
        found.new = 0
        return
    found.stored = found.new > 0


def _retried(engine: Engine, found: Outcome, some: Sequence[Taken], how: How) -> _Batch:
    """One batch, anew where somebody else was quicker with a reference."""
    for attempt in range(TRIES):
        try:
            with engine.connect() as conn, conn.begin():
                return _carried(conn, found, some, how)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _batches(rows: Sequence[Taken]) -> Iterator[Sequence[Taken]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _keep(found: Outcome, batch: _Batch) -> None:
    found.new, found.there = found.new + batch.new, found.there + batch.there
    for taken, fault in batch.faults:
        taken.faults.append(fault)


def _carried(conn: Connection, found: Outcome, some: Sequence[Taken], how: How) -> _Batch:
    """Applications as one set, other rows in a savepoint each: what is refused leaves nothing behind."""
    batch, order = _Batch(), Order(how.actor, how.now)
    match found.kind.name:
        case "applications":
            done = _apply(conn, some, order)
        case "notices":
            most = how.ends_per_hour
            left = approvals.ends_left(conn, how.actor, how.now, most) if most else None
            done = _each(conn, _notify, some, order, left)
        case _:
            done = _each(conn, _use, some, order)
    for taken, new in zip(some, done, strict=True):
        if isinstance(new, Exception):
            batch.faults += [(taken, fault) for fault in faults_of(new, found.columns)]
        else:
            batch.new, batch.there = batch.new + new, batch.there + (not new)
    return batch


def _apply(conn: Connection, some: Sequence[Taken], order: Order) -> Iterator[bool | Exception]:
    bodies = [taken.body for taken in some if isinstance(taken.body, ContractApplication)]
    received = applications.apply_all(conn, [(application_of(body), order) for body in bodies])
    return (one if isinstance(one, Exception) else one[1] for one in received)


def _each(
    conn: Connection, run: Command, some: Sequence[Taken], order: Order, left: int | None = None
) -> Iterator[bool | Exception]:
    """left: how many may be new, None where as many as like."""
    for taken in some:
        savepoint = conn.begin_nested()
        try:
            new = run(conn, taken, order)
            if new and left is not None:
                if left <= 0:
                    raise TooManyEnds
                left -= 1
        except (Refused, NotPossible, NotInForce, Unknown, Held, Overtaken, TooManyEnds) as error:
            savepoint.rollback()
            yield error
        else:
            savepoint.commit()
            yield new


def _notify(conn: Connection, taken: Taken, order: Order) -> bool:
    """A notice is there already where one of the same days stands, or stood and was taken back."""
    body, subject_id = taken.body, _subject(conn, taken)
    assert isinstance(body, NotifyCancellation)
    subject: Any = load(conn, owner_of(conn, subject_id), lock=True).subject(subject_id)
    assert isinstance(subject, Contract | Option)
    days = (body.arrived_on, body.chosen_on)
    if any((n.arrived_on, n.chosen_on) == days for n in subject.notices if n.by == "customer"):
        return False
    order = Order(order.actor, order.now, body.reason)
    commands.notify_cancellation(conn, subject_id, order, body.arrived, body.chosen_on)
    return True


def _use(conn: Connection, taken: Taken, order: Order) -> bool:
    """Usage is there already where the month has the same figures; other figures correct it."""
    body, month = taken.body, taken.outside["month"]
    assert isinstance(body, MonthUsage)
    contract_id = _subject(conn, taken, "contract")
    dossier = load(conn, contract_id, lock=True)
    meters = body.model_dump()
    for usage in dossier.usages:
        if usage.month == month and all(getattr(usage, meter) == meters[meter] for meter in METERS):
            return False
    parts.record_usage(conn, contract_id, order, month, meters)
    return True


_NAMED = {
    kind: tuple(
        select(table.c.id).where(column == bindparam("named")) for column in (table.c.reference, table.c.id)
    )
    for kind, table in tables.SUBJECTS.items()
    if "reference" in table.c
}


def _subject(conn: Connection, taken: Taken, *kinds: str) -> str:
    """The id of the contract, or option, that a row names by reference or id. Raises Unknown."""
    named = taken.outside["contract"].strip()
    for kind in kinds or ("contract", "option"):
        for statement in _NAMED[kind]:
            found = run_once(conn, statement, {"named": named}).one_or_none()
            if found is not None:
                return str(found[0])
    raise Unknown("contract", named)
