"""Converts a row of an existing book to the facts of a contract's entries (R41)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lifecycle.commands.take_over_body import RunningContractBody, RunningNoticeBody, RunningOptionBody
from lifecycle.machines.events.accept import AcceptContract
from lifecycle.machines.events.accept_item_change import AcceptItemChange
from lifecycle.machines.events.accept_option import AcceptOption
from lifecycle.machines.events.apply import ApplyForContract
from lifecycle.machines.events.apply_body import stored_delivery
from lifecycle.machines.events.apply_for_item_change import ApplyForItemChange
from lifecycle.machines.events.apply_for_option import ApplyForOption
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.machines.take_over import RunningContract, RunningOption
from lifecycle.terms.editions import option_kinds, service_of_item


def personal_of(body: RunningContractBody) -> Mapping[str, Any]:
    """Customer and administrator, stored separately from the history."""
    administrator = body.administrator.stored() if body.administrator is not None else None
    return {"customer": body.customer.stored(), "administrator": administrator}


def running_contract(body: RunningContractBody, contract_id: str, today: date) -> RunningContract:
    """The facts of the entries that make the contract. today: the day of recording in Japan."""
    received_on = body.received_on or body.accepted_on
    application = ApplyForContract(
        received_on=received_on, reference=body.reference, item=body.first_item,
        requested_billing_start_on=None, laws_accepted=body.laws_accepted, rights_cleared=body.rights_cleared,
        administrator_named=body.administrator is not None, delivery=_delivery(body), taken_over=True,
        billed_until=body.billed_until, other_references=tuple(body.other_references),
        service=service_of_item(body.item),
    )  # fmt: skip
    return RunningContract(
        application=application,
        acceptance=AcceptContract(accepted_on=body.accepted_on, billing_starts_on=body.billing_starts_on),
        changes=_changes(body, contract_id, today),
        option=_option(body, body.option, contract_id, today) if body.option else None,
        notice=_notice(body.notice, today),
    )


def _delivery(body: RunningContractBody) -> dict[str, Any]:
    """Return the delivery. HTTPS implies its certificate unless the row says otherwise."""
    delivery = stored_delivery(body.delivery)
    if delivery["https"] and delivery["certificate_obtained"] is None:
        delivery["certificate_obtained"] = True
    return delivery


def _changes(
    body: RunningContractBody, contract_id: str, today: date
) -> tuple[tuple[ApplyForItemChange, AcceptItemChange], ...]:
    """Return one change for each item after the first; its application and acceptance are assumed to be of one
    day.
    """
    found = []
    for number, period in enumerate(body.items[1:], 1):
        day = _accepted_on(body, period.from_on, today)
        asked = ApplyForItemChange(
            contract_id=contract_id, reference=f"{body.reference}-C{number}", item=period.item, received_on=day
        )
        found.append((asked, AcceptItemChange(accepted_on=day, effective_on=period.from_on, fee_yen=None)))
    return tuple(found)


def _accepted_on(body: RunningContractBody, from_on: date, today: date) -> date:
    """A change counts as accepted on its first day, or today if that is in the future.

    If an option that was accepted before starts on that item, it counts as accepted with the option (R17).
    """
    days = [from_on, today]
    if (option := body.option) is not None and from_on <= (option.billing_starts_on or body.billing_starts_on):
        days.append(option.accepted_on or body.accepted_on)
    return min(days)


def _option(body: RunningContractBody, option: RunningOptionBody, contract_id: str, today: date) -> RunningOption:
    accepted_on = option.accepted_on or body.accepted_on
    return RunningOption(
        application=ApplyForOption(
            received_on=option.received_on or accepted_on, reference=option.reference,
            kind=option_kinds(service_of_item(body.item))[-1], contract_id=contract_id,
        ),
        acceptance=AcceptOption(
            accepted_on=accepted_on, billing_starts_on=option.billing_starts_on or body.billing_starts_on,
            initial_fee_yen=option.initial_fee_yen, monthly_fee_yen=option.monthly_fee_yen,
        ),
        notice=_notice(option.notice, today),
    )  # fmt: skip


def _notice(notice: RunningNoticeBody | None, today: date) -> NotifyCancellation | None:
    if notice is None:
        return None
    return NotifyCancellation(arrived_on=notice.arrived_on, chosen_on=notice.chosen_on, keyed_on=today)
