"""Opens or records parts of a contract: item changes, measures, usage.

Like all commands they run in the caller's transaction. They raise Unknown, NotPossible, Refused and
ConcurrentChange.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from lifecycle.commands.applications import Duplicate, bearer_of
from lifecycle.commands.book import locked
from lifecycle.commands.command import CommandContext, expect, new_id
from lifecycle.commands.enter_event import Executed, execute_entry, expect_version, open_subject
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.apply_for_item_change import ApplyForItemChange
from lifecycle.machines.events.correct_usage import CorrectUsage
from lifecycle.machines.events.record_usage import RecordUsage
from lifecycle.machines.events.take_measure import TakeMeasure
from lifecycle.machines.facts import When
from lifecycle.machines.names_of_services import refuse_item_of_another_service, refuse_meters_of_another_service
from lifecycle.machines.parts import METER_FIELDS, NOTHING, ItemChange, Measure, Usage
from lifecycle.records import tables
from lifecycle.records.mapping import load, owner_of
from lifecycle.terms.editions import meter_names


def apply_for_item_change(
    conn: Connection,
    contract_id: str,
    context: CommandContext,
    item: str,
    reference: str,
    received: When,
    filed: Mapping[str, Any] | None = None,
) -> tuple[Executed, str, bool]:
    """Receive an application for another item; return the effect, the change's id, and whether it is new (Art.

    7). filed: form and channel. An identical application returns the existing change. Raises Duplicate for another
    one, Malformed for an item of another service.
    """
    taken = bearer_of(conn, "item_change", reference, context)
    if taken is not None:
        table = tables.SUBJECTS["item_change"].c
        found = conn.execute(select(table.id, table.contract_id, table.item).where(table.id == taken)).one()
        if (found.contract_id, found.item) != (contract_id, item):
            raise Duplicate("item_change", reference, found.id)
        return Executed.nothing(load(conn, contract_id)), found.id, False
    refuse_item_of_another_service(item, locked(conn, contract_id, context).service)
    change = ItemChange(
        id=f"i_{new_id(context)}", state="applied", contract_id=contract_id, reference=reference, item=item,
        received_on=received.day(context.now),
    )  # fmt: skip
    facts = ApplyForItemChange(
        contract_id=contract_id, reference=reference, item=item, received_on=change.received_on,
        **(filed or {}),
    )  # fmt: skip
    done = open_subject(conn, change, "apply", facts, context, received.instant(context.now))
    return done, change.id, True


def take_measure(
    conn: Connection, contract_id: str, context: CommandContext, facts: Mapping[str, Any]
) -> tuple[Executed, str]:
    """Takes a measure of Art. 10: its effect and the measure's id (R30).

    facts: measure, ground, notified, starts_at, ends_at (or None).
    """
    starts_at: datetime = facts["starts_at"]
    state = "in_force" if starts_at <= context.now else "planned"
    measure = Measure(id=f"m_{new_id(context)}", state=state, contract_id=contract_id, **facts)
    taken = TakeMeasure(contract_id=contract_id, **facts)
    return open_subject(conn, measure, "take", taken, context, context.now), measure.id


def record_usage(
    conn: Connection, contract_id: str, context: CommandContext, month: str, meters: Mapping[str, str],
    cleared: tuple[str, ...] = (),
) -> tuple[Executed, str]:  # fmt: skip
    """Record or correct the usage of a contract in a month, by meter, as decimal text (R24).

    A meter that is not given keeps its figure; the same figures again are not an entry. cleared: the meters whose
    figures are removed. Raises Malformed for a meter that the contract's service does not have.
    """
    dossier = locked(conn, contract_id, context)
    refuse_meters_of_another_service((*meters, *cleared), dossier.service)
    found = next((usage for usage in dossier.usages if usage.month == month), None)
    if found is not None:
        expect_version(dossier, found.id, context)
        if not cleared and all(found.used(meter) == figure for meter, figure in meters.items()):
            return Executed.nothing(dossier), found.id
        facts_now = CorrectUsage(**_by_fact(meters), cleared=cleared)
        return execute_entry(conn, found.id, "correct", facts_now, context), found.id
    expect(context, 0)
    figures = dict.fromkeys(METER_FIELDS & {*meter_names(dossier.service)}, NOTHING) | dict(meters)
    facts = RecordUsage(contract_id=contract_id, month=month, **_by_fact(figures))
    usage = Usage(
        id=f"u_{new_id(context)}", state="recorded", contract_id=contract_id, month=month, **_by_fact(figures)
    )  # fmt: skip
    return open_subject(conn, usage, "record", facts, context, context.now), usage.id


def _by_fact(figures: Mapping[str, str]) -> dict[str, Any]:
    """Group figures by fact names: meters without a fact of their own share one."""
    own = {meter: used for meter, used in figures.items() if meter in METER_FIELDS}
    others = {meter: used for meter, used in figures.items() if meter not in METER_FIELDS}
    return own | ({"meters": others} if others else {})


def dossier_of(conn: Connection, part_id: str) -> Dossier:
    """Return the dossier that contains a part. Raises Unknown."""
    return load(conn, owner_of(conn, part_id))
