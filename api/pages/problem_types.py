"""/problems: a public page for each type of problem; `type` in an answer is its address."""

from fastapi import Request
from fastapi.responses import Response

from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import AnySession
from api.problems import Problem
from api.schemas.outputs.common import PROBLEM_KINDS

router = pages()


@router.get("/problems")
async def problem_types_page(request: Request, visit: AnySession) -> Response:
    """Every type, with its meaning."""
    return page(request, visit, "problem_types.html", kinds=PROBLEM_KINDS)


@router.get("/problems/{kind}")
async def problem_type_page(request: Request, visit: AnySession, kind: str) -> Response:
    """Show one type: its meaning, and what a caller can do."""
    if kind not in PROBLEM_KINDS:
        raise Problem(404, "unknown", "Not found", "There is no such type of problem.")
    return page(request, visit, "problem_types.html", kinds=(kind,))
