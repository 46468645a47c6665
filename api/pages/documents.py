"""Papers as printable pages, and as PDF for signed-in users."""

from typing import Literal

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.documents.pdf import not_drawn_in
from api.documents.writer import available_papers
from api.messages.catalogue import Language, written_language
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from api.routes.files import paper_file, writer_of
from lifecycle.history.rows import rows_of
from lifecycle.machines.dossier import Dossier
from lifecycle.records.engine import reading

router = pages()
NEEDS = "files-paper"


def papers_of(conn: Connection, dossier: Dossier) -> list[tuple[str, str]]:
    """Return a contract's papers except those about a month: the key of each title, the address of the printable
    page. The address followed by .pdf returns the PDF.
    """
    contract_id = dossier.contract.id
    there = available_papers(dossier, rows_of(conn, contract_id))
    return [(title, f"/contracts/{contract_id}/papers/{name}") for name, title in there]


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
        paper = writer_of(context, conn, contract_id, now, _language(request, visit.language)).paper(name)
    return page(
        request, visit, "document.html", now=now, paper=paper, contract_id=contract_id, name=name,
        lacking=not_drawn_in(paper),
    )  # fmt: skip


def _language(request: Request, otherwise: Language) -> Language:
    asked: dict[str, Literal["ja", "en"]] = {"ja": "ja", "en": "en"}
    return asked.get(request.query_params.get("lang", ""), written_language(otherwise))
