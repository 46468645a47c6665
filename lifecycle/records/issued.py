"""The tables of issued statements, of months billed elsewhere, and of settled money."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from lifecycle.records import base  # noqa: F401  the naming of constraints comes first


class IssuedRow(SQLModel, table=True):
    """A month's issued statement. Append-only.

    lines: canonical JSON; hash: its SHA-256. waits: whether money waited for a person when it was issued.
    """

    __tablename__ = "issued"
    __table_args__ = (Index("ix_issued_month", "month", "contract_id"),)
    contract_id: str = Field(primary_key=True, max_length=40)
    month: str = Field(primary_key=True, max_length=7)
    lines: str = Field(sa_type=Text)
    total_yen: int = Field(sa_type=BigInteger)
    hash: str = Field(max_length=64)
    waits: bool
    issued_at: datetime
    issued_by: str = Field(max_length=100)


class BilledElsewhereRow(SQLModel, table=True):
    """The last month of a contract that was billed before this service issued statements (R41). Append-only.

    lines: JSON, the amounts of the months up to then by the facts of the time: month, kind, subject and yen of
    each.
    """

    __tablename__ = "billed_elsewhere"
    contract_id: str = Field(primary_key=True, max_length=40)
    until: str = Field(max_length=7)
    lines: str = Field(sa_type=Text)
    recorded_at: datetime
    recorded_by: str = Field(max_length=100)


class BilledElsewhereMovedRow(SQLModel, table=True):
    """A last month billed elsewhere that a correction has changed. Append-only; the newest counts.

    entry_id: of the correction. until: None for no month. lines: as of the first record.
    """

    __tablename__ = "billed_elsewhere_moved"
    entry_id: str = Field(primary_key=True, max_length=60)
    contract_id: str = Field(max_length=40, index=True)
    until: str | None = Field(default=None, max_length=7)
    lines: str = Field(sa_type=Text)
    recorded_at: datetime
    recorded_by: str = Field(max_length=100)


class SettledRow(SQLModel, table=True):
    """A refund or a payment that a person settled. Append-only. id: of the refund.

    month, kind, subject_id: what it is about. amount_yen: negative for a refund. cause: the history row. seq: of
    the row in the contract's history that records it, None if an earlier version settled it.
    """

    __tablename__ = "settled"
    id: str = Field(primary_key=True, max_length=40)
    contract_id: str = Field(max_length=40, index=True)
    month: str = Field(max_length=7)
    kind: str = Field(max_length=40)
    subject_id: str = Field(max_length=40)
    amount_yen: int = Field(sa_type=BigInteger)
    cause: str | None = Field(default=None, max_length=60)
    settled_on: date
    how: str = Field(sa_type=Text)
    recorded_at: datetime
    recorded_by: str = Field(max_length=100)
    seq: int | None = None


issued = IssuedRow.__table__  # type: ignore[attr-defined]
billed_elsewhere = BilledElsewhereRow.__table__  # type: ignore[attr-defined]
billed_elsewhere_moved = BilledElsewhereMovedRow.__table__  # type: ignore[attr-defined]
settled = SettledRow.__table__  # type: ignore[attr-defined]
