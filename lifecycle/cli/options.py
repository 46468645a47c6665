"""What the commands share: settings, each an option and a variable, and how an argument is read or refused."""

import sys
from datetime import datetime
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import is_current
from lifecycle.terms.calendar import TOKYO

out = Console(soft_wrap=True, markup=False, highlight=False, width=None if sys.stdout.isatty() else 200)

DatabaseUrl = Annotated[
    str,
    typer.Option(
        envvar="LIFECYCLE_DATABASE_URL",
        help="sqlite:///file (embedded) or postgresql://user@host/name.",
    ),
]
Host = Annotated[str, typer.Option(envvar="LIFECYCLE_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="LIFECYCLE_PORT", help="Port to listen on.", min=1, max=65535)]
AdminToken = Annotated[
    str | None,
    typer.Option(envvar="LIFECYCLE_ADMIN_TOKEN", help="The administrator's token; better given as a variable."),
]
Interval = Annotated[
    float,
    typer.Option(
        envvar="LIFECYCLE_SWEEP_INTERVAL", help="Seconds between regular sweeps, the net below the alarm.", min=0.1
    ),
]
EMBEDDED = "sqlite:///lifecycle.db"


def engine_of(url: str) -> Engine:
    """The database behind a URL. Ends the command where it cannot be opened."""
    try:
        return open_engine(url)
    except Exception as error:
        stop(f"cannot open the database: {error}")


def require_current(engine: Engine) -> None:
    """Ends the command where migrations are missing."""
    if not is_current(engine):
        stop("the database is not at the newest revision: run lifecycle migrate")


def instant_of(text: str) -> datetime:
    """An instant, or of a day its last microsecond in Japan."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"not an instant or a day: {text}") from None
    if found.tzinfo is None and len(text) == 10:
        return found.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=TOKYO)
    if found.tzinfo is None:
        raise typer.BadParameter("an instant needs an offset, as in 2022-04-01T09:00:00+09:00")
    return found


def stop(why: str) -> NoReturn:
    """Ends the command with exit code 1 and the reason on standard error."""
    Console(stderr=True, soft_wrap=True, markup=False).print(why)
    raise typer.Exit(1)
