"""Executes the rows of a file as commands, read and stored together; a row that cannot be batched runs in its own
savepoint.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from api.imports.faults import SecondPersonNeeded, TooManyInHour
from api.imports.file_kind import FileKind
from api.imports.row_commands import OPENS, named_in, row_command, subjects_named
from api.imports.rows import ReadRow
from lifecycle.commands import applications, four_eyes
from lifecycle.commands.book import locked
from lifecycle.commands.command import Call, CommandContext
from lifecycle.commands.contract_operations import Opened
from lifecycle.commands.execute import ClockWrong, dates_itself, wrong_clock
from lifecycle.commands.operation import Operation
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.commands.take_over import take_over_all
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.commands.together import CannotWait, Together
from lifecycle.errors import DomainError
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.records.mapping import owners_of


@dataclass(frozen=True, slots=True)
class ExecutedRow:
    """A row that was executed or already existed. dossier, subject_id: its subject as it is now."""

    new: bool
    dossier: Dossier
    subject_id: str


def execute_rows(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[ExecutedRow | Exception]:
    """Return the result of each row or its refusal; a refused row leaves no changes."""
    trouble = wrong_clock(service, conn)
    dated = [trouble is None or _dates_itself(kind, taken) for taken in some]
    done = _executed(conn, kind, [taken for taken, has in zip(some, dated, strict=True) if has], service, how)
    return (next(done) if has else ClockWrong(str(trouble)) for has in dated)


def _dates_itself(kind: FileKind, taken: ReadRow) -> bool:
    """Whether a row states all its days. The year of a day without one is guessed by the clock."""
    return dates_itself(kind.operation, taken.body) and not any(read.guessed for read in taken.days)


def _executed(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[ExecutedRow | Exception]:
    match kind.name:
        case "applications":
            return _apply(conn, some, how)
        case "book":
            return _take_over(conn, some, service, how)
    return iter(_Rows(conn, some, service, how).executed())


def _apply(conn: Connection, some: Sequence[ReadRow], how: CommandContext) -> Iterator[ExecutedRow | Exception]:
    bodies = [taken.body for taken in some if isinstance(taken.body, ContractApplicationBody)]
    received = applications.apply_all(conn, [(applications.Application.of(body), how) for body in bodies])
    return map(_of_contract, received)


def _take_over(
    conn: Connection, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[ExecutedRow | Exception]:
    if service.four_eyes:  # as of each acceptance that is entered by hand
        return (SecondPersonNeeded() for _ in some)
    bodies = [taken.body for taken in some if isinstance(taken.body, RunningContractBody)]
    return map(_of_contract, take_over_all(conn, bodies, how))


def _of_contract(found: tuple[Dossier, bool] | Exception) -> ExecutedRow | Exception:
    if isinstance(found, Exception):
        return found
    dossier, new = found
    return ExecutedRow(new, dossier, dossier.contract.id)


def _reference_of(taken: ReadRow) -> str | None:
    """The reference of the part that a row opens, if it opens one."""
    return getattr(taken.body, "reference", None)


class _Rows:
    """Rows of one kind about existing contracts. named: their subjects; owners: the contract of each."""

    def __init__(self, conn: Connection, some: Sequence[ReadRow], service: Service, how: CommandContext) -> None:
        self.conn, self.some, self.service, self.how = conn, some, service, how
        self.together = Together(conn)
        self.named = subjects_named(conn, some)
        self.owners = owners_of(conn, [one for one in self.named.values() if isinstance(one, str)])
        self.together.read(self.owners.values())
        if some and (opens := OPENS.get(type(some[0].body))) is not None:
            self.together.look_up(opens, filter(None, map(_reference_of, some)))

    def executed(self) -> list[ExecutedRow | Exception]:
        """Return the result of each row or its refusal."""
        found = list(map(self._execute, self.some))
        self.together.store()
        return found

    def _execute(self, taken: ReadRow) -> ExecutedRow | Exception:
        subject_id = self.named[named_in(taken)]
        if isinstance(subject_id, DomainError):
            return subject_id
        contract_id = self.owners[subject_id]
        self.together.turn_to(contract_id, _reference_of(taken))
        try:
            return self._run(taken, subject_id, self.together)
        except DomainError as error:
            self.together.undo()
            return error
        except CannotWait:
            self.together.undo()
            self.together.store()
        return self._alone(taken, subject_id)

    def _alone(self, taken: ReadRow, subject_id: str) -> ExecutedRow | Exception:
        savepoint = self.conn.begin_nested()
        try:
            done = self._run(taken, subject_id, None)
        except DomainError as error:
            savepoint.rollback()
            return error
        savepoint.commit()
        self.together.forget(self.owners[subject_id], _reference_of(taken))
        return done

    def _run(self, taken: ReadRow, subject_id: str, together: Together | None) -> ExecutedRow:
        conn, contract_id = self.conn, self.owners[subject_id]
        how = replace(self.how, together=together)
        command, there = row_command(taken, subject_id, locked(conn, contract_id, how), how.actor)
        if there is not None:
            return ExecutedRow(False, there, command.subject)
        operation = OPERATIONS[command.operation]
        assert isinstance(operation, Operation)
        call = Call(self.service, conn, command, replace(command.context(how.now), together=together))
        if self.service.proposals_possible and operation.counts_as(command.body):
            self.together.store()  # those before it are counted
        second_person = four_eyes.needs_second_person(call, operation)
        done: Any = operation.run(call)
        if second_person:  # after its rules, which may refuse it
            raise SecondPersonNeeded if self.service.four_eyes and operation.second_person else TooManyInHour
        if isinstance(done, Opened):
            return ExecutedRow(done.new, done.dossier, done.part_id)
        return ExecutedRow(True, locked(conn, contract_id, how), command.subject)
