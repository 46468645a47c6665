"""What the peers fire: the same due contracts in a lean table, and the history row that each transition writes.

Less is asked of them than of the sweep: no rulings, no hashes, no queue to a log, and a guard of one comparison.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import DateTime, Engine, Index, UniqueConstraint, create_engine, event, make_url
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, func, select, update

from lifecycle.records import tables

EVENT, BEFORE, AFTER = "terminate", "cancel_notified", "terminated"


class Apart(SQLModel, registry=registry()):
    """Tables of the peers, apart from the service's own."""


class DueContract(Apart, table=True):
    """A contract that is due."""

    __tablename__ = "peer_contract"
    __table_args__ = (Index("ix_peer_contract_due", "due_event", "due_at", "id"),)
    id: str = Field(primary_key=True, max_length=40)
    state: str
    effective_on: date
    terminated_on: date | None = None
    due_event: str | None
    due_at: datetime | None = Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]


class Transition(Apart, table=True):
    """A transition of a contract, exactly one of each event."""

    __tablename__ = "peer_history"
    __table_args__ = (UniqueConstraint("contract_id", "event"),)
    id: int | None = Field(default=None, primary_key=True)
    contract_id: str
    event: str
    from_state: str
    to_state: str
    effective_at: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    recorded_at: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[call-overload]
    actor: str


def open_engine(url: str, **options: Any) -> Engine:
    """A plain engine; on SQLite with a write-ahead log, full synchronisation and patience, as the house's own."""
    engine = create_engine(make_url(driver_url(url)), **options)
    if isinstance(engine.dialect, SQLiteDialect_pysqlite):
        event.listen(engine, "connect", _durable)
    return engine


def driver_url(url: str) -> str:
    """The URL as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def copy_due(engine: Engine, due_at: datetime) -> list[str]:
    """Makes the tables and copies the contracts that are due; their ids."""
    Apart.metadata.create_all(engine)
    source = tables.contract.c
    with Session(engine) as session:
        rows = session.exec(
            select(source.id, source.effective_on).where(source.due_event == EVENT, source.due_at == due_at)
        ).all()
        for contract_id, effective_on in rows:
            session.add(
                DueContract(
                    id=contract_id, state=BEFORE, effective_on=effective_on, due_event=EVENT, due_at=due_at
                )
            )
        session.commit()
    return sorted(row[0] for row in rows)


def due_ids(engine: Engine) -> Sequence[str]:
    """The ids of what is due."""
    with Session(engine) as session:
        return session.exec(select(DueContract.id).order_by(DueContract.id)).all()


def terminate(session: Session, contract_id: str) -> None:
    """One transition in the caller's transaction: the guarded update, then the row of history."""
    changed = session.execute(
        update(DueContract)
        .where(DueContract.id == contract_id, DueContract.state == BEFORE)  # type: ignore[arg-type]
        .values(state=AFTER, terminated_on=DueContract.effective_on, due_event=None, due_at=None)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount:  # type: ignore[attr-defined]
        session.add(said(contract_id))
        session.flush()


def said(contract_id: str, due_at: datetime | None = None) -> Transition:
    """The row of history of a termination."""
    now = datetime.now(UTC)
    return Transition(
        contract_id=contract_id, event=EVENT, from_state=BEFORE, to_state=AFTER, effective_at=due_at or now,
        recorded_at=now, actor="clock",
    )  # fmt: skip


def fired(engine: Engine) -> int:
    """How many contracts are terminated, each with one row of history."""
    with Session(engine) as session:
        ended = session.exec(select(func.count()).where(DueContract.state == AFTER)).one()
        rows = session.exec(select(func.count()).select_from(Transition)).one()
        matched = session.exec(
            select(func.count()).where(DueContract.id == Transition.contract_id, DueContract.state == AFTER)
        ).one()
    assert ended == rows == matched, f"{ended} terminated, {rows} rows of history, {matched} of them matching"
    return ended
