"""What waits for a person as the interface lists it, in the order of id: the same as the worklist has."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from lifecycle.machines.derive import open_conditions
from lifecycle.queries.queue import WaitingThing, waiting_by_id
from lifecycle.queries.views.common import rulings_view
from lifecycle.queries.views.running import WaitsView
from lifecycle.queries.waiting_kinds import Asked
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import iso_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ruling import Ruling

# Of what each kind is, and in what words. Earlier clients know these; `waits_for` names the kind itself.
_ABOUT = {
    "application": ("contract", "application"),
    "incomplete": ("contract", "application"),
    "form": ("contract", "application"),
    "option": ("option", "application"),
    "option_form": ("option", "application"),
    "item_change": ("item_change", "application"),
    "informal": ("contract", "request to end that is not in the form"),
    "option_informal": ("option", "request to end that is not in the form"),
    "condition": ("contract", "open condition"),
    "held": ("contract", "billing held"),
    "misuse": ("contract", "instruction after misuse"),
    "certificate": ("contract", "certificate to renew"),
    "claim": ("credit", "credit to claim: {what:,} yen"),
    "approval": ("approval", "approval: {what}"),
    "money": ("refund", ""),
    "not_served": ("refund", "fees of days not served: {yen:,} yen"),
    "timer": ("timer", "parked: {what.reason}"),
}


def waiting_items(conn: Connection, asked: Asked, limit: int, after: str) -> list[WaitsView]:
    """At most so many things that wait. after: a place in the list, as `place_of` tells it."""
    id_, _, kind = after.partition(".")
    found = waiting_by_id(conn, asked, limit, (id_, kind or "~"))  # an id alone: after everything with this id
    because = _open_conditions(conn, found)
    return [_waits(one, because.get(one.id, ()) if one.kind in ("condition", "held") else ()) for one in found]


def place_of(item: WaitsView) -> str:
    """The position of a row in the list."""
    return f"{item['id']}.{item['waits_for']}"


def _open_conditions(conn: Connection, found: Iterable[WaitingThing]) -> Mapping[str, tuple[Ruling, ...]]:
    ids = [one.id for one in found if one.kind in ("condition", "held")]
    contracts = (dossier.contract for dossier in load_many(conn, ids).values()) if ids else ()
    return {contract.id: open_conditions(contract, EDITIONS.governing(contract)) for contract in contracts}


def _waits(one: WaitingThing, because: tuple[Ruling, ...]) -> WaitsView:
    kind, words = _ABOUT[one.kind]
    if one.kind == "money":
        words = "payment: {yen:,} yen" if one.what > 0 else "refund: {yen:,} yen"
    yen = abs(one.what) if isinstance(one.what, int) else 0
    return {
        "kind": kind,
        "waits_for": one.kind,
        "id": one.id,
        "contract_id": one.contract_id,
        "outage_id": one.outage_id,
        "reference": one.what if kind in ("option", "item_change") else None if kind == "timer" else one.reference,
        "what": words.format(what=one.what, yen=yen),
        "since_on": iso_day(one.since),
        "until_on": iso_day(one.until),
        "assigned_to": one.assigned_to,
        "rulings": rulings_view(because),
    }
