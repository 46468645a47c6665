"""Claims due rows and reads the fields that their step needs; rows that another transaction has locked are skipped
(R3, R15).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, Text, and_, bindparam, case, cast, func, select, type_coerce
from sqlalchemy.types import NullType

from lifecycle.machines.table import event_of
from lifecycle.machines.unread import STANDING
from lifecycle.records import tables
from lifecycle.records.compiled import undecoded
from lifecycle.records.engine import is_sqlite
from lifecycle.timers.due import DueGroup, inline_literal, may_fire

OWN = f"c_{token_hex(13)}"  # a placeholder for the contract's id that occurs in no text
_OF_SHAPE = ("due_event", "state", "version", "seq", "rulings_said")
_parked = tables.parked.c


class Claim(NamedTuple):
    """A due row, locked until the transaction ends. attempts: the number of failed attempts, None if there were
    none.

    head_hash, shape: on request, of a contract: the hash of its newest history row, and everything that its event
    reads as one text, with OWN in place of its id; None if its step may read more. fields: on request, the columns
    in the order of `fields_of`.
    """

    subject_id: str
    contract_id: str
    event: str
    attempts: int | None
    head_hash: str | None = None
    shape: str | None = None
    fields: Sequence[Any] | None = None


def claim_due(
    conn: Connection,
    due: DueGroup,
    now: datetime,
    after: str,
    upto: str | None,
    limit: int,
    *,
    shapes: bool = False,
    fields: bool = False,
) -> list[Claim]:
    """Claim due rows with ids in (after, upto], in the order of id, and lock the rows of their contracts.

    shapes: read shapes, too. fields: read fields, too.
    """
    shapes, fields = shapes and bool(reads_of(due)), fields and bool(reads_of(due))
    statement = _claiming(due.kind, due.events, upto is not None, shapes, fields, is_sqlite(conn))
    events = due.events if len(due.events) > 1 else due.events[0]
    values = {"at": due.at, "now": now, "after": after, "upto": upto, "limit": limit, "events": events}
    if upto is None:
        del values["upto"]
    found = conn.execute(statement, values).all()
    if not fields:
        return [Claim(*row) for row in found]
    return [
        Claim(row[0], row[1], row[2], row[3], row[4], row[5] or None, None if row[5] is None else row[6:])
        for row in found
    ]


def fields_of(due: DueGroup) -> tuple[str, ...]:
    """Return the columns that the step of a due contract reads."""
    return _fields_of(due.kind, due.events)


def reads_of(due: DueGroup) -> tuple[str, ...]:
    """Return the columns that determine the shape of a due contract; none if contracts of this group are always
    stepped separately.
    """
    return _reads_of(due.kind, due.events)


@cache
def _reads_of(kind: str, events: tuple[str, ...]) -> tuple[str, ...]:
    if kind != "contract":
        return ()
    found = dict.fromkeys(name for event in events for name in _reads(event) or ())
    return (*_OF_SHAPE, *found) if found else ()


def _reads(event: str) -> tuple[str, ...] | None:
    clock = event_of("contract", event).clock
    return None if clock is None else clock.reads


@cache
def _fields_of(kind: str, events: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*STANDING, *_reads_of(kind, events))))


@cache
def _claiming(
    kind: str, events: tuple[str, ...], bounded: bool, shapes: bool, fields: bool, sqlite: bool
) -> Select[Any]:
    table = tables.SUBJECTS[kind]
    event, at = table.c.due_event, table.c.due_at
    same = and_(_parked.event == event, _parked.due_at == at)
    attempts = case((_parked.subject_id.is_(None), None), (same, _parked.attempts), else_=0)
    source: Any = table.outerjoin(tables.parked, _parked.subject_id == table.c.id)
    locked: Sequence[Table] = [table]
    contract_id = table.c.id
    if kind != "contract":
        source = source.join(tables.contract, tables.contract.c.id == table.c.contract_id)
        locked, contract_id = [table, tables.contract], table.c.contract_id
    which = event.in_(bindparam("events", expanding=True)) if len(events) > 1 else event == bindparam("events")
    statement = (
        select(table.c.id, contract_id.label("contract_id"), event, attempts.label("attempts"))
        .select_from(source)
        .where(which, at == bindparam("at", type_=at.type), table.c.id > bindparam("after"), may_fire(table))
        .order_by(table.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True, of=locked)
    )
    if shapes or fields:
        columns = [type_coerce(table.c[name], NullType()) for name in _reads_of(kind, events)]
        text = func.json_array(*columns) if sqlite else cast(func.row(*columns), Text)
        known = event.in_([inline_literal(one) for one in events if _reads(one) is not None])
        alone = and_(known, table.c.part_kinds == 0, table.c.head_hash.is_not(None), _parked.subject_id.is_(None))
        shape = func.replace(text, table.c.id, inline_literal(OWN)) if shapes else inline_literal("")
        statement = statement.add_columns(table.c.head_hash, case((alone, shape), else_=None).label("shape"))
    if fields:
        statement = statement.add_columns(*[undecoded(table.c[name]) for name in _fields_of(kind, events)])
    return statement.where(table.c.id <= bindparam("upto")) if bounded else statement
