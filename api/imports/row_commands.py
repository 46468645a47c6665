"""What a row asks for: the command, and whether the book says the same already."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from api.imports.rows import ReadRow
from lifecycle.commands.acceptance_body import AcceptanceBody
from lifecycle.commands.command import Command
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.mapping import Unknown, load, owner_of
from lifecycle.records.references import KINDS, AmbiguousReference, bearers

_BY_ID = {kind: select(tables.SUBJECTS[kind].c.id).where(tables.SUBJECTS[kind].c.id == bindparam("named"))
          for kind in KINDS}  # fmt: skip
_DAYS = {"accepted_on": "accepted_on", "billing_starts_on": "planned_start_on"}
_FEES = {name: name for name in ("initial_fee_yen", "monthly_fee_yen")}
_CHANGE = {name: name for name in ("accepted_on", "effective_on", "fee_yen")}
_ACCEPTED = {  # by kind the operation, and of the body's fields those of the subject
    "contract": ("contracts-accept", _DAYS),
    "option": ("options-accept", _DAYS | _FEES),
    "item_change": ("parts-accept_item_change", _CHANGE),
}
RowCommand = tuple[Command, Dossier | None]


def row_command(conn: Connection, taken: ReadRow, actor: str) -> RowCommand:
    """What a row asks for; beside it the dossier, where the same is there already. Raises Unknown, Malformed."""
    match taken.body:
        case NotifyCancellationBody():
            return _notice(conn, taken, taken.body, actor)
        case MonthUsageBody():
            return _usage(conn, taken, taken.body, actor)
        case AcceptanceBody():
            return _acceptance(conn, taken, taken.body, actor)
        case OptionApplicationBody():
            return _application(conn, taken, "options-apply", actor), None
        case ItemChangeApplicationBody():
            return _application(conn, taken, "parts-apply_for_item_change", actor), None
    raise AssertionError(taken.body)


def contract_named(conn: Connection, taken: ReadRow) -> str:
    """The id of the contract that a row is about. Raises Unknown."""
    return owner_of(conn, _subject(conn, taken, "contract", "option", "item_change"))


def _notice(conn: Connection, taken: ReadRow, body: NotifyCancellationBody, actor: str) -> RowCommand:
    """A notice is there already where one of the same days stands, or stood and was taken back."""
    subject_id = _subject(conn, taken, "contract", "option")
    dossier = load(conn, owner_of(conn, subject_id), lock=True)
    subject: Any = dossier.subject(subject_id)
    assert isinstance(subject, Contract | Option)
    days = (body.arrived_on, body.chosen_on)
    there = any((n.arrived_on, n.chosen_on) == days for n in subject.notices if n.by == "customer")
    command = Command(
        operation="contracts-notify_cancellation", actor=actor, subject_id=subject_id, body=taken.body
    )
    return command, dossier if there else None


def _usage(conn: Connection, taken: ReadRow, body: MonthUsageBody, actor: str) -> RowCommand:
    """Usage is there already where the month has the same figures; other figures correct it."""
    contract_id, month = _subject(conn, taken, "contract"), taken.outside["month"]
    dossier = load(conn, contract_id, lock=True)
    there = any(
        u.month == month and all(getattr(u, meter) == used for meter, used in body.meters.items())
        for u in dossier.usages
    )
    command = Command(operation="money-put_usage", actor=actor, subject_id=contract_id, part=month, body=body)
    return command, dossier if there else None


def _acceptance(conn: Connection, taken: ReadRow, body: AcceptanceBody, actor: str) -> RowCommand:
    """An acceptance is there already where the same days and fees are on record."""
    subject_id = _subject(conn, taken, "contract", "option", "item_change")
    dossier = load(conn, owner_of(conn, subject_id), lock=True)
    subject: Any = dossier.subject(subject_id)
    operation, fields = _ACCEPTED[subject.KIND]
    command = Command(operation=operation, actor=actor, subject_id=subject_id, body=body.of(subject.KIND))
    starts_on = body.billing_starts_on or getattr(subject, "requested_billing_start_on", None)
    wanted = body.model_copy(update={"billing_starts_on": starts_on})
    there = all(getattr(subject, field) == getattr(wanted, name) for name, field in fields.items())
    return command, dossier if there else None


def _application(conn: Connection, taken: ReadRow, operation: str, actor: str) -> Command:
    """The command finds by itself whether the same application is there."""
    contract_id = _subject(conn, taken, "contract")
    return Command(operation=operation, actor=actor, subject_id=contract_id, body=taken.body)


def _subject(conn: Connection, taken: ReadRow, *kinds: str) -> str:
    """The id of the contract, or part, that a row names by reference or id. Raises Unknown."""
    named = taken.outside["contract"].strip()
    for kind in kinds:
        ids = bearers(conn, kind, [named]).get(named, [])
        if len(ids) > 1:
            raise AmbiguousReference(named, ids)
        found = ids or [id_ for (id_,) in fetch_tuples(conn, _BY_ID[kind], {"named": named})]
        if found:
            return str(found[0])
    raise Unknown("contract", named)
