"""What all tables share: names of constraints, and the columns of whatever has a state."""

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
# An index of people's rows alone: a sweep, which writes the most, pays nothing for it.
OTHER_SERVICES = f"service <> '{DEFAULT_SERVICE}'"
BY_PEOPLE: dict[str, Any] = {"postgresql_where": _PEOPLE, "sqlite_where": _PEOPLE}

_NUMBERED = text("customer_number IS NOT NULL")
NUMBERED: dict[str, Any] = {"postgresql_where": _NUMBERED, "sqlite_where": _NUMBERED}  # customers with a number

_ASSIGNED = text("assigned_to IS NOT NULL")
ASSIGNED: dict[str, Any] = {
    "postgresql_where": _ASSIGNED,
    "sqlite_where": _ASSIGNED,
}  # contracts somebody looks after


def named_in_database(name: str, field: str) -> dict[str, Any]:
    """Options of a column that the code calls by a field's name and the database by an older one."""
    return {"name": name, "key": field}


def narrow(name: str, *columns: str) -> Index:
    """An index that SQLite reads instead of the table where it looks for a part of a text."""
    return Index(name, *columns).ddl_if(dialect="sqlite")


def with_day(table: str, day: str) -> Index:
    """An index of the rows that have a day: fresh applications have none yet, and pay nothing."""
    has = text(f"{day} IS NOT NULL")
    return Index(f"ix_{table}_{day}", day, "id", postgresql_where=has, sqlite_where=has)


def of_other_services() -> Index:
    """The index of contracts of any service but the first, whose contracts are nearly all."""
    others = text(OTHER_SERVICES)
    return Index("ix_contract_other_service", "service", "id", postgresql_where=others, sqlite_where=others)


def of_service(column: Any, service: str) -> list[ColumnElement[bool]]:
    """What holds of the contracts of a service, said of any but the first as their index says it."""
    others: ColumnElement[bool] = literal_column(f"{column.table.name}.{OTHER_SERVICES}")
    return [column == service] if service == DEFAULT_SERVICE else [column == service, others]


def by_timer(table: str) -> Index:
    """The index of the rows that have a timer: most contracts wait for nothing, and pay nothing."""
    has = text("due_event IS NOT NULL")
    return Index(f"ix_{table}_timer", "due_event", "due_at", "id", postgresql_where=has, sqlite_where=has)


def by_text_parts(name: str, said: str) -> Index:
    """An index of a text's parts (text_parts.py), by which PostgreSQL finds one.

    What is new waits in a list that is short (kB): whoever fills it up sorts it in, while others wait.
    """
    made = Index(
        name, text(f"parts_of({said})"), postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}
    )
    return made.ddl_if(dialect="postgresql")


def by_reference(table: str) -> tuple[Index, Index, UniqueConstraint]:
    """The indexes of references as they are compared, and of the few rows that have no such key.

    Equal references have equal keys. SQLite has references unique by themselves too: it cannot drop a constraint.
    """
    none = text("reference_key IS NULL")
    return (
        Index(f"ix_{table}_reference_key", "reference_key", unique=True),
        Index(f"ix_{table}_without_key", "id", postgresql_where=none, sqlite_where=none),
        UniqueConstraint("reference").ddl_if(dialect="sqlite"),
    )


class EntityColumns(SQLModel):
    """The columns of machines.thing.Thing, under the same names."""

    id: str = Field(primary_key=True, max_length=40)
    state: str = Field(max_length=20)
    due_event: str | None = Field(default=None, max_length=20)
    due_at: datetime | None = None
    version: int = 0
    seq: int = 0
    head_hash: str | None = Field(default=None, max_length=64)
