"""Documents as tests read them: as data, and as the text of their PDF."""

import io
from typing import Any

from pypdf import PdfReader

from api.documents.content import Document, DocumentLine
from api.documents.writer import DocumentWriter
from api.messages.catalogue import Language
from api.request.issuer import Issuer
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Subject, id_of

ISSUER = Issuer("株式会社配信事業", "東京都千代田区富士見2-10-2", "契約窓口 03-0000-0000")


def paper(desk: Desk, contract: Subject, name: str, language: Language = "ja") -> Document:
    """Return a document of a contract from the current record."""
    with reading(desk.engine) as conn:
        now = desk.context.clock()
        return DocumentWriter(conn, id_of(contract), now, language, ISSUER, sandbox=False).paper(name)


def values(document: Document, title: str | None = None) -> dict[str, str]:
    """Return the values of the lines by label, of the section with a title or of all without one."""
    return {line.label: line.value for line in lines(document, title)}


def reasons(document: Document, label: str, title: str | None = None) -> list[str]:
    """The sentences below a line."""
    return [one for line in lines(document, title) if line.label == label for one in line.because]


def lines(document: Document, title: str | None = None) -> list[DocumentLine]:
    wanted = [section for section in document.sections if section.title == (title or "")]
    return [line for section in wanted for line in section.lines]


def rows_of_text(content: bytes) -> list[str]:
    """The lines of a PDF's text, as a reader copies them."""
    return [row for page in PdfReader(io.BytesIO(content)).pages for row in page.extract_text().splitlines()]


def text_of(content: bytes) -> str:
    """All text of a PDF without blanks and line ends."""
    return "".join("".join(rows_of_text(content)).split())


def pdf_of(desk: Desk, path: str, status: int = 200, **query: Any) -> bytes:
    """The PDF at an address of the interface."""
    answer = desk.client.get(path, params=query)
    assert answer.status_code == status, answer.text
    content: bytes = answer.content
    return content
