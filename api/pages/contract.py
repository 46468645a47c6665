"""The page of a contract: its values, the reasons of its days, its parts, its history."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.pages import documents
from api.pages.attachments import ADDRESS, ATTACH
from api.pages.contract_money import money_shown
from api.pages.diagram import drawing
from api.pages.form_table import BY_EVENT, BY_NAME, Form
from api.pages.in_list import place_in_list
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.pages.timeline import timeline
from api.pages.waiting_rows import APPROVALS
from api.request.context import context_of
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.approvals import approvals_about
from lifecycle.queries.notes import attachments_of, notes_of
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.notes import AttachmentView
from lifecycle.queries.views.options import option_view
from lifecycle.queries.views.parts import credit_view, item_change_view, measure_view, usage_view
from lifecycle.records.engine import reading
from lifecycle.records.keeping import archive_of
from lifecycle.records.mapping import load
from lifecycle.records.people import personal_of
from lifecycle.terms.calendar import tokyo_day

router = pages()
ROWS = 60  # of the history, months of charges: what one page shows
MONTHS = 13
FOUND_LATE = ("notify_cancellation", "revoke_cancellation", "end_by_company", "end_by_agreement")
ADDITIONS = ("options-apply", "parts-apply_for_item_change", "parts-take_measure", "money-put_usage")
IDS = {"contract": "contract_id", "option": "option_id", "item_change": "change_id", "measure": "measure_id"}


@router.get("/contracts/{contract_id}")
def contract_page(request: Request, visit: SignedInSession, contract_id: str) -> Response:
    """The page of a contract."""
    visit.need("contracts-get")
    context = context_of(request)
    now = context.clock()
    everything = "all" in request.query_params
    with reading(context.engine) as conn:
        dossier = load(conn, contract_id)
        people = personal_of(conn, contract_id) if visit.principal.sees_personal_data else None
        written = _written(conn, visit, contract_id)
        money = money_shown(conn, visit, dossier, now, sys.maxsize if everything else MONTHS)
        archive = archive_of(conn, contract_id)
        if archive is not None:
            written = {**written, "actions": []}
        rows = [] if archive else timeline(conn, visit, contract_id, now, None if everything else ROWS + 1)
        papers = documents.papers_of(conn, dossier) if visit.may(documents.NEEDS) and not archive else None
        about = [one.id for one in dossier.subjects]
        proposals = approvals_about(conn, about) if visit.may(APPROVALS) else []
        place = place_in_list(conn, visit, request.query_params.get("list"), contract_id, tokyo_day(now))
    shown = contract_view(dossier, people, now)
    return page(
        request, visit, "contract.html", now=now, contract=shown, drawing=drawing("contract"),
        rows=rows if everything else rows[:ROWS], cut=not everything and len(rows) > ROWS, done=_done(request),
        proposed="proposed" in request.query_params,
        why=_Why(rows, shown), settled=_settled(rows),
        actions=_actions(visit, "contract", contract_id, () if archive else shown["allowed_events"]),
        additions=_additions(visit, dossier), archive=archive,
        found_late=_actions(
            visit, "contract", contract_id, () if archive else _found_late(dossier.contract.state)
        ),
        things=_names(dossier), parts_=_parts(visit, dossier, now),
        months=money.months, older=money.older, refunds=money.refunds, customer=_customer(people),
        written=written, scans=_scans(written["files"]), hidden=people is None, papers=papers,
        place=place, proposals=proposals,
    )  # fmt: skip


def _settled(rows: Sequence[Answer]) -> Mapping[tuple[str, str], str]:
    """By event and condition, the newest day of the valid rows. A corrected day is in another row."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        stands = row["superseded_by"] is None and row["effect"] == "in_force"
        if row["event"] in ("meet_condition", "waive_condition") and stands:
            key, day = (row["event"], row["facts"]["condition"]), row["effective_at"][:10]
            found[key] = max(day, found.get(key, day))
    return found


