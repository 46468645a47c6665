"""The tables of a contract's parts and of outages: columns as in the dataclasses of machines/parts.py."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Index, Text, UniqueConstraint, false
from sqlmodel import Field

from lifecycle.records.base import EntityColumns, by_reference, by_timer


class PartColumns(EntityColumns):
    """The parts of one contract."""

    contract_id: str = Field(foreign_key="contract.id", max_length=40)


class ItemChangeRow(PartColumns, table=True):
    """A change of the item."""

    __tablename__ = "item_change"
    __table_args__ = (
        by_timer("item_change"),
        Index("ix_item_change_contract", "contract_id", "id"),
        Index("ix_item_change_state", "state", "id"),
        *by_reference("item_change"),
    )
    reference: str = Field(max_length=100)
    reference_key: str | None = Field(default=None, sa_type=Text)
    item: str = Field(max_length=20)
    received_on: date
    accepted_on: date | None = None
    effective_on: date | None = None
    fee_yen: int | None = Field(default=None, sa_type=BigInteger)
    former_item: str | None = Field(default=None, max_length=20)
    effective_from: str | None = Field(default=None, max_length=60)


class MeasureRow(PartColumns, table=True):
    """A measure of Art. 10."""

    __tablename__ = "measure"
    __table_args__ = (
        by_timer("measure"),
        Index("ix_measure_contract", "contract_id", "id"),
    )
    measure: str = Field(max_length=20)
    ground: str = Field(sa_type=Text)
    notified: bool
    starts_at: datetime
    ends_at: datetime | None = None
    lifted_at: datetime | None = None


class CreditRow(PartColumns, table=True):
    """The reduction for a contract after an outage."""

    __tablename__ = "credit"
    __table_args__ = (
        by_timer("credit"),
        Index("ix_credit_outage", "outage_id", "contract_id"),
        UniqueConstraint("contract_id", "outage_id"),
    )
    outage_id: str = Field(max_length=40)
    known_at: datetime
    recovered_at: datetime | None = None
    attributable: bool | None = None
    claimed_at: datetime | None = None
    claimed_from: str | None = Field(default=None, max_length=60)
    annulled: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    since: datetime | None = None
    units: int = 0
    amount_yen: int = Field(default=0, sa_type=BigInteger)
    claimable_on: date | None = None
    last_claim_on: date | None = None


class UsageRow(PartColumns, table=True):
    """A contract's use in a month; decimals as text."""

    __tablename__ = "usage"
    __table_args__ = (UniqueConstraint("contract_id", "month"),)
    month: str = Field(max_length=7)
    transcode_hours: str = Field(max_length=40)
    storage_gb: str = Field(max_length=40)
    delivery_gb: str = Field(max_length=40)
    live_hours: str = Field(max_length=40)
    meters: dict[str, str] | None = Field(default=None, sa_type=JSON)


class ErasureRow(PartColumns, table=True):
    """The erasure of a contract's personal data."""

    __tablename__ = "erasure"
    __table_args__ = (UniqueConstraint("contract_id"),)
    erased_at: datetime


class OutageRow(EntityColumns, table=True):
    """An outage. contracts: the affected ids, None for all. service: only this service's contracts, None for
    all.
    """

    __tablename__ = "outage"
    known_at: datetime = Field(index=True)
    recovered_at: datetime | None = None
    source: str = Field(sa_type=Text)
    attributable: bool | None = None
    contracts: list[str] | None = Field(default=None, sa_type=JSON)
    service: str | None = Field(default=None, max_length=40)


class EditionRow(EntityColumns, table=True):
    """A recorded version of the terms; its content is in its history rows. edition: SHA-256 of the newest one."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("service", "terms_version"),)
    service: str = Field(max_length=40)
    terms_version: str = Field(max_length=10)
    edition: str = Field(max_length=64)


item_change = ItemChangeRow.__table__  # type: ignore[attr-defined]
measure = MeasureRow.__table__  # type: ignore[attr-defined]
credit = CreditRow.__table__  # type: ignore[attr-defined]
usage = UsageRow.__table__  # type: ignore[attr-defined]
erasure = ErasureRow.__table__  # type: ignore[attr-defined]
outage = OutageRow.__table__  # type: ignore[attr-defined]
edition = EditionRow.__table__  # type: ignore[attr-defined]
