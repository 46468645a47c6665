"""The issued statements of a month as papers: one ZIP with a PDF for each contract, streamed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import RawIOBase
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Connection

from api.documents.content import Document
from api.documents.pdf import pdf
from api.documents.writer import require_issuer
from api.messages.catalogue import Language
from api.pages.chosen_service import chosen_service
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.problems import Problem
from api.request.context import Context, Exporting, context_of
from api.routes.files import writer_of
from lifecycle.commands.statements import named_month
from lifecycle.errors import DomainError
from lifecycle.queries.issued_search import IssuedFilter, find_issued, place_of_issued
from lifecycle.queries.operations import references_of
from lifecycle.records.engine import reading

router = pages()
PART = 50  # papers whose contracts are read together
_UNSAFE = re.compile(r"[^\w.-]+")


@router.get("/statements/{month}.zip")
def statements_papers(request: Request, visit: SignedInSession, place: Exporting, month: str) -> Response:
    """Stream all papers. Each is read when its turn comes; an issued statement never changes."""
    visit.need("files-paper")
    context = context_of(request)
    issued = IssuedFilter(
        month_from=(wanted := str(named_month(month))), month_to=wanted, service=chosen_service(request, visit)
    )
    with reading(context.engine) as conn:
        if not find_issued(conn, issued, 1):
            raise Problem(404, "unknown", "Not found", "No statement of that month is issued.")
    require_issuer(context.issuer, sandbox=context.sandbox)
    headers = {
        "Content-Disposition": f'attachment; filename="statements-{wanted}.zip"',
        "Cache-Control": "no-store",
    }
    made = _zipped(context, issued, context.clock(), visit.language)
    return StreamingResponse(made, headers=headers, media_type="application/zip")


def _zipped(context: Context, issued: IssuedFilter, now: datetime, language: Language) -> Iterator[bytes]:
    pieces = _Pieces()
    with ZipFile(pieces, "w", ZIP_STORED) as file:
        while True:
            with reading(context.engine) as conn:
                found = find_issued(conn, issued, PART)
                named = references_of(conn, [one["contract_id"] for one in found])
                papers = [_paper(context, conn, one["contract_id"], one["month"], now, language) for one in found]
            for one, paper in zip(found, papers, strict=True):
                id_ = one["contract_id"]
                ending, content = (".txt", paper) if isinstance(paper, str) else (".pdf", pdf(paper))
                name = f"{_UNSAFE.sub('_', named[id_][1])}_{id_}{ending}"
                file.writestr(ZipInfo(name, now.timetuple()[:6]), content)
                yield pieces.taken()
            if len(found) < PART:
                break
            issued = replace(issued, after=place_of_issued(found[-1]))
    yield pieces.taken()


def _paper(
    context: Context, conn: Connection, contract_id: str, month: str, now: datetime, language: Language
) -> Document | str:
    """Return the statement of a contract; if there is none any more, as for an archived contract, the reason."""
    try:
        return writer_of(context, conn, contract_id, now, language).paper(f"statement-{month}")
    except DomainError as error:
        return f"{error.detail}\n"


class _Pieces(RawIOBase):
    """A buffer of the output until it is sent: a write-only file."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._kept += piece
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        found, self._kept = bytes(self._kept), bytearray()
        return found
