"""Every document of every demo contract: written in both languages, polite, and drawable."""

import re
from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from api.documents.content import Document
from api.documents.pdf import pdf
from api.documents.writer import DocumentWriter, available_papers
from api.messages.catalogue import LANGUAGES
from lifecycle.history.rows import rows_of
from lifecycle.queries.charges import charges
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import tokyo_day
from tests.demo.conftest import played, played_engine
from tests.documents.contents import ISSUER, text_of

__all__ = ["played", "played_engine"]

NOT_POLITE = re.compile(r"(である|する|(?<!ま)した|ない|よる|なる|生じる|れる)。")
OF_THE_CODE = re.compile(r"\b(basic|premium|calendar_days|None|null)\b|\w+_\w+")


@pytest.fixture(scope="module")
def demo_documents(played_engine: Engine, played: object) -> list[Document]:
    """All of them, as written at the end of the play."""
    found = []
    with reading(played_engine) as conn:
        now: datetime = conn.execute(select(tables.clock.c.sandbox_now)).scalar_one()
        for contract_id in conn.execute(select(tables.contract.c.id)).scalars().all():
            dossier = load(conn, contract_id)
            names = [name for name, _ in available_papers(dossier, rows_of(conn, contract_id))]
            months = {str(charge.month) for charge in charges(dossier, tokyo_day(now))}
            names += [f"statement-{month}" for month in sorted(months)]
            for language in LANGUAGES:
                writer = DocumentWriter(conn, contract_id, now, language, ISSUER, sandbox=False)
                found += [writer.paper(name) for name in names]
    return found


def test_the_demo_contracts_have_documents_of_most_kinds(demo_documents: list[Document]) -> None:
    kinds = {paper.name.removeprefix(f"{paper.reference}-").partition("-")[0] for paper in demo_documents}
    assert {"acceptance", "cancellation", "statement"} <= kinds and len(demo_documents) > 60


def test_every_document_is_polite_and_contains_no_identifier_of_the_code(demo_documents: list[Document]) -> None:
    for paper in demo_documents:
        said = [paper.opening, *paper.notes]
        said += [text for line in paper.lines for text in (line.label, line.value, *line.because)]
        for text in said:
            assert not NOT_POLITE.search(text), text
            assert not OF_THE_CODE.search(text.replace(paper.reference, "")), text


def test_every_pdf_contains_the_whole_text_of_its_document(demo_documents: list[Document]) -> None:
    for paper in demo_documents[:: max(1, len(demo_documents) // 30)]:
        text = text_of(pdf(paper))
        for line in paper.lines:
            for part in (line.label, line.value, *line.because):
                assert "".join(part.split()) in text, (paper.name, part)
