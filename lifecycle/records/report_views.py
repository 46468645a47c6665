"""The views for reports, with the meaning of their columns as comments in the database. Used by the migrations."""

import tomllib
from functools import cache
from importlib.resources import files

APART = "report_customer"  # the view with names


@cache
def comments() -> dict[str, dict[str, str]]:
    """Return the meaning of each column by view; under the empty name that of a row."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        files("lifecycle.records").joinpath("report_views.toml").read_text("utf-8")
    )
    return found


def create(dialect: str, name: str, query: str) -> list[str]:
    """Return the statements that create a view with its comments.

    SQLite keeps comments only within the text of a view, which its schema shows.
    """
    meanings = comments()[name]
    if dialect == "sqlite":
        said = "\n".join(f"-- {column or 'A row'}: {meaning}" for column, meaning in meanings.items())
        return [f"CREATE VIEW {name} AS\n{said}\n{query.strip()}"]
    lines = [
        f"COMMENT ON {f'COLUMN {name}.{column}' if column else f'VIEW {name}'} IS '{_quoted(meaning)}'"
        for column, meaning in meanings.items()
    ]
    return [f"CREATE VIEW {name} AS {query}", *lines]


def _quoted(text: str) -> str:
    return text.replace("'", "''")
