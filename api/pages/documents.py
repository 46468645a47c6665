"""Papers to print, and as PDF for whoever is signed in."""

from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from api.documents.content import DocumentWriter
from api.messages.catalogue import Language
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from api.routes.files import paper_file
from lifecycle.records.engine import reading

router = pages()
NEEDS = "files-paper"


def confirmations_of(contract_id: str, accepted: bool, notified: bool) -> list[tuple[str, str]]:
    """The confirmations of a contract, by name with the address to print from; .pdf after it gives the PDF."""
    there = (("acceptance", accepted), ("cancellation", notified))
    return [(name, f"/contracts/{contract_id}/papers/{name}") for name, is_there in there if is_there]


@router.get("/contracts/{contract_id}/papers/{name}.pdf")
def as_pdf(request: Request, visit: SignedInSession, contract_id: str, name: str) -> Response:
    """A paper as PDF, in the language of the pages."""
    visit.need(NEEDS)
    return paper_file(context_of(request), contract_id, name, _language(request, visit.language))


@router.get("/contracts/{contract_id}/papers/{name}")
def to_print(request: Request, visit: SignedInSession, contract_id: str, name: str) -> Response:
    """A document as a printable page; it shows every character that a name may contain."""
    visit.need(NEEDS)
    context = context_of(request)
    now = context.clock()
    with reading(context.engine) as conn:
        paper = DocumentWriter(conn, contract_id, now, _language(request, visit.language)).paper(name)
    return page(request, visit, "document.html", now=now, paper=paper, contract_id=contract_id, name=name)


def _language(request: Request, otherwise: Language) -> Language:
    asked: dict[str, Literal["ja", "en"]] = {"ja": "ja", "en": "en"}
    return asked.get(request.query_params.get("lang", ""), otherwise)
