"""Tables by which contracts are found."""

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from lifecycle.records.base import by_text_parts


class SearchTextRow(SQLModel, table=True):
    """A contract's reference as the search reads it. A trigger of the database adds it, and no step changes it."""

    __tablename__ = "sought"
    __table_args__ = (
        by_text_parts("ix_sought_reference_parts", "lower(reference)"),
        {"sqlite_with_rowid": False},
    )
    contract_id: str = Field(primary_key=True, max_length=40)
    reference: str = Field(max_length=100)


class OtherReferenceRow(SQLModel, table=True):
    """A further reference of a contract as it is compared, to be looked up; several contracts may bear one."""

    __tablename__ = "other_reference"
    __table_args__ = (
        Index("ix_other_reference_key", "reference_key", "contract_id"),
        by_text_parts("ix_other_reference_parts", "reference_key"),
        {"sqlite_with_rowid": False},
    )
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    reference_key: str = Field(primary_key=True, sa_type=Text)


search_text = SearchTextRow.__table__  # type: ignore[attr-defined]
other_reference = OtherReferenceRow.__table__  # type: ignore[attr-defined]
