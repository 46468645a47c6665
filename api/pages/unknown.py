"""Unknown addresses: a browser gets a page as the answer, too."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from api.pages.routing import PageRoute, ours, see
from api.problems import Problem

OTHERS = ("/v1", "/static/", "/healthz", "/readyz", "/metrics", "/openapi.json")  # paths for programs


class UnknownPage(PageRoute):
    """Matches any address that a browser requests and no other route has."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match no path for programs, and no client that does not accept pages."""
        read_by_people = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["type"] != "http" or scope["path"].startswith(OTHERS) or not read_by_people:
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(route_class=UnknownPage, include_in_schema=False)


@router.get("/{address:path}")
async def unknown_page(request: Request, address: str) -> Response:
    """Redirect to the same address without a trailing slash; otherwise show that the page does not exist."""
    if address.endswith("/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return see(ours(f"/{address.rstrip('/')}") + query)
    raise Problem(404, "not-found", "There is no such page", "Nothing is at this address.")
