"""Notes and attachments of a contract: their history rows with the separately stored texts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, and_, select

from lifecycle.errors import Unknown
from lifecycle.machines.dossier import row_id
from lifecycle.machines.stateless_rows import ATTACH, NOTE
from lifecycle.queries.history import superseded_by
from lifecycle.queries.views.notes import AttachmentView, NoteView, WrittenBeside
from lifecycle.records import tables
from lifecycle.records.people import note_read

_H, _N, _A = tables.history.c, tables.note.c, tables.attachment.c
_NOTES = select(_H.seq, _H.payload, _N.text).outerjoin(
    tables.note, and_(_N.contract_id == _H.subject_id, _N.seq == _H.seq)
)
_ATTACHMENTS = select(_H.seq, _H.payload, _A.name).outerjoin(
    tables.attachment, and_(_A.contract_id == _H.subject_id, _A.seq == _H.seq)
)


class StoredFile(NamedTuple):
    """A stored file."""

    name: str
    media_type: str
    content: bytes


def notes_of(conn: Connection, contract_id: str, after: int = 0, limit: int | None = None) -> list[NoteView]:
    """The notes of a contract whose rows come after one, the oldest first."""
    rows, gone = _found(conn, _NOTES, contract_id, NOTE, after, limit)
    return [{**_beside(payload, seq not in gone), "text": text} for seq, payload, text in rows]


def attachments_of(
    conn: Connection, contract_id: str, after: int = 0, limit: int | None = None
) -> list[AttachmentView]:
    """The attachments of a contract whose rows come after one, the oldest first."""
    rows, gone = _found(conn, _ATTACHMENTS, contract_id, ATTACH, after, limit)
    return [attachment_view(payload, name, stands=seq not in gone) for seq, payload, name in rows]


def attachment_view(payload: Any, name: str | None, *, stands: bool = True) -> AttachmentView:
    """An attachment. payload: of its history row. name: None once erased."""
    facts, beside = payload["facts"], _beside(payload, stands)
    place = f"/v1/contracts/{payload['subject']}/attachments/{beside['id']}"
    return {
        **beside,
        "name": name,
        "media_type": facts["media_type"],
        "size_bytes": facts["size_bytes"],
        "sha256": facts["sha256"],
        "entry": facts.get("entry"),
        "content": place if name is not None else None,
    }


def stored_file(conn: Connection, contract_id: str, attachment_id: str) -> StoredFile:
    """A file with its bytes. Raises Unknown where the contract has none of that id, or it is erased."""
    owner, _, seq = attachment_id.rpartition(".")
    if owner != contract_id or not (seq.isascii() and seq.isdecimal() and len(seq) < 10):
        raise Unknown("attachment", attachment_id)
    note_read([contract_id])
    row = conn.execute(
        select(_A.name, _A.content, _H.payload)
        .join(tables.history, and_(_A.contract_id == _H.subject_id, _A.seq == _H.seq))
        .where(_A.contract_id == contract_id, _A.seq == int(seq))
    ).first()
    if row is None:
        raise Unknown("attachment", attachment_id)
    return StoredFile(row.name, orjson.loads(row.payload)["facts"]["media_type"], row.content)


def _found(
    conn: Connection, statement: Select[Any], contract_id: str, event: str, after: int, limit: int | None
) -> tuple[Sequence[tuple[int, Any, str | None]], set[int]]:
    note_read([contract_id])
    mine = statement.where(_H.subject_id == contract_id, _H.event == event, _H.seq > after)
    rows = conn.execute(mine.order_by(_H.seq).limit(limit)).all()
    gone = superseded_by(conn, contract_id) if rows else {}
    return [(seq, orjson.loads(payload), said) for seq, payload, said in rows], set(gone)


def _beside(payload: Any, stands: bool) -> WrittenBeside:
    return {
        "id": row_id(payload["subject"], payload["seq"]),
        "recorded_at": payload["recorded_at"],
        "actor": payload["actor"],
        "stands": stands,
    }
