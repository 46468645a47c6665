"""Outages: the list, and each with its affected contracts."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.form_table import BY_EVENT, BY_NAME
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.pages.subjects import outage_of
from api.request.context import context_of
from lifecycle.machines.table import TABLES
from lifecycle.queries.outages import newest_outages
from lifecycle.records import tables
from lifecycle.records.engine import reading

router = pages()
SHOWN = 30


@router.get("/outages")
def outages_page(request: Request, visit: SignedInSession) -> Response:
    """The newest outages."""
    visit.need("outages-list_outages")
    service = chosen_service(request, visit)
    with reading(context_of(request).engine) as conn:
        found = [outage_of(conn, one) for one in newest_outages(conn, SHOWN, None, service)]
    return page(
        request, visit, "outages.html", found=found, form=BY_NAME["outages-open_outage"], service=service,
        services=services_to_choose(visit), link=Linking("/outages", {"service": service}),
    )  # fmt: skip


@router.get("/outages/{outage_id}")
def outage_page(request: Request, visit: SignedInSession, outage_id: str) -> Response:
    """Show an outage, the first of its credits, and the possible events."""
    visit.need("outages-get_outage")
    with reading(context_of(request).engine) as conn:
        found, credits_ = outage_of(conn, outage_id), _credits(conn, outage_id)
    events = [event for state, event in TABLES["outage"] if state == found["state"]]
    forms = [BY_EVENT["outage", event] for event in events if ("outage", event) in BY_EVENT]
    actions = [(form, form.at(outage_id=outage_id)) for form in forms if visit.may(form.name)]
    done = BY_NAME.get(request.query_params.get("done", ""))
    proposed = "proposed" in request.query_params
    return page(
        request, visit, "outage.html", outage=found, credits=credits_, actions=actions, done=done,
        proposed=proposed,
    )  # fmt: skip


def _credits(conn: Connection, outage_id: str) -> list[Any]:
    credit, contract = tables.SUBJECTS["credit"].c, tables.contract.c
    statement = (
        select(
            contract.id, contract.reference, credit.state, credit.units, credit.amount_yen, credit.last_claim_on
        )
        .join_from(tables.SUBJECTS["credit"], tables.contract, contract.id == credit.contract_id)
        .where(credit.outage_id == outage_id)
        .order_by(credit.contract_id)
        .limit(SHOWN)
    )
    return list(conn.execute(statement))
