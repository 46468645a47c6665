"""The table of contracts whose history was archived and dropped."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from lifecycle.records import base  # noqa: F401  the naming of constraints comes first


class ArchivedRow(SQLModel, table=True):
    """A contract whose history was written to a file and then dropped. Append-only.

    file, sha256: the file's name when it was written, and its hash. rows: how many were dropped. seq: of the row
    in the contract's chain that says so.
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
