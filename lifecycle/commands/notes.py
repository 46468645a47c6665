"""Notes, attachments, and the assignee of a contract (R43)."""

import secrets
from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from lifecycle.commands.command import CommandContext
from lifecycle.commands.enter_event import expect_version
from lifecycle.errors import DomainError, Malformed, Problem, Unknown
from lifecycle.history.payload import commit_to
from lifecycle.history.store import store_step
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.facts import Facts, NoFacts
from lifecycle.machines.stateless_rows import ASSIGN, ATTACH, NOTE, AssignmentFacts, AttachmentFacts, stateless_row
from lifecycle.machines.step import Act
from lifecycle.queries.media import MOST_BYTES, media_type_of, safe_name
from lifecycle.records import tables
from lifecycle.records.mapping import load


class PersonalDataErased(DomainError):
    """A new text about a customer would remain after the erasure of the customer's data."""

    kind, title = "erased", "The personal data is erased"

    def __init__(self) -> None:
        super().__init__("The contract's personal data is erased: nothing more is written about it.")


def write_note(conn: Connection, contract_id: str, text: str, context: CommandContext) -> Dossier:
    """Adds a note. Raises Unknown, Stale, PersonalDataErased, ConcurrentChange."""
    before, salt = _open(conn, contract_id, context), secrets.token_hex(32)
    written = _write(conn, before, NOTE, NoFacts(), context, {"text": text}, salt)
    row = {"contract_id": contract_id, "seq": written.contract.seq, "salt": salt, "text": text}
    conn.execute(insert(tables.note), row)
    return written


def attach(
    conn: Connection, contract_id: str, content: bytes, name: str, entry: str | None, context: CommandContext
) -> Dossier:
    """Add a file. entry: the history row that it documents, of the contract or a part of it.

    Raises as `write_note`, Malformed for a file type that is not allowed, Problem 413 for one that is too large.
    """
    before, salt = _open(conn, contract_id, context), secrets.token_hex(32)
    if len(content) > MOST_BYTES:
        raise Problem(
            413, "too-large", "Too large", f"A file holds at most {MOST_BYTES} bytes.", limit_bytes=MOST_BYTES
        )
    media_type = media_type_of(content)
    if media_type is None:
        raise Malformed([("/file", "is not a PDF, PNG or JPEG file, nor a mail (EML), or is cut off")])
    if entry is not None and not _has_row(conn, contract_id, entry):
        raise Unknown("entry", entry)
    kept = safe_name(name, media_type)
    facts = AttachmentFacts(
        media_type=media_type, size_bytes=len(content), sha256=sha256(content).hexdigest(), entry=entry
    )
    written = _write(conn, before, ATTACH, facts, context, {"name": kept}, salt)
    row = {"contract_id": contract_id, "seq": written.contract.seq, "salt": salt, "name": kept}
    conn.execute(insert(tables.attachment), row | {"content": content})
    return written


def assign(conn: Connection, contract_id: str, to: str | None, context: CommandContext) -> Dossier:
    """Set the assignee of a contract, None for nobody; the same assignee again changes nothing.

    Raises Unknown, Stale, ConcurrentChange.
    """
    before = load(conn, contract_id, lock=True)
    expect_version(before, contract_id, context)
    if before.contract.assigned_to == to:
        return before
    return _write(conn, before, ASSIGN, AssignmentFacts(to=to), context)


def forget_written(conn: Connection, contract_id: str) -> None:
    """Erases the texts of notes, and files with their names."""
    for table in (tables.note, tables.attachment):
        conn.execute(delete(table).where(table.c.contract_id == contract_id))


def _open(conn: Connection, contract_id: str, context: CommandContext) -> Dossier:
    dossier = load(conn, contract_id, lock=True)
    expect_version(dossier, contract_id, context)
    if dossier.erasures:
        raise PersonalDataErased
    return dossier


def _write(
    conn: Connection, before: Dossier, event: str, facts: Facts, context: CommandContext,
    personal: Mapping[str, str] | None = None, salt: str = "",
) -> Dossier:  # fmt: skip
    """Write the row. personal: the data for its commitment, under the salt."""
    act = Act(
        event, before.contract.id, facts, context.actor, context.now, context.now, context.reason,
        approver=context.approver,
    )  # fmt: skip
    after, entry = stateless_row(before, act)
    commitments = {entry.row_id: commit_to(personal, salt)} if personal is not None else {}
    return store_step(conn, before, after, (entry,), commitments)


def _has_row(conn: Connection, contract_id: str, entry: str) -> bool:
    subject, _, seq = entry.rpartition(".")
    if not (seq.isascii() and seq.isdecimal() and len(seq) < 10):
        return False
    h = tables.history.c
    wanted = select(h.seq).where(h.subject_id == subject, h.seq == int(seq), h.contract_id == contract_id)
    return conn.execute(wanted).first() is not None
