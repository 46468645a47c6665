"""Executes the rows of a file as commands in batches, either every correct row or all or none; shows effects."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from api.imports.columns import Column, FileKind, recognised, samples_in
from api.imports.execute_rows import ExecutedRow, execute_rows
from api.imports.faults import faults_of
from api.imports.messages import sentence
from api.imports.row_commands import contract_named
from api.imports.rows import ReadRow, RowEffect, RowFault, RowReader
from lifecycle.commands.acceptance_body import AcceptanceBody
from lifecycle.commands.command import CommandContext
from lifecycle.commands.service import ClockTrouble, Service
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.errors import Unknown
from lifecycle.machines.dossier import Contract, Option
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.queries.charges import statement
from lifecycle.records.engine import reading
from lifecycle.sheets.reading import Sheet
from lifecycle.terms.calendar import Month, end_of, tokyo_day
from lifecycle.timers.ahead import tuned_for_batches

BATCH = 200  # rows of one transaction: short, so that other writers do not wait long
TRIES = 3
ImportProgress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import. dry_run: nothing is stored; whole: all rows or none; ignored: headings to ignore.
    ends_per_hour: hourly limit of cancellation notices and company ends of the actor, beyond which rows are
    refused; 0: no limit. acceptances_per_hour: the same for acceptances. clock_trouble: as in Service. four_eyes:
    rows that need a second person are refused.
    """

    actor: str
    now: datetime
    dry_run: bool = False
    whole: bool = False
    ends_per_hour: int = 0
    four_eyes: bool = False
    ignored: Set[str] = frozenset()
    acceptances_per_hour: int = 0
    clock_trouble: ClockTrouble | None = None

    def service(self, engine: Engine) -> Service:
        """The service layer that executes the rows."""
        return Service(
            engine, lambda: self.now, wall=lambda: self.now, ends_per_hour=self.ends_per_hour,
            four_eyes=self.four_eyes, acceptances_per_hour=self.acceptances_per_hour,
            clock_trouble=self.clock_trouble,
        )  # fmt: skip


@dataclass(slots=True)
class ImportResult:
    """The result of a file. stored: whether anything was stored; new, there: numbers of new and already existing
    rows. samples: the row numbers of the template's own sample, which were skipped.
    """

    kind: FileKind
    columns: Sequence[Column | None]
    rows: Sequence[ReadRow]
    stored: bool = False
    new: int = 0
    there: int = 0
    samples: Sequence[int] = ()

    @property
    def wrong(self) -> list[ReadRow]:
        """The refused rows, in the order of the file."""
        return [taken for taken in self.rows if taken.faults]

    @property
    def too_many_in_hour(self) -> bool:
        """Whether rows were refused because of an hourly limit."""
        return any(fault.said == sentence("too_many_in_hour") for taken in self.wrong for fault in taken.faults)


@dataclass(slots=True)
class _BatchResult:
    new: int = 0
    there: int = 0
    faults: list[tuple[ReadRow, RowFault]] = field(default_factory=list)


class _RollBack(Exception):
    """Rolls back a transaction on purpose."""


def import_file(
    engine: Engine, sheet: Sheet, how: ImportOptions, progress: ImportProgress = lambda rows: None
) -> ImportResult:
    """Import every correct row, by default in transactions of some rows each.

    Rows that were imported before are skipped, so a file can be imported again after an interruption. Raises
    Headings; an error of the database stops the import, and committed rows stay.
    """
    kind, columns = recognised(sheet.headings.cells, how.ignored)
    reader = RowReader(kind, columns, tokyo_day(how.now))
    samples = samples_in(kind, columns, sheet.rows)
    with tuned_for_batches():
        rows = [reader.read(row) for row in sheet.rows if row.number not in samples]
    found = ImportResult(kind, columns, rows, samples=sorted(samples))
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


def _rehearse(
    engine: Engine, found: ImportResult, right: Sequence[ReadRow], how: ImportOptions, progress: ImportProgress
) -> None:
    """Roll back each batch, so that other writers can work in between; rows about the same subject are in the same
    batch.
    """
    with reading(engine) as conn:
        names = [_named(conn, taken) for taken in right]
    number = Counter(name for those in names for name in those)
    alone, together = list[ReadRow](), list[ReadRow]()
    for taken, those in zip(right, names, strict=True):
        (alone if all(number[name] == 1 for name in those) else together).append(taken)
    for some in filter(None, (*_batches(alone), together)):
        with engine.connect() as conn, conn.begin() as transaction:
            _keep(found, _carried(conn, found, some, how))
            transaction.rollback()
        progress(len(some))


def _named(conn: Connection, taken: ReadRow) -> Sequence[tuple[str | None, ...]]:
    """Return what a row is about: its own references, or a contract, in one month if it has one."""
    body = taken.body
    if isinstance(body, ContractApplicationBody):
        return [("contract", body.reference), *(("option", one.reference) for one in body.options)]
    if isinstance(body, RunningContractBody):
        return [("contract", body.reference), *([("option", body.option.reference)] if body.option else [])]
    if isinstance(body, AcceptanceBody):  # which may rest on that of the contract
        with suppress(Unknown):
            return [(contract_named(conn, taken), None)]
    return [(taken.outside["contract"].strip(), taken.outside.get("month"))]


def _in_one(
    engine: Engine, found: ImportResult, right: Sequence[ReadRow], how: ImportOptions, progress: ImportProgress
) -> None:
    """Run one transaction, and commit it if nothing is wrong."""
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


def _retried(engine: Engine, found: ImportResult, some: Sequence[ReadRow], how: ImportOptions) -> _BatchResult:
    """Run one batch, and retry it if another request has used a reference at the same moment."""
    for attempt in range(TRIES):
        try:
            with engine.connect() as conn, conn.begin():
                return _carried(conn, found, some, how)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _batches(rows: Sequence[ReadRow]) -> Iterator[Sequence[ReadRow]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _keep(found: ImportResult, batch: _BatchResult) -> None:
    found.new, found.there = found.new + batch.new, found.there + batch.there
    for taken, fault in batch.faults:
        taken.faults.append(fault)


def _carried(conn: Connection, found: ImportResult, some: Sequence[ReadRow], how: ImportOptions) -> _BatchResult:
    batch = _BatchResult()
    with tuned_for_batches():  # in batches, for what is refused leaves cycles behind
        done = [
            *execute_rows(conn, found.kind, some, how.service(conn.engine), CommandContext(how.actor, how.now))
        ]
    for taken, one in zip(some, done, strict=True):
        if isinstance(one, Exception):
            batch.faults += [(taken, fault) for fault in faults_of(one, found.columns)]
            continue
        batch.new, batch.there = batch.new + one.new, batch.there + (not one.new)
        if how.dry_run and one.new:
            taken.effect = effect_of(taken, one, how.now)
    return batch


def effect_of(taken: ReadRow, done: ExecutedRow, now: datetime) -> RowEffect:
    """Return the state and the end of the row's subject, and the total of the month that it changes, in yen.

    That month is the month of the usage, or the last month of a contract that ends.
    """
    subject = done.dossier.subject(done.subject_id)
    ends_on = subject.effective_on if isinstance(subject, Contract | Option) else None
    month = taken.outside.get("month") or (str(Month.of(ends_on)) if ends_on else None)
    yen = statement(done.dossier, Month.parse(month))["total_yen"] if month else None
    at_once = ends_on is not None and end_of(ends_on) <= now
    return RowEffect(subject.state, ends_on, month, yen, at_once)
