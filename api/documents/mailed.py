"""A paper as mail: the PDF of a download, with a short text."""

import re
from functools import partial

from sqlalchemy import Connection

from api.documents.pdf import pdf
from api.documents.writer import DocumentWriter
from api.messages.catalogue import Language, translator
from api.problems import Problem
from api.request.context import Context
from lifecycle.mail.outbox import Letter
from lifecycle.queries.issued import sent_to
from lifecycle.terms.calendar import Month

_STATEMENT = "statement-"


def write_letters(context: Context) -> None:
    """Register the function that writes papers as mail."""
    context.letters = context.letters or partial(_letter_of, context)


def _letter_of(
    context: Context, conn: Connection, contract_id: str, paper: str, language: Language, recipient: str
) -> Letter:
    """Write a paper for a recipient. Raises Problem, Unknown; 409 for a statement that is not issued."""
    now, say = context.clock(), translator(language)
    document = DocumentWriter(
        conn, contract_id, now, language, context.issuer, sandbox=context.sandbox
    ).paper(paper)  # fmt: skip
    if paper.startswith(_STATEMENT):
        _refuse_unissued(conn, contract_id, paper.removeprefix(_STATEMENT))
    issuer = document.issuer
    signed = [issuer.name, issuer.address, issuer.contact] if issuer else []
    words = {"title": document.title, "reference": document.reference, "to": document.to}
    return Letter(
        recipient=recipient,
        subject=say("mail.subject", **words),
        body="\n".join([say("mail.body", **words), "", *signed, ""]),
        file_name=re.sub(r"[/\\]", "_", f"{document.name}.pdf"),
        content=pdf(document),
    )


def _refuse_unissued(conn: Connection, contract_id: str, month: str) -> None:
    sent = sent_to(conn, [contract_id]).get(contract_id)
    if sent is None or Month.parse(month) not in sent.issued:
        raise Problem(
            409, "not-issued", "The statement is not issued", "Only an issued statement is mailed: issue it first."
        )
