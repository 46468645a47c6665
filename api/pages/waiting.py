"""The worklist: everything that waits for a person, the assignee, how long, and the required act."""

from fastapi import Request
from fastapi.responses import Response

from api.pages.chosen import ACTS, EXPORT
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.pages.waiting_rows import APPROVALS, waiting_rows
from api.request.context import context_of
from lifecycle.queries.queue import own_proposals
from lifecycle.queries.waiting_kinds import KINDS
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of
from lifecycle.records.listing import assignees

router = pages()
LAST = 400  # pages
MINE = "me"


@router.get("/waiting")
def waiting(request: Request, visit: SignedInSession) -> Response:
    """Show all or one kind of it, for everybody or one person, the longest waiting first."""
    visit.need("waiting-list_waiting")
    context, query = context_of(request), request.query_params
    now = context.clock()
    kind = next((one for one in KINDS if one == query.get("kind")), None)
    whose = query.get("assigned_to", "").replace("\0", "")[:200] or None
    number = int(text) if (text := query.get("page", "")).isascii() and text.isdigit() else 1
    place = max(1, min(number, LAST))
    name = visit.principal.name if whose == MINE else whose
    service = chosen_service(request, visit)
    with reading(context.engine) as conn:
        waits = waiting_rows(
            context,
            conn,
            visit,
            now,
            visit.own.rows,
            kind=kind,
            assigned_to=name,
            service=service,
            offset=(place - 1) * visit.own.rows,
        )
        names = names_of(conn, waits.contracts) if visit.principal.sees_personal_data else {}
        people = assignees(conn)
        answered = own_proposals(conn, visit.principal.name) if visit.may(APPROVALS) else []
    places = {"prev": place - 1 if place > 1 else None, "next": place + 1 if waits.more else None}
    return page(
        request, visit, "waiting.html", now=now, waits=waits, kind=kind, whose=whose, mine=MINE,
        people=[one for one in people if one != visit.principal.name], names=names, answered=answered,
        link=Linking("/waiting", {"kind": kind, "assigned_to": whose, "service": service}), places=places,
        service=service, services=services_to_choose(visit),
        acts=[act for act in ACTS if act.name != EXPORT and visit.may(act.needs)],
    )  # fmt: skip