class _Why:
    """The rulings behind a day: the latest ones in the history that concluded that day."""

    def __init__(self, rows: Sequence[Answer], shown: Answer) -> None:
        standing = (shown["cancellation"] or {}).get("because", [])
        own = [row for row in rows if row["subject_id"] == shown["id"]]
        self.rulings = [*standing, *(one for row in own for one in row["rulings"])]

    def __call__(self, day: str | None) -> list[Answer]:
        found = {one["because"]: one for one in self.rulings if day is not None and one.get("on") == day}
        return list(found.values())


def _done(request: Request) -> str | None:
    name = request.query_params.get("done", "")
    return name if name in BY_NAME or name == ATTACH else None


def _written(conn: Connection, visit: PageSession, contract_id: str) -> Mapping[str, Any]:
    """Notes and files, the latest first, for visitors who may see them; what the visitor may add."""
    addresses = {
        name: BY_NAME[name].at(contract_id=contract_id) for name in ("contracts-note", "contracts-assign")
    }
    addresses[ATTACH] = ADDRESS.format(contract_id=contract_id)
    sees = visit.may("contracts-list_notes")
    return {
        "notes": notes_of(conn, contract_id)[::-1] if sees else None,
        "files": attachments_of(conn, contract_id)[::-1] if sees else [],
        "actions": [(name, address) for name, address in addresses.items() if visit.may(name)],
    }


def _scans(files: Sequence[AttachmentView]) -> Mapping[str, Sequence[AttachmentView]]:
    """By the row that they document, the valid files that can be shown."""
    found: dict[str, list[AttachmentView]] = {}
    for one in files:
        if one["entry"] is not None and one["stands"] and one["name"] is not None:
            found.setdefault(one["entry"], []).append(one)
    return found


def _actions(
    visit: PageSession, kind: str, id_: str, events: Sequence[str], **more: str
) -> list[tuple[Form, str]]:
    """The events that the visitor may enter, with the addresses of their forms."""
    forms = [BY_EVENT[kind, event] for event in events if (kind, event) in BY_EVENT]
    ids = {IDS[kind]: id_} if kind in IDS else {}
    return [(form, form.at(**ids, **more)) for form in forms if visit.may(form.name)]


def _found_late(state: str) -> Sequence[str]:
    """Events that may have happened before the end and were found later (R16)."""
    return FOUND_LATE if state == "terminated" else ()


def _additions(visit: PageSession, dossier: Dossier) -> list[tuple[Form, str]]:
    if not dossier.contract.live:
        return []
    forms = [BY_NAME[name] for name in ADDITIONS if visit.may(name)]
    return [(form, form.at(contract_id=dossier.contract.id)) for form in forms]


def _parts(visit: PageSession, dossier: Dossier, now: datetime) -> Mapping[str, Sequence[Answer]]:
    """The contract's parts, each with its possible commands."""
    contract_id = dossier.contract.id
    found: dict[str, Sequence[Answer]] = {
        "option": [option_view(dossier, one.id, now) for one in dossier.options],
        "item_change": [item_change_view(dossier, one.id, now) for one in dossier.item_changes],
        "measure": [measure_view(dossier, one.id, now) for one in dossier.measures],
        "credit": [credit_view(dossier, one, now) for one in dossier.credits],
        "usage": [usage_view(dossier, one.id) for one in dossier.usages],
    }
    return {
        kind: [_with_actions(visit, contract_id, kind, view) for view in views] for kind, views in found.items()
    }


def _with_actions(visit: PageSession, contract_id: str, kind: str, view: Answer) -> Answer:
    more = {"contract_id": contract_id, "outage_id": view["outage"]} if kind == "credit" else {}
    late = _found_late(view["state"]) if kind == "option" else ()
    return {
        **view,
        "actions": _actions(visit, kind, view["id"], view.get("allowed_events", ()), **more),
        "found_late": _actions(visit, kind, view["id"], late),
    }


def _names(dossier: Dossier) -> dict[str, str]:
    """The name of each subject of the dossier in the timeline, by its id."""
    return {
        one.id: str(vars(one).get("reference") or "") for one in dossier.subjects if one is not dossier.contract
    }


def _customer(people: Answer | None) -> str | None:
    """The address of the page with all contracts of the customer, None without a customer number."""
    number = ((people or {}).get("customer") or {}).get("number")
    return f"/customers/{quote(number, safe='')}" if number else None
