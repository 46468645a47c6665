"""The command of a row, and whether the database already has the same entry."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from api.imports.rows import ReadRow
from lifecycle.commands.acceptance_body import AcceptanceBody
from lifecycle.commands.command import Command
from lifecycle.errors import DomainError, Unknown
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.mapping import owner_of
from lifecycle.records.references import KINDS, AmbiguousReference, named
from lifecycle.terms.editions import option_kinds

_IDS = {kind: select(tables.SUBJECTS[kind].c.id) for kind in KINDS}
_NAMED: Mapping[type, Sequence[str]] = {  # of a row's body what it may name, of what else a contract
    NotifyCancellationBody: ("contract", "option"),
    AcceptanceBody: ("contract", "option", "item_change"),
}
OPENS: Mapping[type, str] = {  # of a row's body the kind of the part that it opens, under a reference of its own
    OptionApplicationBody: "option",
    ItemChangeApplicationBody: "item_change",
}
_DAYS = {"accepted_on": "accepted_on", "billing_starts_on": "planned_start_on"}
_FEES = {name: name for name in ("initial_fee_yen", "monthly_fee_yen")}
_CHANGE = {name: name for name in ("accepted_on", "effective_on", "fee_yen")}
_ACCEPTED = {  # by kind the operation, and of the body's fields those of the subject
    "contract": ("contracts-accept", _DAYS),
    "option": ("options-accept", _DAYS | _FEES),
    "item_change": ("parts-accept_item_change", _CHANGE),
}
RowCommand = tuple[Command, Dossier | None]


def row_command(taken: ReadRow, subject_id: str, dossier: Dossier, actor: str) -> RowCommand:
    """Return the command of a row, and the dossier if the same entry exists already.

    Raises Malformed. subject_id: the subject of the row. dossier: that of its contract, as it is now.
    """
    match taken.body:
        case NotifyCancellationBody():
            return _notice(taken.body, subject_id, dossier, actor)
        case MonthUsageBody():
            return _usage(taken.outside["month"], taken.body, subject_id, dossier, actor)
        case AcceptanceBody():
            return _acceptance(taken.body, subject_id, dossier, actor)
        case OptionApplicationBody():
            command = _application(taken, "options-apply", subject_id, actor)
            kind = option_kinds(dossier.service)[-1]  # a file has no column for it
            return replace(command, body=taken.body.model_copy(update={"kind": kind})), None
        case ItemChangeApplicationBody():
            return _application(taken, "parts-apply_for_item_change", subject_id, actor), None
    raise AssertionError(taken.body)


def contract_named(conn: Connection, taken: ReadRow) -> str:
    """The id of the contract that a row is about. Raises Unknown, AmbiguousReference."""
    found = subjects_named(conn, [taken])[named_in(taken)]
    if isinstance(found, DomainError):
        raise found
    return owner_of(conn, found)


def named_in(taken: ReadRow) -> str:
    """Return the reference or id that a row names."""
    return taken.outside["contract"].strip()


def subjects_named(conn: Connection, some: Sequence[ReadRow]) -> dict[str, str | DomainError]:
    """Return the ids of the contracts or parts that rows of one kind name by reference or id, or the error."""
    found: dict[str, str | DomainError] = {}
    left = list(dict.fromkeys(named_in(taken) for taken in some))
    for kind in _NAMED.get(type(some[0].body), ("contract",)) if some else ():
        borne = named(conn, kind, left)
        ids = {id_ for (id_,) in any_of(conn, _IDS[kind], tables.SUBJECTS[kind].c.id, left)}
        for name in left:
            bearing = borne.get(name, [name] if name in ids else [])
            if bearing:
                found[name] = bearing[0] if len(bearing) == 1 else AmbiguousReference(name, bearing)
        left = [name for name in left if name not in found]
        if not left:
            break
    return found | {name: Unknown("contract", name) for name in left}


def _notice(body: NotifyCancellationBody, subject_id: str, dossier: Dossier, actor: str) -> RowCommand:
    """A notice exists already if one with the same days is valid, or was revoked."""
    subject: Any = dossier.subject(subject_id)
    assert isinstance(subject, Contract | Option)
    days = (body.arrived_on, body.chosen_on)
    there = any((n.arrived_on, n.chosen_on) == days for n in subject.notices if n.by == "customer")
    command = Command(operation="contracts-notify_cancellation", actor=actor, subject_id=subject_id, body=body)
    return command, dossier if there else None


def _usage(month: str, body: MonthUsageBody, contract_id: str, dossier: Dossier, actor: str) -> RowCommand:
    """Usage exists already if the month has the same figures; different figures correct it."""
    there = any(
        u.month == month and all(u.used(meter) == used for meter, used in body.figures.items())
        for u in dossier.usages
    )
    command = Command(operation="money-put_usage", actor=actor, subject_id=contract_id, part=month, body=body)
    return command, dossier if there else None


def _acceptance(body: AcceptanceBody, subject_id: str, dossier: Dossier, actor: str) -> RowCommand:
    """An acceptance exists already if the same days and fees are on record."""
    subject: Any = dossier.subject(subject_id)
    operation, fields = _ACCEPTED[subject.KIND]
    command = Command(operation=operation, actor=actor, subject_id=subject_id, body=body.of(subject.KIND))
    starts_on = body.billing_starts_on or getattr(subject, "requested_billing_start_on", None)
    wanted = body.model_copy(update={"billing_starts_on": starts_on})
    there = all(getattr(subject, field) == getattr(wanted, name) for name, field in fields.items())
    return command, dossier if there else None


def _application(taken: ReadRow, operation: str, contract_id: str, actor: str) -> Command:
    """The command itself detects whether the same application exists."""
    return Command(operation=operation, actor=actor, subject_id=contract_id, body=taken.body)
