"""The first page: what waits, what happens next, what went wrong."""

from fastapi import Request
from fastapi.responses import Response

from api.context import context_of
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.visits import SignedIn
from lifecycle.desk.part_views import waiting
from lifecycle.records.engine import reading

router = pages()
SHOWN = 50


@router.get("/")
def today(request: Request, visit: SignedIn) -> Response:
    """What waits for a person, and what the clock will do."""
    context = context_of(request)
    now = context.clock()
    with reading(context.engine) as conn:
        found = waiting(conn, now, SHOWN + 1, "")
    return page(request, visit, "today.html", now=now, waits=found[:SHOWN], more=len(found) > SHOWN)
