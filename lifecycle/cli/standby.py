"""Settings of the standby, for queries on which no command decides."""

from typing import Annotated

import typer

from lifecycle.cli.settings import setting
from lifecycle.records.engine import open_engine
from lifecycle.records.standby import Standby

ReadUrl = Annotated[
    str | None,
    setting(
        "LIFECYCLE_READ_URL",
        "Address of a PostgreSQL standby that answers lists, exports and figures; without it the database does.",
    ),
]
ReadBehind = Annotated[
    float, setting("LIFECYCLE_READ_BEHIND", "Seconds that the standby may be behind and still answer.", min=0.1)
]


def standby_of(read_url: ReadUrl = None, read_behind: ReadBehind = 5.0) -> Standby | None:
    """The standby that the options name; None without one. Raises BadParameter."""
    if not read_url:
        return None
    if read_url.startswith("sqlite:"):
        raise typer.BadParameter("only PostgreSQL has standbys", param_hint="LIFECYCLE_READ_URL")
    try:
        return Standby(open_engine(read_url), read_behind)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="LIFECYCLE_READ_URL") from None
