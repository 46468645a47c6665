"""What the rows of a file ask of the desk: applications as one set, other rows in a savepoint each."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from api.imports.columns import FileKind
from api.imports.faults import TooManyEnds
from api.imports.rows import ReadRow
from lifecycle.commands import applications, four_eyes
from lifecycle.commands.command import Call, Command
from lifecycle.commands.context import CommandContext
from lifecycle.commands.operation import Operation
from lifecycle.commands.operations import OPERATIONS
from lifecycle.commands.service import Service
from lifecycle.errors import DomainError
from lifecycle.machines.dossier import Contract, Option
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.mapping import Unknown, load, owner_of


def execute_rows(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[bool | Exception]:
    """For each row whether it is new, or why it was refused; what is refused leaves nothing behind."""
    if kind.name == "applications":
        return _apply(conn, some, how)
    return _each(conn, kind, some, service, how)


def _apply(conn: Connection, some: Sequence[ReadRow], how: CommandContext) -> Iterator[bool | Exception]:
    bodies = [taken.body for taken in some if isinstance(taken.body, ContractApplicationBody)]
    received = applications.apply_all(conn, [(applications.Application.of(body), how) for body in bodies])
    return (one if isinstance(one, Exception) else one[1] for one in received)


def _each(
    conn: Connection, kind: FileKind, some: Sequence[ReadRow], service: Service, how: CommandContext
) -> Iterator[bool | Exception]:
    operation = OPERATIONS[kind.operation]
    assert isinstance(operation, Operation)
    for taken in some:
        savepoint = conn.begin_nested()
        try:
            command = _command(conn, kind, taken, how.actor)
            new = command is not None
            if command is not None:
                call = Call(service, conn, command, command.context(how.now))
                too_many = operation.ends and four_eyes.needs_second_person(call, operation)
                operation.run(call)
                if too_many:
                    raise TooManyEnds
        except DomainError as error:
            savepoint.rollback()
            yield error
        else:
            savepoint.commit()
            yield new


def _command(conn: Connection, kind: FileKind, taken: ReadRow, actor: str) -> Command | None:
    """What a row asks for, None where it is there already."""
    if isinstance(taken.body, NotifyCancellationBody):
        subject_id = _subject(conn, taken)
        there, month = _notified(conn, subject_id, taken.body), None
    else:
        assert isinstance(taken.body, MonthUsageBody)
        subject_id, month = _subject(conn, taken, "contract"), taken.outside["month"]
        there = _used(conn, subject_id, taken.body, month)
    if there:
        return None
    return Command(operation=kind.operation, actor=actor, subject_id=subject_id, part=month, body=taken.body)


def _notified(conn: Connection, subject_id: str, body: NotifyCancellationBody) -> bool:
    """A notice is there already where one of the same days stands, or stood and was taken back."""
    subject: Any = load(conn, owner_of(conn, subject_id), lock=True).subject(subject_id)
    assert isinstance(subject, Contract | Option)
    days = (body.arrived_on, body.chosen_on)
    return any((n.arrived_on, n.chosen_on) == days for n in subject.notices if n.by == "customer")


def _used(conn: Connection, contract_id: str, body: MonthUsageBody, month: str) -> bool:
    """Usage is there already where the month has the same figures; other figures correct it."""
    usages = load(conn, contract_id, lock=True).usages
    return any(u.month == month and all(getattr(u, m) == used for m, used in body.meters.items()) for u in usages)


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
