"""How a person wants the pages: language, rows, density. Stored under their name, whatever browser they use."""

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
    """language: None for whatever the browser has chosen. rows: of a list on one page."""

    language: str | None = None
    rows: int = 50
    density: str = "normal"


DEFAULTS = OwnSettings()


def own_settings(conn: Connection, name: str) -> OwnSettings:
    """A person's settings, the defaults before they chose any."""
    wanted = select(_columns.language, _columns.rows_shown, _columns.density).where(_columns.name == name)
    row = conn.execute(wanted).one_or_none()
    return OwnSettings(*row) if row else DEFAULTS


def keep_own_settings(conn: Connection, name: str, settings: OwnSettings) -> None:
    """Stores a person's settings."""
    conn.execute(_KEEP, {"name": name, **settings._asdict()})
