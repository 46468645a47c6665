"""The table of mail: papers on their way to customers, and what became of them."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from lifecycle.records import base  # noqa: F401  the naming of constraints comes first

_WAITS = text("next_try_at IS NOT NULL")


class MailRow(SQLModel, table=True):
    """One message. contract_id, paper: None of a test message. to_whom: customer, administrator or test.

    recipient, subject, body, file_name, content: what is sent, None once it is taken or removed.
    sha256: of the attached file. next_try_at: None once it is taken, and after the last try.
    lease_owner, lease_until: the process that sends it, and until when no other one does.
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
