"""The desk's commands on contracts and options: one function per event of the interface.

Each runs in the caller's transaction (`conn`) and returns the dossier as it then is. All raise Unknown,
Stale, NotPossible (with the state), Refused (with every ruling that refuses) and Overtaken.
"""

from datetime import date

from sqlalchemy import Connection

from lifecycle.commands.context import CommandContext, When
from lifecycle.commands.enter_event import contract_id_of, execute_event
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.accept import AcceptContract
from lifecycle.machines.events.accept_option import AcceptOption
from lifecycle.machines.events.common import NoFacts
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.machines.events.reschedule_billing import RescheduleBilling
from lifecycle.machines.events.revoke_cancellation import RevokeCancellation
from lifecycle.records.mapping import Unknown, load


def accept(
    conn: Connection,
    contract_id: str,
    context: CommandContext,
    accepted: When,
    billing_starts_on: date | None = None,
) -> Dossier:
    """Accepts a contract's application (Art. 7: the initial fee is owed from here).

    billing_starts_on: by default as requested. Raises MissingFact where nobody named a day.
    """
    starts_on = billing_starts_on
    if starts_on is None:
        starts_on = load(conn, contract_id).contract.requested_billing_start_on
    if starts_on is None:
        raise MissingFact("billing_starts_on")
    day, at = accepted.day(context.now), accepted.instant(context.now)
    facts = AcceptContract(accepted_on=day, billing_starts_on=starts_on)
    return execute_event(conn, contract_id, "accept", facts, context, at)


def accept_option(
    conn: Connection, option_id: str, context: CommandContext, accepted: When, billing_starts_on: date,
    *, initial_fee_yen: int, monthly_fee_yen: int,
) -> Dossier:  # fmt: skip
    """Accepts an option's application with the fees quoted to the customer (R17, R21)."""
    day, at = accepted.day(context.now), accepted.instant(context.now)
    facts = AcceptOption(
        accepted_on=day,
        billing_starts_on=billing_starts_on,
        initial_fee_yen=initial_fee_yen,
        monthly_fee_yen=monthly_fee_yen,
    )
    return execute_event(conn, option_id, "accept", facts, context, at)


def reject(conn: Connection, subject_id: str, context: CommandContext) -> Dossier:
    """Rejects an application; the order's reason says why. A contract's takes its options' along (R17)."""
    return execute_event(conn, subject_id, "reject", NoFacts(), context)


def withdraw(conn: Connection, subject_id: str, context: CommandContext) -> Dossier:
    """The customer withdraws an application, or a notice came before there was a contract (R10)."""
    return execute_event(conn, subject_id, "withdraw", NoFacts(), context)


def reschedule_billing(
    conn: Connection, subject_id: str, context: CommandContext, billing_starts_on: date
) -> Dossier:
    """Moves the billing start before billing has begun; all that follows is computed again (R33)."""
    facts = RescheduleBilling(billing_starts_on=billing_starts_on)
    return execute_event(conn, subject_id, "reschedule_billing", facts, context)


def notify_cancellation(
    conn: Connection, subject_id: str, context: CommandContext, arrived: When, chosen_on: date | None = None
) -> Dossier:
    """Enters a cancellation notice by the day it arrived, whenever it is keyed (R6, R7; Art. 6, 5(5))."""
    at = arrived.instant(context.now)
    facts = NotifyCancellation(
        arrived_on=arrived.day(context.now), chosen_on=chosen_on, keyed_on=When().day(context.now)
    )
    return execute_event(conn, subject_id, "notify_cancellation", facts, context, at)


def revoke_cancellation(
    conn: Connection, subject_id: str, context: CommandContext, notice: str | None = None
) -> Dossier:
    """Takes back one notice, or all, with the company's consent and the order's reason (R13).

    Raises Unknown for a notice that the subject does not have.
    """
    if notice is not None:
        subject = load(conn, contract_id_of(conn, subject_id)).subject(subject_id)
        if all(n.id != notice for n in subject.notices):
            raise Unknown("notice", notice)
    return execute_event(conn, subject_id, "revoke_cancellation", RevokeCancellation(notice=notice), context)


class MissingFact(ValueError):
    """A fact the event needs was neither given nor is it on record; `name` is the field's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is needed: the application named none")
        self.name = name
