"""The tables of webhooks: receivers and undelivered messages."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from lifecycle.records.base import named_in_database


class WebhookRow(SQLModel, table=True):
    """A receiver and its cursor. secret, old_secret: the secrets that sign its messages.

    types: the message types it wants, None for all. service: only this service's contracts, None for all. cursor:
    it has accepted the log up to this index, except the rows in `undelivered`. failures: consecutive ones.
    lease_owner, lease_until: the process that sends to it, and how long no other one does.
    """

    __tablename__ = "webhook"
    id: str = Field(primary_key=True, max_length=40)
    url: str = Field(max_length=500)
    types: list[str] | None = Field(default=None, sa_type=JSON)
    service: str | None = Field(default=None, max_length=40)
    secret: str = Field(max_length=100)
    old_secret: str | None = Field(default=None, max_length=100)
    old_secret_until: datetime | None = None
    cursor: int = Field(sa_type=BigInteger, sa_column_kwargs=named_in_database("sent_up_to", "cursor"))
    failures: int = 0
    backoff_until: datetime | None = Field(
        default=None, sa_column_kwargs=named_in_database("rests_until", "backoff_until")
    )
    lease_owner: str | None = Field(
        default=None, max_length=40, sa_column_kwargs=named_in_database("held_by", "lease_owner")
    )
    lease_until: datetime | None = Field(
        default=None, sa_column_kwargs=named_in_database("held_until", "lease_until")
    )
    created_at: datetime
    created_by: str = Field(max_length=100)
    disabled_at: datetime | None = None
    disabled_because: str | None = Field(default=None, sa_type=Text)


class UndeliveredRow(SQLModel, table=True):
    """A message that a receiver has not accepted: row `idx` of the log. contract_id: messages of a contract keep
    their order.

    attempts: the number of attempts; reason: why the last one failed. next_try_at: None after the last one, and
    never before that of an earlier message about the contract.
    """

    __tablename__ = "undelivered"
    __table_args__ = (
        Index("ix_undelivered_next", "webhook_id", "next_try_at"),
        Index("ix_undelivered_contract", "webhook_id", "contract_id", "idx"),
    )
    webhook_id: str = Field(primary_key=True, foreign_key="webhook.id", max_length=40)
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    contract_id: str = Field(max_length=40)
    attempts: int = Field(default=0, sa_column_kwargs=named_in_database("tries", "attempts"))
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    reason: str | None = Field(default=None, sa_type=Text)


webhook = WebhookRow.__table__  # type: ignore[attr-defined]
undelivered = UndeliveredRow.__table__  # type: ignore[attr-defined]
