"""The subject of a form or a page: the contract and the part that its address names, as they are now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from sqlalchemy import Connection

from api.pages.correction_fields import EntryToCorrect, annulment_of, correction_of, outage_correction
from api.pages.form_table import Form
from api.pages.on_record import recorded_texts
from api.pages.preview import Snapshot, snapshot
from lifecycle.commands.answers import outage_answer
from lifecycle.commands.book import book_around
from lifecycle.commands.corrections import standing_entry
from lifecycle.commands.outages import load_outage
from lifecycle.commands.people import said_by
from lifecycle.commands.statements import named_month
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.month_statement import refunds_of
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.options import option_view
from lifecycle.queries.views.parts import credit_view, item_change_view, measure_view
from lifecycle.records.mapping import PREFIXES, Unknown, owner_of
from lifecycle.records.people import personal_of
from lifecycle.records.references import bearers

KINDS = {
    "option_id": "option",
    "change_id": "item_change",
    "measure_id": "measure",
}  # by their places in addresses
ALL = ("all", "すべて", "全て", "全契約", "全件")


@dataclass(frozen=True, slots=True)
class FormSubject:
    """contract: its view, None for none; view: of the subject; before: the snapshot. puts_right: the subject of a
    correction or an annulment, None for other forms. recorded: by field the recorded values of a form that changes
    the contract.
    """

    contract: Answer | None
    view: Answer
    before: Snapshot
    puts_right: EntryToCorrect | None = None
    recorded: Mapping[str, str] = field(default_factory=dict)

    @property
    def contract_id(self) -> str | None:
        """The contract's id, None where there is none."""
        return self.contract["id"] if self.contract else None

    def choices(self, name: str) -> list[tuple[str, Any]] | None:
        """Return the choices of a field, as value and label; None if the field defines them."""
        if self.puts_right is not None:
            return None
        match name:
            case "condition":
                return [(one, one) for one in self.view["conditions"]["open"]]
            case "notice":
                notices = (self.view["cancellation"] or {}).get("notices", ())
                return [("", None), *((n["id"], n["arrived_on"]) for n in notices if not n["revoked"])]
            case "report":
                return [(m["id"], m["found_on"]) for m in self.view["misuse_reports"] if not m["follow_up"]]
        return None


def proposed_values(form: Form, subject: FormSubject, today: date) -> dict[str, str]:
    """Return the initial values of fields: the recorded value, the only possible choice; for an option the
    contract's day.
    """
    found = dict(subject.recorded)
    for one in form.fields:
        choices = subject.choices(one.name)
        if choices is not None and len(choices) == 1:
            found[one.name] = str(choices[0][0])
    starts_on = (subject.contract or {}).get("billing_starts_on")
    if form.name == "options-accept" and starts_on and starts_on >= today.isoformat():
        found["billing_starts_on"] = starts_on
    return found


def ids_of_references(conn: Connection, form: Form, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that name contracts, with references replaced by ids. An unknown one stays as typed."""
    found = {}
    for one in form.fields:
        if one.kind == "ids" and (text := normalize("NFKC", texts[one.name]).strip()):
            words = re.split(r"[\s,、]+", text)
            borne = bearers(conn, "contract", [word for word in words if not word.startswith("c_")])
            ids = [(borne.get(word) or [word])[0] for word in words if word]
            found[one.name] = "all" if text.casefold() in ALL else "\n".join(ids)
    return found


def subject_of(
    conn: Connection, form: Form, ids: Mapping[str, str], now: datetime, *, people: bool
) -> FormSubject:
    """Return the subject of a form. people: whether the visitor may see personal data. Raises Unknown."""
    if "outage_id" in ids and "contract_id" not in ids:
        outage = outage_of(conn, ids["outage_id"])
        right = outage_correction(form, outage) if form.name == "outages-correct_outage" else None
        return FormSubject(None, outage, Snapshot(), right)
    if form.kind == "month":
        return FormSubject(None, {"month": str(named_month(ids["month"]))}, Snapshot())
    if form.kind in ("clock", "scheduler", "parked") or not ids:
        return FormSubject(None, {"now": now.isoformat()} if form.kind == "clock" else {}, Snapshot())
    part_id = next((part_named(ids[name], kind) for name, kind in KINDS.items() if name in ids), None)
    contract_id = ids["contract_id"] if part_id is None else owner_of(conn, part_id)
    before = snapshot(conn, contract_id, now)
    assert before.dossier is not None
    contract = contract_view(before.dossier, personal_of(conn, contract_id), now)
    if "entry" in ids:
        entry = standing_entry(book_around(conn, before.dossier), ids["entry"])
        named = said_by(conn, contract_id, entry) if not before.dossier.erasures else None
        corrects, service = form.name == "contracts-correct", before.dossier.service
        right = correction_of(entry, named, service) if corrects else annulment_of(entry)
        return FormSubject(contract, contract, before, right)
    if form.kind == "statement":
        return FormSubject(contract, {"month": str(named_month(ids["month"]))}, before)
    if "refund_id" in ids:
        return FormSubject(contract, _refund(conn, before.dossier, ids["refund_id"]), before)
    if "outage_id" in ids:
        return FormSubject(contract, _credit(before.dossier, ids["outage_id"], now), before)
    recorded = recorded_texts(form, {**contract}, people=people)
    view = contract if part_id is None else part_view_of(before.dossier, part_id, now)
    return FormSubject(contract, view, before, recorded=recorded)


def part_named(part_id: str, kind: str) -> str:
    """Return the id of a part. Raises Unknown for an id of another kind."""
    if PREFIXES.get(part_id[:1]) != kind:
        raise Unknown(kind.replace("_", " "), part_id)
    return part_id


def part_view_of(dossier: Dossier, part_id: str, now: datetime) -> Answer:
    """Return the view of an option, an item change or a measure."""
    views: Any = {"o": option_view, "i": item_change_view, "m": measure_view}
    found: Answer = views[part_id[0]](dossier, part_id, now)
    return found


def outage_of(conn: Connection, outage_id: str) -> Answer:
    """Return an outage with the number of its contracts. Raises Unknown."""
    found: Answer = outage_answer(conn, load_outage(conn, outage_id)).content
    return found


def _refund(conn: Connection, dossier: Dossier, refund_id: str) -> Answer:
    for refund in refunds_of(conn, dossier):
        if refund["id"] == refund_id:
            return {**refund}
    raise Unknown("refund", refund_id)


def _credit(dossier: Dossier, outage_id: str, now: datetime) -> Answer:
    for credit in dossier.credits:
        if credit.outage_id == outage_id:
            return credit_view(dossier, credit, now)
    raise Unknown("credit", outage_id)
