"""Tables next to those of subjects: searched texts, notes and files (R43), mail, archived histories."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from lifecycle.records.base import by_text_parts

_WAITS = text("next_try_at IS NOT NULL")


class ArchivedRow(SQLModel, table=True):
    """A contract whose history was written to a file and then deleted. Append-only.

    file, sha256: the file's name when it was written, and its hash. rows: the number of deleted rows. seq: of the
    row in the contract's chain that records it.
    """

    __tablename__ = "archived"
    contract_id: str = Field(primary_key=True, max_length=40)
    file: str = Field(max_length=255)
    sha256: str = Field(max_length=64, index=True)
    rows: int
    seq: int
    archived_at: datetime
    archived_by: str = Field(max_length=100)


archived = ArchivedRow.__table__  # type: ignore[attr-defined]


class SearchTextRow(SQLModel, table=True):
    """A contract's reference for the search. A trigger of the database adds it, and no step changes it."""

    __tablename__ = "sought"
    __table_args__ = (
        by_text_parts("ix_sought_reference_parts", "lower(reference)"),
        {"sqlite_with_rowid": False},
    )
    contract_id: str = Field(primary_key=True, max_length=40)
    reference: str = Field(max_length=100)


class OtherReferenceRow(SQLModel, table=True):
    """A further reference of a contract, normalised for lookup; several contracts may have the same one."""

    __tablename__ = "other_reference"
    __table_args__ = (
        Index("ix_other_reference_key", "reference_key", "contract_id"),
        by_text_parts("ix_other_reference_parts", "reference_key"),
        {"sqlite_with_rowid": False},
    )
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    reference_key: str = Field(primary_key=True, sa_type=Text)


search_text = SearchTextRow.__table__  # type: ignore[attr-defined]
other_reference = OtherReferenceRow.__table__  # type: ignore[attr-defined]


class NoteRow(SQLModel, table=True):
    """The text of a note. seq: of its history row, which contains HMAC-SHA256(salt, text)."""

    __tablename__ = "note"
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    seq: int = Field(primary_key=True)
    salt: str = Field(max_length=64)
    text: str = Field(sa_type=Text)


class AttachmentRow(SQLModel, table=True):
    """A file. seq: of its history row, which contains HMAC-SHA256(salt, name) and the SHA-256 of the bytes."""

    __tablename__ = "attachment"
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    seq: int = Field(primary_key=True)
    salt: str = Field(max_length=64)
    name: str = Field(max_length=255)
    content: bytes = Field(sa_type=LargeBinary)


note = NoteRow.__table__  # type: ignore[attr-defined]
attachment = AttachmentRow.__table__  # type: ignore[attr-defined]


class MailRow(SQLModel, table=True):
    """One message. contract_id, paper: None for a test message. to_whom: customer, administrator or test.

    recipient, subject, body, file_name, content: None after it was sent or removed. sha256: of the attached file.
    next_try_at: None after it was sent, and after the last attempt. lease_owner, lease_until: the process that
    sends it, and how long no other one does.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_next", "next_try_at", postgresql_where=_WAITS, sqlite_where=_WAITS),)
    id: str = Field(primary_key=True, max_length=40)
    contract_id: str | None = Field(default=None, max_length=40, index=True)
    paper: str | None = Field(default=None, max_length=60)
    language: str = Field(max_length=2)
    to_whom: str = Field(max_length=20)
    recipient: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    body: str | None = Field(default=None, sa_type=Text)
    file_name: str | None = Field(default=None, sa_type=Text)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    sha256: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    lease_owner: str | None = Field(default=None, max_length=40)
    lease_until: datetime | None = None
    created_at: datetime
    created_by: str = Field(max_length=100)
    sent_at: datetime | None = None
    removed_at: datetime | None = None


mail = MailRow.__table__  # type: ignore[attr-defined]
