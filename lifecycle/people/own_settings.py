"""A person's settings of the pages: language, rows, density. Stored by name, for every browser."""

from typing import NamedTuple

from sqlalchemy import Connection, select, text

from lifecycle.records import tables

ROWS, DENSITIES = (20, 50, 100), ("normal", "compact")
_columns = tables.own_settings.c
_KEEP = text(
    "INSERT INTO own_settings (name, language, rows_shown, density) VALUES (:name, :language, :rows, :density) "
    "ON CONFLICT (name) DO UPDATE SET language = excluded.language, rows_shown = excluded.rows_shown, "
    "density = excluded.density"
)


class OwnSettings(NamedTuple):
    """Settings of the pages. language: None for the language of the browser. rows: of a list on one page."""

    language: str | None = None
    rows: int = 50
    density: str = "normal"


DEFAULTS = OwnSettings()


def own_settings(conn: Connection, name: str) -> OwnSettings:
    """Return a person's settings, by default the standard ones."""
    wanted = select(_columns.language, _columns.rows_shown, _columns.density).where(_columns.name == name)
    row = conn.execute(wanted).one_or_none()
    return OwnSettings(*row) if row else DEFAULTS


def keep_own_settings(conn: Connection, name: str, settings: OwnSettings) -> None:
    """Store a person's settings."""
    conn.execute(_KEEP, {"name": name, **settings._asdict()})
