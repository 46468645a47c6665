"""Routes of pages: errors become pages, and every answer has the pages' headers."""

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from api.pages.layout import HEADERS, page
from api.pages.session import NotSignedIn, page_session
from api.pages.shown import redirect_to_shown_page, shown_before
from api.pages.sign_in_again import ask_again, typed_before
from api.problems import TITLES, Passing, Problem, problem_of
from api.request.context import context_of
from api.request.request_limits import caller_of
from api.request.slow_lane import working
from lifecycle.errors import DomainError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose errors are shown as pages; a visitor who is not signed in is redirected.

    Slow pages wait for each other, like slow requests to the API.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint if iscoroutinefunction(endpoint) else _timed(endpoint), **more)

    def get_route_handler(self) -> Handler:
        """Return the route's handler with error handling."""
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                if "\0" in request.url.path:  # no database can store this character: not found
                    raise Problem(404, "unknown", "Not found", "There is no such page.")
                response = await shown_before(request) or await self._in_turn(handler, request)
            except NotSignedIn:
                draft = await typed_before(request)
                if draft is None:
                    response = see(f"/sign-in?next={quote(_address(request), safe='')}")
                else:
                    response = ask_again(request, await page_session(request), draft)
            except Exception as error:
                if (problem := _problem(error)) is None:
                    raise
                visit = await page_session(request)
                response = page(request, visit, "problem.html", status=problem.status, problem=problem, now=None)
                response.headers.update(problem.headers)
            response = await redirect_to_shown_page(request, response)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return shown

    async def _in_turn(self, handler: Handler, request: Request) -> Response:
        if request.method != "GET":
            return await handler(request)
        async with context_of(request).slow_lane.question((caller_of(request), f"page {self.path}")):
            return await handler(request)


def _timed(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Run an endpoint in a thread and measure its work."""

    @wraps(endpoint)
    def timed(*given: Any, **named: Any) -> Any:
        with working():
            return endpoint(*given, **named)

    return timed


def pages() -> APIRouter:
    """Create a router for pages; they are not part of the OpenAPI document."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def see(address: str) -> Response:
    """Redirect the browser to another page."""
    return RedirectResponse(address, 303)


def ours(address: str | None) -> str:
    """Return an address within these pages, the first page for anything else."""
    fine = address and address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if address and fine else "/"


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _problem(error: Exception) -> DomainError | None:
    if isinstance(error, Passing):
        return error.problem
    if isinstance(error, HTTPException):
        return Problem(error.status_code, "error", TITLES.get(error.status_code, "Error"), str(error.detail))
    return problem_of(error)
