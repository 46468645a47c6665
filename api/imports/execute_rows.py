"""The rows of a file as commands: applications and contracts taken over as one set, others in a savepoint each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from api.imports.faults import SecondPersonNeeded, TooManyEnds
from api.imports.file_kind import FileKind
from api.imports.row_commands import row_command
from api.imports.rows import ReadRow
from lifecycle.commands import applications, four_eyes
from lifecycle.commands.command import Call
from lifecycle.commands.context import CommandContext
from lifecycle.commands.contract_operations import Opened
from lifecycle.commands.operation import Operation
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.commands.take_over import take_over_all
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.errors import DomainError
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.records.mapping import load, owner_of


@dataclass(frozen=True, slots=True)
class ExecutedRow:
    """A row that was carried out, or was there already. dossier, subject_id: what it is about, as it now is."""

    new: bool
    dossier: Dossier
    subject_id: str


def execute_rows(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[ExecutedRow | Exception]:
    """For each row what it made, or why it was refused; what is refused leaves nothing behind."""
    match kind.name:
        case "applications":
            return _apply(conn, some, how)
        case "book":
            return _take_over(conn, some, service, how)
    return _each(conn, some, service, how)


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


def _each(
    conn: Connection, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[ExecutedRow | Exception]:
    for taken in some:
        savepoint = conn.begin_nested()
        try:
            done = _execute(conn, taken, service, how)
        except DomainError as error:
            savepoint.rollback()
            yield error
        else:
            savepoint.commit()
            yield done


def _execute(conn: Connection, taken: ReadRow, service: Service, how: CommandContext) -> ExecutedRow:
    command, before = row_command(conn, taken, how.actor)
    if before is not None:
        return ExecutedRow(False, before, command.subject)
    operation = OPERATIONS[command.operation]
    assert isinstance(operation, Operation)
    call = Call(service, conn, command, command.context(how.now))
    second_person = four_eyes.needs_second_person(call, operation)
    done: Any = operation.run(call)
    if second_person:  # after its rules, which may refuse it
        raise SecondPersonNeeded if service.four_eyes and operation.second_person else TooManyEnds
    if isinstance(done, Opened):
        return ExecutedRow(done.new, done.dossier, done.part_id)
    return ExecutedRow(True, load(conn, owner_of(conn, command.subject)), command.subject)
