"""Addresses where nothing is: for a person's browser the answer is a page, too."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from api.pages.routing import PageRoute, ours, see
from api.problems import Problem

OTHERS = ("/v1", "/static/", "/healthz", "/readyz", "/metrics", "/openapi.json")  # what programs ask


class UnknownPage(PageRoute):
    """Whatever a browser asks for that no other route has."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Nothing of what programs ask, nor for those who do not read pages."""
        read_by_people = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["type"] != "http" or scope["path"].startswith(OTHERS) or not read_by_people:
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(route_class=UnknownPage, include_in_schema=False)


@router.get("/{address:path}")
async def unknown_page(request: Request, address: str) -> Response:
    """Goes on to the same address without a last slash; says that nothing is there otherwise."""
    if address.endswith("/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return see(ours(f"/{address.rstrip('/')}") + query)
    raise Problem(404, "not-found", "There is no such page", "Nothing is at this address.")
