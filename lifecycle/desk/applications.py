"""Applications: the first row of a contract's or an option's life."""

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select
from ulid import ULID

from lifecycle.audit.chain import commit_to
from lifecycle.desk.fuse import refuse_held
from lifecycle.desk.order import Order, When
from lifecycle.desk.road import catch_up
from lifecycle.desk.write import write
from lifecycle.machines.apply import open_contract, open_option
from lifecycle.machines.facts import Contract, Dossier, Option, row_id
from lifecycle.machines.step import Act
from lifecycle.records import tables
from lifecycle.records.mapping import load

_PERSONAL = insert(tables.personal)
_BY_REFERENCE = {
    kind: select(table.c.id).where(table.c.reference == bindparam("reference"))
    for kind, table in tables.SUBJECTS.items()
    if "reference" in table.c
}


@dataclass(frozen=True, slots=True)
class Application:
    """A contract applied for. personal: customer and administrator, kept apart and only committed to.

    options: (kind, reference) of the options applied for together with it.
    """

    reference: str
    received: When
    personal: Mapping[str, Any]
    item: str
    requested_billing_start_on: date | None
    laws_accepted: bool
    rights_cleared: bool
    delivery: Mapping[str, Any]
    options: Sequence[tuple[str, str]] = ()

    def facts(self, order: Order) -> dict[str, Any]:
        """What the history keeps of the application: everything but personal data."""
        return {
            "received_on": self.received.day(order.now),
            "reference": self.reference,
            "item": self.item,
            "requested_billing_start_on": self.requested_billing_start_on,
            "laws_accepted": self.laws_accepted,
            "rights_cleared": self.rights_cleared,
            "administrator_named": self.personal.get("administrator") is not None,
            "delivery": dict(self.delivery),
            "options": [{"kind": kind, "reference": reference} for kind, reference in self.options],
        }


class Duplicate(Exception):
    """The reference is taken by another application. existing: that one's id."""

    def __init__(self, kind: str, reference: str, existing: str) -> None:
        super().__init__(f"the reference {reference} is taken by the {kind} {existing}")
        self.kind, self.reference, self.existing = kind, reference, existing


def apply(conn: Connection, application: Application, order: Order) -> tuple[Dossier, bool]:
    """Receives an application for a contract and its options: the dossier, and whether it is new.

    The identical application again gives the contract as it now is, and False.
    Raises Duplicate for another application under a taken reference, Refused.
    """
    existing = _taken(conn, "contract", application.reference)
    if existing is not None:
        if _identical(conn, existing, application, order):
            return load(conn, existing), False
        raise Duplicate("contract", application.reference, existing)
    facts = application.facts(order)
    received_at = application.received.instant(order.now)
    contract = Contract(
        id=f"c_{new_id(order)}", state="applied",
        **{name: value for name, value in facts.items() if name != "options"},
    )  # fmt: skip
    act = Act("apply", contract.id, facts | {"at": received_at}, order.actor, order.now, received_at, order.reason)
    dossier, entry = open_contract(contract, act)
    salt = secrets.token_hex(32)
    written = write(conn, None, dossier, [entry], {row_id(contract.id, 1): commit_to(application.personal, salt)})
    conn.execute(
        _PERSONAL,
        {"contract_id": contract.id, "salt": salt, "data": dict(application.personal),
         "search": folded(application.personal)},
    )  # fmt: skip
    for _, reference in application.options:
        written, _ = _add_option(conn, written, reference, application.received, order)
    return written, True


def apply_for_option(
    conn: Connection, contract_id: str, reference: str, received: When, order: Order
) -> tuple[Dossier, str, bool]:
    """Receives an application for the DRM option of a contract: the dossier, the option's id, whether new.

    Raises Unknown, Duplicate, NotPossible (the contract is over), Refused (R17).
    """
    before = load(conn, contract_id, lock=True)
    existing = _taken(conn, "option", reference)
    if existing is not None:
        same = next((o for o in before.options if o.id == existing), None)
        if same is None or (received != When() and received.day(order.now) != same.received_on):
            raise Duplicate("option", reference, existing)
        return before, existing, False
    dossier, entries = catch_up(before, order.now)
    refuse_held(conn, entries)
    if entries:
        dossier = write(conn, before, dossier, entries)
    return *_add_option(conn, dossier, reference, received, order), True


def new_id(order: Order) -> str:
    """A new id, sortable by the instant of recording: a ULID."""
    return str(ULID.from_datetime(order.now)).lower()


def folded(personal: Mapping[str, Any]) -> str:
    """Names and addresses folded for searching: width, case and kana do not matter."""
    texts = [str(text) for part in personal.values() if part for text in part.values() if text]
    return fold("\n".join(texts))


def fold(text: str) -> str:
    """One text folded for searching: NFKC, lower case, katakana as hiragana."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in plain)


def _add_option(
    conn: Connection, before: Dossier, reference: str, received: When, order: Order
) -> tuple[Dossier, str]:
    """The dossier with the option applied for, and the option's id."""
    existing = _taken(conn, "option", reference)
    if existing is not None:
        raise Duplicate("option", reference, existing)
    at = received.instant(order.now)
    option = Option(
        id=f"o_{new_id(order)}", contract_id=before.contract.id, reference=reference, state="applied",
        received_on=received.day(order.now),
    )  # fmt: skip
    facts = {"received_on": option.received_on, "reference": reference, "kind": option.kind,
             "contract_id": option.contract_id}  # fmt: skip
    act = Act("apply", option.id, facts | {"at": at}, order.actor, order.now, at, order.reason)
    dossier, entry = open_option(before, option, act)
    return write(conn, before, dossier, [entry]), option.id


def _taken(conn: Connection, kind: str, reference: str) -> str | None:
    found: str | None = conn.execute(_BY_REFERENCE[kind], {"reference": reference}).scalar_one_or_none()
    return found


def _identical(conn: Connection, contract_id: str, application: Application, order: Order) -> bool:
    """Whether the application is the one that opened the contract, personal data included."""
    salt = conn.execute(
        select(tables.personal.c.salt).where(tables.personal.c.contract_id == contract_id)
    ).scalar_one_or_none()
    first = conn.execute(
        select(tables.history.c.payload).where(
            tables.history.c.subject_id == contract_id, tables.history.c.seq == 1
        )
    ).scalar_one()
    recorded = orjson.loads(first)
    facts = orjson.loads(orjson.dumps(application.facts(order)))
    if application.received == When():
        facts["received_on"] = recorded["facts"]["received_on"]
    same_person = salt is not None and commit_to(application.personal, salt) == recorded["personal"]
    return same_person and facts == recorded["facts"]
