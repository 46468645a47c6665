"""Events as the tests enter them: with the request body of each, in the transaction of the test."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.commands.command import Call, Command, CommandContext
from lifecycle.commands.event_operations import enter_event
from lifecycle.commands.parts import apply_for_item_change, dossier_of, record_usage, take_measure
from lifecycle.machines.body import CustomerBody, PersonBody
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.facts import When
from lifecycle.machines.table import EVENTS
from lifecycle.records.mapping import PREFIXES

__all__ = ["apply_for_item_change", "dossier_of", "record_usage", "take_measure"]


def enter(conn: Connection, subject_id: str, context: CommandContext, name: str, **body: Any) -> Dossier:
    """Enter an event. body: the fields of the request, unvalidated."""
    return entering(subject_id, context, name, **body)(conn)


def entering(subject_id: str, context: CommandContext, name: str, **body: Any) -> Callable[[Connection], Dossier]:
    """An event whose body has been read, ready to be entered in a transaction."""
    event = EVENTS[PREFIXES.get(subject_id[:1], "contract")][name]
    assert event.input is not None
    sent = event.input.body.model_construct(**body)
    command = Command(operation=name, actor=context.actor, subject_id=subject_id, body=sent)
    return lambda conn: enter_event(Call(None, conn, command, context), event).dossier  # type: ignore[arg-type]


def customer(given: Mapping[str, Any]) -> CustomerBody:
    """The customer as a body holds it."""
    return CustomerBody(**given)


def _days(when: When, name: str) -> dict[str, Any]:
    return {f"{name}_on": when.on, f"{name}_at": when.at}


def accept(
    conn: Connection, contract_id: str, context: CommandContext, accepted: When, starts_on: date | None = None
) -> Dossier:
    return enter(conn, contract_id, context, "accept", **_days(accepted, "accepted"), billing_starts_on=starts_on)


def accept_option(
    conn: Connection, option_id: str, context: CommandContext, accepted: When, starts_on: date, **fees: int
) -> Dossier:
    days = _days(accepted, "accepted") | {"billing_starts_on": starts_on}
    return enter(conn, option_id, context, "accept", **days, **fees)


def accept_item_change(
    conn: Connection,
    change_id: str,
    context: CommandContext,
    accepted: When,
    effective_on: date,
    fee_yen: int | None,
) -> Dossier:
    days = _days(accepted, "accepted") | {"effective_on": effective_on}
    return enter(conn, change_id, context, "accept", **days, fee_yen=fee_yen)


def reject(conn: Connection, subject_id: str, context: CommandContext) -> Dossier:
    return enter(conn, subject_id, context, "reject")


def withdraw(conn: Connection, subject_id: str, context: CommandContext) -> Dossier:
    return enter(conn, subject_id, context, "withdraw")


def reschedule_billing(
    conn: Connection, subject_id: str, context: CommandContext, billing_starts_on: date
) -> Dossier:
    return enter(conn, subject_id, context, "reschedule_billing", billing_starts_on=billing_starts_on)


def notify_cancellation(
    conn: Connection, subject_id: str, context: CommandContext, arrived: When, chosen_on: date | None = None
) -> Dossier:
    days = _days(arrived, "arrived") | {"chosen_on": chosen_on}
    return enter(conn, subject_id, context, "notify_cancellation", **days)


def revoke_cancellation(
    conn: Connection, subject_id: str, context: CommandContext, notice: str | None = None
) -> Dossier:
    return enter(conn, subject_id, context, "revoke_cancellation", notice=notice)


def meet_condition(conn: Connection, contract_id: str, context: CommandContext, condition: str) -> Dossier:
    return enter(conn, contract_id, context, "meet_condition", condition=condition)


def waive_condition(conn: Connection, contract_id: str, context: CommandContext, condition: str) -> Dossier:
    return enter(conn, contract_id, context, "waive_condition", condition=condition)


def change_administrator(
    conn: Connection, contract_id: str, context: CommandContext, administrator: Mapping[str, Any]
) -> Dossier:
    person = PersonBody.model_construct(**administrator)
    return enter(conn, contract_id, context, "change_administrator", administrator=person)


def report_misuse(
    conn: Connection, contract_id: str, context: CommandContext, found_at: datetime, instruction: str
) -> Dossier:
    return enter(conn, contract_id, context, "report_misuse", found_at=found_at, instruction=instruction)


def follow_up_misuse(
    conn: Connection, contract_id: str, context: CommandContext, report: str, follow_up: str
) -> Dossier:
    return enter(conn, contract_id, context, "follow_up_misuse", report=report, follow_up=follow_up)


def end_by_company(
    conn: Connection, contract_id: str, context: CommandContext, ends_on: date, ground: str
) -> Dossier:
    return enter(conn, contract_id, context, "end_by_company", ends_on=ends_on, ground=ground)


def lift_measure(conn: Connection, measure_id: str, context: CommandContext) -> Dossier:
    return enter(conn, measure_id, context, "lift")
