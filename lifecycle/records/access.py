"""The tables of access and requests: tokens, sessions, approvals, idempotency keys."""

from datetime import datetime

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from lifecycle.records import base  # noqa: F401  the naming of constraints comes first


class TokenRow(SQLModel, table=True):
    """An access token. hash: SHA-256 of the token, which is not stored itself.

    roles: its holder's grants. expires_at: from then on it is invalid, None for no expiry.
    """

    __tablename__ = "token"
    hash: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=100, unique=True)
    roles: list[str] = Field(sa_type=JSON)
    created_at: datetime
    created_by: str | None = Field(default=None, max_length=100)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = Field(default=None, max_length=100)
    revoked_because: str | None = Field(default=None, sa_type=Text)


class SessionRow(SQLModel, table=True):
    """A session of the pages, or a sign-in link. hash: SHA-256 of the secret, which is not stored itself.

    name, roles: the principal's, for a session without a token; token_hash: of the token, with which the session
    ends.
    """

    __tablename__ = "session"
    hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=10)
    token_hash: str | None = Field(default=None, max_length=64)
    name: str | None = Field(default=None, max_length=100)
    roles: list[str] | None = Field(default=None, sa_type=JSON)
    expires_at: datetime = Field(index=True)


class OwnSettingsRow(SQLModel, table=True):
    """A person's settings of the pages. name: as in the history; language: None for the browser's."""

    __tablename__ = "own_settings"
    name: str = Field(primary_key=True, max_length=100)
    language: str | None = Field(default=None, max_length=5)
    rows_shown: int
    density: str = Field(max_length=10)


class ShownPageRow(SQLModel, table=True):
    """A page that answered a form, encrypted with the browser's secret. hash: SHA-256 of its key.

    session: SHA-256 of that secret.
    """

    __tablename__ = "shown_page"
    hash: str = Field(primary_key=True, max_length=64)
    session: str = Field(max_length=64, index=True)
    page: bytes
    expires_at: datetime = Field(index=True)


class ApprovalRow(SQLModel, table=True):
    """A command that waits for a second person. body: as sent; version: of its subject; both are binding.

    state: proposed, approved, declined, lapsed. standing: digest of the contract's facts at the time of the
    proposal. lapsed_by: the row that corrected the contract meanwhile.
    """

    __tablename__ = "approval"
    id: str = Field(primary_key=True, max_length=40)
    state: str = Field(max_length=10, index=True)
    operation: str = Field(max_length=60)
    path: str = Field(max_length=200)
    subject_id: str = Field(max_length=40)
    version: int
    body: str = Field(sa_type=Text)
    proposed_by: str = Field(max_length=100)
    proposed_at: datetime
    decided_by: str | None = Field(default=None, max_length=100)
    decided_at: datetime | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    standing: str | None = Field(default=None, max_length=64)
    lapsed_by: str | None = Field(default=None, max_length=60)


class IdempotencyRow(SQLModel, table=True):
    """The first answer for an idempotency key. fingerprint: salted SHA-256 of method, path, query, body."""

    __tablename__ = "idempotency"
    actor: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    status: int
    headers: dict[str, str] = Field(sa_type=JSON)
    body: str = Field(sa_type=Text)
    recorded_at: datetime = Field(index=True)


token = TokenRow.__table__  # type: ignore[attr-defined]
session = SessionRow.__table__  # type: ignore[attr-defined]
own_settings = OwnSettingsRow.__table__  # type: ignore[attr-defined]
shown_page = ShownPageRow.__table__  # type: ignore[attr-defined]
approval = ApprovalRow.__table__  # type: ignore[attr-defined]
idempotency = IdempotencyRow.__table__  # type: ignore[attr-defined]
