"""Texts of notes and files, to which the history only commits. They can be erased (R43)."""

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel


class NoteRow(SQLModel, table=True):
    """The text of a note. seq: of its history row, which holds HMAC-SHA256(salt, text)."""

    __tablename__ = "note"
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    seq: int = Field(primary_key=True)
    salt: str = Field(max_length=64)
    text: str = Field(sa_type=Text)


class AttachmentRow(SQLModel, table=True):
    """A file. seq: of its history row, which holds HMAC-SHA256(salt, name) and the bytes' SHA-256."""

    __tablename__ = "attachment"
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    seq: int = Field(primary_key=True)
    salt: str = Field(max_length=64)
    name: str = Field(max_length=255)
    content: bytes = Field(sa_type=LargeBinary)


note = NoteRow.__table__  # type: ignore[attr-defined]
attachment = AttachmentRow.__table__  # type: ignore[attr-defined]
