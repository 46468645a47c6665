"""Shared parts of the commands that start a process: its database, and credentials."""

import logging
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lifecycle.cli.options import engine_of, out, stop
from lifecycle.cli.root import NO_DATABASE
from lifecycle.cli.settings import setting
from lifecycle.people.shown_once import ShownOnce
from lifecycle.people.tokens import weakness
from lifecycle.records.engine import described, is_sqlite, reading

log = logging.getLogger(__name__)
CredentialsFile = Annotated[
    Path | None,
    setting(
        "LIFECYCLE_CREDENTIALS_FILE",
        "File, readable by its owner only, for the first token and the sign-in link when there is no terminal; "
        "for an SQLite database by default its name with .credentials.",
    ),
]
DatabaseWait = Annotated[
    float,
    setting(
        "LIFECYCLE_DATABASE_WAIT", "Seconds to wait at the start for a PostgreSQL server that is coming up.", min=0
    ),
]
KeysKept = Annotated[
    float,
    setting("LIFECYCLE_IDEMPOTENCY_HOURS", "Hours for which idempotency keys are kept, at least.", min=1),
]
FOR_GOOD = ("authentication failed", "does not exist", "no pg_hba.conf entry")  # not while it is coming up
RETRY_S = 1.0


def started_engine(url: str, pool_size: int, wait_s: float) -> Engine:
    """Return the database of a starting process, print its name, and wait while PostgreSQL is coming up.

    Exits if it does not come up in time, or refuses the login.
    """
    engine = engine_of(url, pool_size)
    out.print(f"Database: {described(engine.url)}")
    until, told = monotonic() + wait_s, False
    while True:
        try:
            with reading(engine):
                return engine
        except (OperationalError, PoolTimeout) as error:
            why = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            if is_sqlite(engine) or any(words in why for words in FOR_GOOD) or monotonic() >= until:
                stop(f"cannot open the {described(engine.url)}: {why}", NO_DATABASE)
        if not told:
            log.warning("the database does not answer: %s; waiting up to %.0f s", why, wait_s)
        told = True
        sleep(min(RETRY_S, max(0.0, until - monotonic())))


def shown_once_of(engine: Engine, file: Path | None) -> ShownOnce:
    """Return where credentials are shown: on the terminal, else in a file. file: as the option names it."""
    if sys.stdout.isatty():
        return ShownOnce(terminal=out.print)
    if file is None and is_sqlite(engine) and engine.url.database not in (None, "", ":memory:"):
        file = Path(f"{engine.url.database}.credentials")
    return ShownOnce(file=file)


def refuse_weak(token: str | None) -> None:
    """Raise BadParameter for an administrator's token that can be guessed."""
    if token is not None and (why := weakness(token)) is not None:
        raise typer.BadParameter(f"the administrator's token {why}", param_hint="LIFECYCLE_ADMIN_TOKEN")
