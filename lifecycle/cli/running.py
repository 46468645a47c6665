"""Commands that start the service or make its database ready."""

import gc
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from lifecycle.audit.seal import Seals
from lifecycle.cli.issuer import issuer_of
from lifecycle.cli.mail_settings import mail_server_of
from lifecycle.cli.options import (  # fmt: skip
    EMBEDDED,
    AdminToken,
    DatabaseUrl,
    FourEyes,
    Host,
    Interval,
    PoolSize,
    Port,
    WebhookNetworks,
    instant_of,
    limits_of,
    networks_given,
    out,
    require_current,
    seals_of,
    stop,
)
from lifecycle.cli.people import openid_of
from lifecycle.cli.request_limits import request_limits_of
from lifecycle.cli.root import app
from lifecycle.cli.settings import setting
from lifecycle.cli.shared_options import taking
from lifecycle.cli.standby import standby_of
from lifecycle.cli.starting import (
    CredentialsFile,
    DatabaseWait,
    KeysKept,
    refuse_weak,
    shown_once_of,
    started_engine,
)
from lifecycle.commands.editions import EditionDiffers
from lifecycle.records.engine import close, is_sqlite
from lifecycle.records.fitness import Fitness, fitness
from lifecycle.records.migrate import Unfit
from lifecycle.records.migrate import migrate as bring_forward
from lifecycle.records.partitioned import MOST
from lifecycle.timers.clock import Backwards, NotASandbox
from lifecycle.timers.fuse import Limits

WHILE_LOADING = 1_000_000  # what is loaded stays: searches for garbage in it cost a fifth of the start (`_loaded`)

if TYPE_CHECKING:
    from api.serving import Front


@taking(bounds=request_limits_of, sign_in=openid_of, issuer=issuer_of, standby=standby_of)
def front_of(
    host: Host = "127.0.0.1", port: Port = 8000, admin_token: AdminToken = None, sweep_interval: Interval = 30.0,
    four_eyes: FourEyes = False, webhook_networks: WebhookNetworks = "", *, bounds: Any, sign_in: Any, issuer: Any,
    standby: Any,
) -> "Front":  # fmt: skip
    """Return the settings of the API."""
    gc.set_threshold(WHILE_LOADING)
    from api.serving import Front

    networks, (openid, public_url) = networks_given(webhook_networks), sign_in
    return Front(
        host, port, admin_token, sweep_interval, four_eyes, bounds, openid, networks, issuer, public_url, standby
    )


@app.command()
@taking(front=front_of, limits=limits_of, seals=seals_of, mail_server=mail_server_of)
def serve(
    database_url: DatabaseUrl = EMBEDDED,
    sandbox: Annotated[
        bool, setting("LIFECYCLE_SANDBOX", "Run a sandbox: time stands still and moves on request.")
    ] = False,
    now: Annotated[str | None, setting("LIFECYCLE_NOW", "A new sandbox's time, RFC 3339 with an offset.")] = None,
    pool_size: PoolSize = 8,
    credentials_file: CredentialsFile = None,
    database_wait: DatabaseWait = 30.0,
    idempotency_hours: KeysKept = 24.0,
    *,
    front: Any,
    limits: Limits,
    seals: Seals,
    mail_server: Any,
) -> None:
    """Runs API and scheduler in one process; migrates an SQLite database. / API とスケジューラを起動する"""
    from api import serving

    if now is not None and not sandbox:
        raise typer.BadParameter("goes with --sandbox only: a live service runs on real time", param_hint="--now")
    if not sandbox:
        refuse_weak(front.admin_token)
    engine = started_engine(database_url, pool_size, database_wait)
    if is_sqlite(engine) and fitness(engine).standing in ("missing", "behind"):
        _bring_forward(engine)
    require_current(engine)
    try:
        at = instant_of(now) if now else None
        serving.serve(
            engine, front, sandbox=sandbox, now=at, limits=limits, say=out.print, seals=seals,
            shown_once=shown_once_of(engine, credentials_file), keys_kept=timedelta(hours=idempotency_hours),
            mail_server=mail_server,
        )  # fmt: skip
    except (NotASandbox, Backwards, EditionDiffers, serving.NoAddress) as error:
        stop(str(error))
    finally:
        close(engine)


@app.command()
@taking(front=front_of)
def api(
    database_url: DatabaseUrl = EMBEDDED, pool_size: PoolSize = 8, credentials_file: CredentialsFile = None,
    database_wait: DatabaseWait = 30.0, *, front: Any,
) -> None:  # fmt: skip
    """Runs only the API; also run `lifecycle scheduler`. / API のみを起動する"""
    from api import serving

    refuse_weak(front.admin_token)
    engine = started_engine(database_url, pool_size, database_wait)
    require_current(engine)
    try:
        serving.api_only(engine, front, say=out.print, shown_once=shown_once_of(engine, credentials_file))
    except (NotASandbox, EditionDiffers, serving.NoAddress) as error:
        stop(str(error))
    finally:
        close(engine)


@app.command()
def migrate(
    database_url: DatabaseUrl = EMBEDDED,
    database_wait: DatabaseWait = 30.0,
    accept_changed: Annotated[
        bool, typer.Option(help="Accept that the applied migrations differ from those of this version.")
    ] = False,
    partitions: Annotated[
        int | None,
        typer.Option(help="Partition contracts and history of a new database on PostgreSQL.", min=2, max=MOST),
    ] = None,
) -> None:
    """Migrates the database to the newest revision. / データベースを最新の版に更新する"""
    engine = started_engine(database_url, 8, database_wait)
    found = _bring_forward(engine, accept_changed=accept_changed, partitions=partitions or 0)
    if found.standing == "newer":
        out.print(f"Nothing to do: the database is {found.detail}.")
    else:
        out.print("The database is at the newest revision.")


def _bring_forward(engine: Engine, *, accept_changed: bool = False, partitions: int = 0) -> Fitness:
    try:
        return bring_forward(engine, accept_changed=accept_changed, partitions=partitions)
    except Unfit as error:
        stop(f"not migrated: {error}")
    except ProgrammingError as error:
        stop(f"not migrated: {str(error.orig).partition(chr(10))[0]}")
