"""Shared parts of the commands: settings, each an option and a variable, and the parsing of arguments."""

import logging
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from sqlalchemy import Engine

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.keys import read_key
from lifecycle.audit.seal import Seals
from lifecycle.cli.logs import fail_with
from lifecycle.cli.root import MISUSED, NO_DATABASE
from lifecycle.cli.settings import setting
from lifecycle.history.editions_known import adopt_announcements
from lifecycle.records.engine import open_engine, reading
from lifecycle.records.fitness import fitness
from lifecycle.terms.calendar import TOKYO, Month, end_of, start_of
from lifecycle.timers.fuse import Limits
from lifecycle.webhooks.addresses import Network, networks_of

log = logging.getLogger(__name__)
out = Console(soft_wrap=True, markup=False, highlight=False, width=None if sys.stdout.isatty() else 200)

DatabaseUrl = Annotated[
    str,
    setting(
        "LIFECYCLE_DATABASE_URL",
        "Address of the database: sqlite:///file (embedded) or postgresql://user@host/name.",
    ),
]
Host = Annotated[str, setting("LIFECYCLE_HOST", "IP address to listen on.")]
Port = Annotated[int, setting("LIFECYCLE_PORT", "Port to listen on.", min=1, max=65535)]
AdminToken = Annotated[
    str | None,
    setting("LIFECYCLE_ADMIN_TOKEN", "The administrator's token; use the variable rather than the option."),
]
FourEyes = Annotated[
    bool,
    setting(
        "LIFECYCLE_FOUR_EYES",
        "A second person must approve acceptance, revocation, the company's end, and corrections that move an "
        "end, a billing start or an amount that was sent.",
    ),
]
Interval = Annotated[float, setting("LIFECYCLE_SWEEP_INTERVAL", "Seconds between regular sweeps.", min=0.1)]
PoolSize = Annotated[
    int,
    setting(
        "LIFECYCLE_POOL_SIZE", "Connections kept to PostgreSQL, plus as many overflow connections.", min=2, max=200
    ),
]
MetricsPort = Annotated[
    int | None,
    setting(
        "LIFECYCLE_METRICS_PORT",
        "Port on which a scheduler serves /healthz, /readyz and /metrics; by default none.",
        min=1,
        max=65535,
    ),
]
FuseParting = Annotated[
    float,
    setting(
        "LIFECYCLE_FUSE_PARTING",
        "Maximum clock drift, in hours; beyond it, ends are held.",
        min=0.01,
    ),
]
FuseHorizon = Annotated[
    int,
    setting(
        "LIFECYCLE_FUSE_HORIZON",
        "Days that a forecast covers; also the longest stop after which ends fire without a person.",
        min=1,
    ),
]
FuseSlack = Annotated[
    int, setting("LIFECYCLE_FUSE_SLACK", "Ends that may be due in addition to the forecast.", min=0)
]
FuseFactor = Annotated[
    float, setting("LIFECYCLE_FUSE_FACTOR", "Factor by which due ends may exceed the forecast.", min=1)
]
Reason = Annotated[str, typer.Option(help="The reason; kept permanently, so no personal data.")]
By = Annotated[str | None, typer.Option(help="The actor; by default the user of the operating system.")]
AuditKey = Annotated[
    Path | None, setting("LIFECYCLE_AUDIT_KEY", "File with the key that signs checkpoints of the log.")
]
CheckpointsDir = Annotated[
    Path | None,
    setting(
        "LIFECYCLE_AUDIT_CHECKPOINTS_DIR",
        "Directory for checkpoints; the database owner must not be able to write to it.",
    ),
]
CheckpointsUrl = Annotated[
    str | None, setting("LIFECYCLE_AUDIT_CHECKPOINTS_URL", "Address to which new checkpoints are posted.")
]
WebhookNetworks = Annotated[
    str,
    setting(
        "LIFECYCLE_WEBHOOK_NETWORKS",
        "Private networks that webhooks may reach, also without TLS: 10.0.0.0/8,fd00::/8.",
    ),
]
EMBEDDED = "sqlite:///lifecycle.db"


def limits_of(
    fuse_parting: FuseParting = 3.0, fuse_horizon: FuseHorizon = 62, fuse_slack: FuseSlack = 100,
    fuse_factor: FuseFactor = 2.0,
) -> Limits:  # fmt: skip
    """The fuse's limits from the options."""
    return Limits(timedelta(hours=fuse_parting), timedelta(days=fuse_horizon), fuse_slack, fuse_factor)


def networks_given(text: str) -> tuple[Network, ...]:
    """Parse the networks of the option. Raises BadParameter."""
    try:
        return networks_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--webhook-networks") from None


def engine_of(url: str, pool_size: int = 8) -> Engine:
    """Return the engine of a database URL. Exits if it cannot be opened."""
    try:
        return open_engine(url, pool_size)
    except OSError as error:
        stop(f"cannot open the database: {error.strerror}: {error.filename}", NO_DATABASE)
    except Exception as error:  # the address itself is wrong
        stop(f"cannot open the database: {error}", MISUSED)


def current_engine(url: str, pool_size: int = 8) -> Engine:
    """Return the same at the newest revision. Exits if migrations are missing."""
    engine = engine_of(url, pool_size)
    require_current(engine)
    with reading(engine) as conn:
        adopt_announcements(conn)
    return engine


def require_current(engine: Engine) -> None:
    """Exit if this program does not work with the database: migrations missing, or changed."""
    found = fitness(engine, thorough=True)
    if not found.fits:
        stop(found.detail if found.standing == "changed" else f"the database is {found.detail}")
    if found.standing == "newer":
        log.warning("the database is %s; upgrade this process", found.detail)


def seals_of(
    audit_key: AuditKey = None, checkpoints_dir: CheckpointsDir = None, checkpoints_url: CheckpointsUrl = None
) -> Seals:
    """Return the settings of sealing. Exits if the key cannot be read."""
    try:
        return Seals(read_key(audit_key) if audit_key else None, checkpoints_dir, checkpoints_url)
    except OSError as error:
        stop(f"cannot read the signing key {audit_key}: {error.strerror}")
    except Unreadable as error:
        stop(str(error))


def instant_of(text: str) -> datetime:
    """Parse an instant; for a day its last microsecond in Japan."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"not an instant or a day: {text}") from None
    if found.tzinfo is None and len(text) == 10:
        return found.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=TOKYO)
    if found.tzinfo is None:
        raise typer.BadParameter("an instant needs an offset, as in 2022-04-01T09:00:00+09:00")
    return found


def bound_of(text: str | None, *, end: bool) -> datetime | None:
    """Parse an instant; for a day in Japan its beginning or its end. None for no bound."""
    if text is None:
        return None
    found = instant_of(text)
    if len(text) != 10:
        return found
    return end_of(found.date()) if end else start_of(found.date())


def user_of(by: str | None) -> str:
    """Return the actor: as given, else the user of the operating system."""
    import getpass

    try:
        return by or getpass.getuser()
    except (OSError, KeyError):
        stop("say who acts: --by NAME")


def stop(why: str, code: int = 1) -> NoReturn:
    """Ends the command with an exit code and the reason on standard error."""
    fail_with(why)
    raise typer.Exit(code)


def month_of(text: str, hint: str) -> Month:
    """A month that was typed. hint: the option's name."""
    try:
        return Month.parse(text if len(text) == 7 else "")
    except ValueError:
        raise typer.BadParameter(f"not a month in the form YYYY-MM: {text}", param_hint=hint) from None
