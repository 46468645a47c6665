"""The tables of the global log: its rows, its tree, signed checkpoints, and the sealers' turns."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, Text
from sqlmodel import Field, SQLModel

from lifecycle.records import base  # noqa: F401  the naming of constraints comes first


class OutboxRow(SQLModel, table=True):
    """A history row that is not in the log yet. Written with it in one transaction, deleted when it is logged.

    id: the order of writing within one process, without a meaning across processes.
    """

    __tablename__ = "pending"
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    subject_id: str = Field(max_length=40)
    seq: int


class LogRow(SQLModel, table=True):
    """The global log: dense indices over all history rows. A reader of `idx > cursor` misses nothing."""

    __tablename__ = "log"
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    subject_id: str = Field(max_length=40)
    seq: int
    hash: str = Field(max_length=64)


class LogNodeRow(SQLModel, table=True):
    """A node of the log's Merkle tree: the hash over its leaves [idx * 256^level, (idx + 1) * 256^level)."""

    __tablename__ = "log_node"
    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(max_length=64)


class CheckpointRow(SQLModel, table=True):
    """A signed checkpoint: the log's first `size` rows and their root, as the published signed note."""

    __tablename__ = "checkpoint"
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    note: str = Field(sa_type=Text)
    sealed_at: datetime


class CountersignedRow(SQLModel, table=True):
    """A countersignature of the checkpoint of a size. Append-only.

    kind: `cosignature`, of the witness of that name; content is then its line of the signed note. `timestamp`, of
    the authority with that address (RFC 3161); then its whole answer in base64.
    """

    __tablename__ = "countersigned"
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, max_length=20)
    name: str = Field(primary_key=True, max_length=200)
    content: str = Field(sa_type=Text)
    received_at: datetime


class SealingRow(SQLModel, table=True):
    """The state of the sealing, one row. sealed_at: when it was last complete, by the service's clock.

    refused: why nothing is signed, None if nothing is wrong. posted: the newest posted size; unposted: why the
    newest checkpoint was not posted.
    """

    __tablename__ = "sealing"
    id: int = Field(default=1, primary_key=True)
    sealed_at: datetime
    refused: str | None = Field(default=None, sa_type=Text)
    unposted: str | None = Field(default=None, sa_type=Text)
    posted: int = Field(default=0, sa_type=BigInteger)


class SealerTurnRow(SQLModel, table=True):
    """A task of one sealer at a time, by name: its process keeps the row locked.

    A row lock requires the right to change the row, which only sealers have; an advisory lock would not.
    """

    __tablename__ = "sealer_turn"
    name: str = Field(primary_key=True, max_length=10)


outbox = OutboxRow.__table__  # type: ignore[attr-defined]
log = LogRow.__table__  # type: ignore[attr-defined]
log_node = LogNodeRow.__table__  # type: ignore[attr-defined]
checkpoint = CheckpointRow.__table__  # type: ignore[attr-defined]
countersigned = CountersignedRow.__table__  # type: ignore[attr-defined]
sealing = SealingRow.__table__  # type: ignore[attr-defined]
sealer_turn = SealerTurnRow.__table__  # type: ignore[attr-defined]
