"""The views for reports: what their columns mean, as comments in the database. Used by the migrations."""

import tomllib
from functools import cache
from importlib.resources import files

APART = "report_customer"  # the view with names


@cache
def comments() -> dict[str, dict[str, str]]:
    """By view what each column means; under the empty name what a row is."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        files("lifecycle.records").joinpath("report_views.toml").read_text("utf-8")
    )
    return found


def create(dialect: str, name: str, query: str) -> list[str]:
    """The statements that make a view with its comments.

    SQLite keeps comments only within the text of a view, where its schema shows them.
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
