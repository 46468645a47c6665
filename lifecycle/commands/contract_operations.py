"""Operations that open a contract or a part of it, record usage, or erase personal data."""

from typing import NamedTuple

from lifecycle.commands import applications, parts
from lifecycle.commands.answers import (
    application_answer,
    part_answer,
    subject_answer,
    usage_answer,
    with_changes,
    with_sent_money,
)
from lifecycle.commands.applications import Application, ReceivedApplication
from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.enter_event import Executed
from lifecycle.commands.erasure import erase_personal_data, merge_write_ahead_log
from lifecycle.commands.operation import AnyOperation, Operation
from lifecycle.errors import Malformed
from lifecycle.machines.body import NeedsReason
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import DESK, EITHER, OPERATOR
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.machines.events.record_usage import MonthUsageBody, month_named
from lifecycle.machines.events.take_measure import MeasureTakenBody
from lifecycle.records.people import personal_of


class Opened(NamedTuple):
    """A part of a contract. executed: what opened it; new: made by this command."""

    executed: Executed
    part_id: str
    new: bool

    @property
    def dossier(self) -> Dossier:
        """The dossier that holds it."""
        return self.executed.dossier


class Erased(NamedTuple):
    """A contract without personal data. named: the ids of history rows whose free text names people."""

    dossier: Dossier
    named: list[str]


def _apply(call: Call) -> ReceivedApplication:
    return applications.apply(call.conn, Application.of(call.body), call.context)


def _show_application(call: Call, done: ReceivedApplication) -> Outcome:
    dossier, new = done
    people = Application.of(call.body).personal if new else personal_of(call.conn, dossier.contract.id)
    return application_answer(dossier, people, call.now, new=new)


def _apply_for_option(call: Call) -> Opened:
    body: OptionApplicationBody = call.body
    filed = {"in_form": body.in_form, **body.filed}
    return Opened(
        *applications.apply_for_option(
            call.conn, call.subject_id, body.reference, body.received, call.context, filed, body.kind
        )
    )


def _apply_for_item_change(call: Call) -> Opened:
    body: ItemChangeApplicationBody = call.body
    found = parts.apply_for_item_change(
        call.conn, call.subject_id, call.context, body.item, body.reference, body.received, body.filed
    )
    return Opened(*found)


def _take_measure(call: Call) -> Opened:
    body: MeasureTakenBody = call.body
    facts = {
        "measure": body.kind,
        "ground": body.ground,
        "notified": body.notified,
        "starts_at": body.starts_at or call.now,
        "ends_at": body.ends_at,
    }
    return Opened(*parts.take_measure(call.conn, call.subject_id, call.context, facts), True)


def _show_part(call: Call, done: Opened) -> Outcome:
    answer = part_answer(done.dossier, done.part_id, call.now, created=done.new)
    return with_changes(call, answer, done.executed)


def _put_usage(call: Call) -> tuple[Executed, str]:
    try:
        month = month_named(call.command.part)
    except ValueError as error:
        raise Malformed([("/path/month", str(error))]) from None
    body: MonthUsageBody = call.body
    return parts.record_usage(call.conn, call.subject_id, call.context, month, body.figures, body.cleared)


def _show_usage(call: Call, done: tuple[Executed, str]) -> Outcome:
    executed, usage_id = done
    return with_sent_money(call, usage_answer(executed.dossier, usage_id), executed)


def _show_erased(call: Call, done: Erased) -> Outcome:
    shown = subject_answer(call.conn, done.dossier, call.subject_id, call.now)
    return Outcome({**shown.content, "still_named_in": done.named}, version=shown.version, parts=shown.parts)


CONTRACT_OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        name="contracts-apply", body=ContractApplicationBody, run=_apply, show=_show_application, roles=DESK
    ),
    Operation(
        name="options-apply", body=OptionApplicationBody, run=_apply_for_option, show=_show_part, roles=DESK
    ),
    Operation(
        name="parts-apply_for_item_change", body=ItemChangeApplicationBody, run=_apply_for_item_change,
        show=_show_part, roles=EITHER,
    ),
    Operation(
        name="parts-take_measure", body=MeasureTakenBody, run=_take_measure, show=_show_part, roles=OPERATOR
    ),
    Operation(
        name="money-put_usage", body=MonthUsageBody, run=_put_usage,
        show=_show_usage, roles=EITHER,
    ),
    Operation(
        name="contracts-erase_personal_data", body=NeedsReason,
        run=lambda call: Erased(*erase_personal_data(call.conn, call.subject_id, call.context)),
        show=_show_erased, roles=OPERATOR, after=lambda service: merge_write_ahead_log(service.engine),
        counts_as=lambda body: "erasures",
    ),
)  # fmt: skip
