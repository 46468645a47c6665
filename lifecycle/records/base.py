"""The common parts of all tables: names of constraints, indexes, and the columns of rows with a state."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, MetaData, UniqueConstraint, literal_column, text
from sqlmodel import Field, SQLModel

from lifecycle.terms.default_service import DEFAULT_SERVICE

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata = MetaData(naming_convention=NAMING)
metadata = SQLModel.metadata
_PEOPLE = text("actor <> 'clock'")
# An index only of rows entered by people: sweeps, which write most rows, do not add to it.
OTHER_SERVICES = f"service <> '{DEFAULT_SERVICE}'"
BY_PEOPLE: dict[str, Any] = {"postgresql_where": _PEOPLE, "sqlite_where": _PEOPLE}

_NUMBERED = text("customer_number IS NOT NULL")
NUMBERED: dict[str, Any] = {"postgresql_where": _NUMBERED, "sqlite_where": _NUMBERED}  # customers with a number

_ASSIGNED = text("assigned_to IS NOT NULL")
ASSIGNED: dict[str, Any] = {
    "postgresql_where": _ASSIGNED,
    "sqlite_where": _ASSIGNED,
}  # contracts with an assignee


def named_in_database(name: str, field: str) -> dict[str, Any]:
    """Options of a column with an older name in the database than in the code."""
    return {"name": name, "key": field}


def narrow(name: str, *columns: str) -> Index:
    """An index that SQLite scans instead of the table to find a part of a text."""
    return Index(name, *columns).ddl_if(dialect="sqlite")


def with_day(table: str, day: str) -> Index:
    """An index of the rows that have this day: applications do not have it yet and need no entry."""
    has = text(f"{day} IS NOT NULL")
    return Index(f"ix_{table}_{day}", day, "id", postgresql_where=has, sqlite_where=has)


def of_other_services() -> Index:
    """An index of the contracts of other services than the first, which has nearly all contracts."""
    others = text(OTHER_SERVICES)
    return Index("ix_contract_other_service", "service", "id", postgresql_where=others, sqlite_where=others)


def of_service(column: Any, service: str) -> list[ColumnElement[bool]]:
    """The condition for the contracts of a service; for other services than the first, as in their index."""
    others: ColumnElement[bool] = literal_column(f"{column.table.name}.{OTHER_SERVICES}")
    return [column == service] if service == DEFAULT_SERVICE else [column == service, others]


def by_timer(table: str) -> Index:
    """An index of the rows with a timer: most contracts have none and need no entry."""
    has = text("due_event IS NOT NULL")
    return Index(f"ix_{table}_timer", "due_event", "due_at", "id", postgresql_where=has, sqlite_where=has)


def by_text_parts(name: str, said: str) -> Index:
    """An index of a text's parts (text_parts.py), for searches on PostgreSQL.

    New parts wait in a short list (kB). The transaction that fills it sorts it into the index, while others wait.
    """
    made = Index(
        name, text(f"parts_of({said})"), postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}
    )
    return made.ddl_if(dialect="postgresql")


def by_reference(table: str) -> tuple[Index, Index, UniqueConstraint]:
    """The indexes of references in their normalised form, and of the few rows without it.

    Equal references have equal keys. On SQLite the reference itself is unique, too, because SQLite cannot drop a
    constraint.
    """
    none = text("reference_key IS NULL")
    return (
        Index(f"ix_{table}_reference_key", "reference_key", unique=True),
        Index(f"ix_{table}_without_key", "id", postgresql_where=none, sqlite_where=none),
        UniqueConstraint("reference").ddl_if(dialect="sqlite"),
    )


class EntityColumns(SQLModel):
    """The columns of machines.entity.Entity, under the same names."""

    id: str = Field(primary_key=True, max_length=40)
    state: str = Field(max_length=20)
    due_event: str | None = Field(default=None, max_length=20)
    due_at: datetime | None = None
    version: int = 0
    seq: int = 0
    head_hash: str | None = Field(default=None, max_length=64)
