"""The desk's commands on what hangs on a contract: item changes, measures, usage.

As all commands: in the caller's transaction, raising Unknown, Stale, NotPossible, Refused and Overtaken.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from lifecycle.commands.applications import Duplicate
from lifecycle.commands.context import CommandContext, Stale, When, new_id
from lifecycle.commands.execute import catch_up, execute_event
from lifecycle.history.store import write
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.open import open_part
from lifecycle.machines.parts import ItemChange, Measure, Usage
from lifecycle.machines.step import Act
from lifecycle.records import tables
from lifecycle.records.mapping import load, owner_of
from lifecycle.timers.fuse import refuse_held


def apply_for_item_change(
    conn: Connection, contract_id: str, context: CommandContext, item: str, reference: str, received: When
) -> tuple[Dossier, str, bool]:
    """Receives an application for another item: the dossier, the change's id, whether it is new (Art. 7).

    The identical application again gives the change that is there. Raises Duplicate for another one.
    """
    table = tables.SUBJECTS["item_change"].c
    found = conn.execute(
        select(table.id, table.contract_id, table.item).where(table.reference == reference)
    ).one_or_none()
    if found is not None:
        if (found.contract_id, found.item) != (contract_id, item):
            raise Duplicate("item_change", reference, found.id)
        return load(conn, contract_id), found.id, False
    change = ItemChange(
        id=f"i_{new_id(context)}", state="applied", contract_id=contract_id, reference=reference, item=item,
        received_on=received.day(context.now),
    )  # fmt: skip
    facts = {"contract_id": contract_id, "reference": reference, "item": item, "received_on": change.received_on}
    dossier = _open(conn, change, "apply", facts, context, received.instant(context.now))
    return dossier, change.id, True


def accept_item_change(
    conn: Connection,
    change_id: str,
    context: CommandContext,
    accepted: When,
    effective_on: date,
    fee_yen: int | None,
) -> Dossier:
    """Accepts a change for a day, with the one-off fee as agreed, or None where none was set (R19, R22)."""
    at = accepted.instant(context.now)
    given = {
        "accepted_on": accepted.day(context.now),
        "effective_on": effective_on,
        "fee_yen": fee_yen,
        "at": at,
    }
    return execute_event(conn, change_id, "accept", given, context, at)


def take_measure(
    conn: Connection, contract_id: str, context: CommandContext, facts: Mapping[str, Any]
) -> tuple[Dossier, str]:
    """Takes a measure of Art. 10 beside the contract's life: the dossier, the measure's id (R30).

    facts: measure, ground, notified, starts_at, ends_at (or None).
    """
    starts_at: datetime = facts["starts_at"]
    state = "in_force" if starts_at <= context.now else "planned"
    measure = Measure(id=f"m_{new_id(context)}", state=state, contract_id=contract_id, **facts)
    given = {"contract_id": contract_id, **facts}
    return _open(conn, measure, "take", given, context, context.now), measure.id


def lift_measure(conn: Connection, measure_id: str, context: CommandContext) -> Dossier:
    """Lifts a measure before its planned end (R30)."""
    return execute_event(conn, measure_id, "lift", {"lifted_at": context.now}, context)


def record_usage(
    conn: Connection, contract_id: str, context: CommandContext, month: str, meters: Mapping[str, str]
) -> tuple[Dossier, str]:
    """Records or corrects what a contract used in a month, by meter, as decimal text (R24)."""
    table = tables.SUBJECTS["usage"].c
    found = conn.execute(
        select(table.id).where(table.contract_id == contract_id, table.month == month)
    ).scalar_one_or_none()
    if found is not None:
        return execute_event(conn, found, "correct", dict(meters), context), found
    if context.expected_version is not None:
        raise Stale(context.expected_version, 0)
    given: dict[str, Any] = {"contract_id": contract_id, "month": month, **meters}
    usage = Usage(id=f"u_{new_id(context)}", state="recorded", **given)
    return _open(conn, usage, "record", given, context, context.now), usage.id


def dossier_of(conn: Connection, part_id: str) -> Dossier:
    """The dossier that holds a part. Raises Unknown."""
    return load(conn, owner_of(conn, part_id))


def _open(
    conn: Connection,
    part: Entity,
    event: str,
    given: Mapping[str, Any],
    context: CommandContext,
    effective_at: datetime,
) -> Dossier:
    before = load(conn, part.owner, lock=True)
    dossier, entries = catch_up(before, context.now)
    refuse_held(conn, entries)
    act = Act(
        event, part.id, {**given, "at": effective_at}, context.actor, context.now, effective_at, context.reason
    )
    opened, entry = open_part(dossier, part, act)
    return write(conn, before, opened, (*entries, entry))
