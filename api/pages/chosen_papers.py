"""The papers of chosen contracts as one PDF, each paper on pages of its own."""

from collections.abc import Mapping, Sequence

from fastapi import Request
from fastapi.responses import Response

from api.documents.pdf import TYPE, pdf
from api.documents.writer import available_papers
from api.messages.catalogue import written_language
from api.pages.layout import page
from api.pages.session import PageSession
from api.request.context import context_of
from api.routes.files import writer_of
from lifecycle.history.rows import rows_of
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load_many

PAPERS: Mapping[str, Sequence[str]] = {
    "papers_of_acceptance": ("acceptance",),
    "papers_of_end": ("cancellation", "end_by_agreement", "end_by_company"),
}


def papers_file(request: Request, visit: PageSession, act: str, ids: Sequence[str], back: str) -> Response:
    """Return the papers in the order of the list.

    Contracts without one are listed first, and the user must confirm.
    """
    context = context_of(request)
    now = context.clock()
    with reading(context.engine) as conn:
        dossiers = load_many(conn, ids)
        ids = [id_ for id_ in ids if id_ in dossiers]
        there = {
            id_: [name for name, _ in available_papers(dossiers[id_], rows_of(conn, id_)) if name in PAPERS[act]]
            for id_ in ids
        }
        lacking = [dossiers[id_].contract for id_ in ids if not there[id_]]
        having = [dossiers[id_].contract for id_ in ids if there[id_]]
        if lacking or not having:
            return page(
                request,
                visit,
                "chosen_papers.html",
                status=200,
                act=act,
                lacking=lacking,
                having=having,
                back=back,
            )
        language = written_language(visit.language)
        papers = [writer_of(context, conn, id_, now, language).paper(name) for id_ in ids for name in there[id_]]
    headers = {"Content-Disposition": f'inline; filename="{act}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf(*papers), headers=headers, media_type=TYPE)
