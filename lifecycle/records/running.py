"""The tables of operation: interventions, forecasts, and the results of sweeps."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Float, Integer, Text
from sqlmodel import Field, SQLModel


class OperationsLogRow(SQLModel, table=True):
    """An operation on the service itself, append-only: the fuse tripped, a person resumed or retried.

    at: by the clock of the writing process. subject_id: the owner of the timer, if any.
    """

    __tablename__ = "logbook"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    at: datetime
    event: str = Field(max_length=20)
    actor: str = Field(max_length=100)
    reason: str = Field(sa_type=Text)
    subject_id: str | None = Field(default=None, max_length=40)


class PersonalReadRow(SQLModel, table=True):
    """Who viewed or exported whose personal data, as ids. It cannot be changed, nor deleted within a year.

    operation: the route's name. contract_ids: separated by spaces; number: their number. asked: for an export of
    the history its filter, empty for everything; number is then that of its rows.
    """

    __tablename__ = "personal_read"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    at: datetime = Field(index=True)
    actor: str = Field(max_length=100)
    operation: str = Field(max_length=80)
    number: int
    contract_ids: str = Field(sa_type=Text)
    asked: dict[str, str] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class ForecastRow(SQLModel, table=True):
    """The number of irreversible timers at an instant at the time of the forecast."""

    __tablename__ = "forecast"
    made_at: datetime = Field(primary_key=True)
    due_at: datetime = Field(primary_key=True)
    number: int


class BaselineRow(SQLModel, table=True):
    """Per boot of a machine: the wall clock (at) when its steady clock was at `seconds`."""

    __tablename__ = "baseline"
    boot: str = Field(primary_key=True, max_length=60)
    at: datetime
    seconds: float = Field(sa_type=Float(53))


class CounterRow(SQLModel, table=True):
    """The number of write probes; earlier programs kept the totals of sweeps here."""

    __tablename__ = "tally"
    kind: str = Field(primary_key=True, max_length=20)
    event: str = Field(primary_key=True, max_length=30)
    number: int = Field(sa_type=BigInteger)


class AppliedMigrationRow(SQLModel, table=True):
    """An applied migration. works_from: the oldest revision whose program works with the tables since."""

    __tablename__ = "applied_migration"
    revision: str = Field(primary_key=True, max_length=10)
    checksum: str = Field(max_length=64)
    works_from: str = Field(max_length=10)


operations_log = OperationsLogRow.__table__  # type: ignore[attr-defined]
personal_read = PersonalReadRow.__table__  # type: ignore[attr-defined]
forecast = ForecastRow.__table__  # type: ignore[attr-defined]
baseline = BaselineRow.__table__  # type: ignore[attr-defined]
counters = CounterRow.__table__  # type: ignore[attr-defined]
applied_migration = AppliedMigrationRow.__table__  # type: ignore[attr-defined]
