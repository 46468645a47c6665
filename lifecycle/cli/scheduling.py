"""`lifecycle scheduler …`, `lifecycle parked …`: the clock alone, and what a person does about it."""

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from lifecycle.audit.seal import Seals
from lifecycle.cli.commanding import run_command
from lifecycle.cli.mail_settings import mail_server_of
from lifecycle.cli.options import (  # fmt: skip
    EMBEDDED,
    By,
    DatabaseUrl,
    Interval,
    MetricsPort,
    PoolSize,
    Reason,
    WebhookNetworks,
    current_engine,
    limits_of,
    networks_given,
    out,
    require_current,
    seals_of,
    stop,
    user_of,
)
from lifecycle.cli.root import app
from lifecycle.cli.shared_options import taking
from lifecycle.cli.starting import DatabaseWait, KeysKept, started_engine
from lifecycle.commands.editions import EditionDiffers
from lifecycle.history.operations_log import latest
from lifecycle.records.engine import close, reading
from lifecycle.terms.calendar import instant
from lifecycle.timers import parked
from lifecycle.timers.clock import NotASandbox
from lifecycle.timers.fuse import Limits

scheduler_app = typer.Typer()
app.add_typer(scheduler_app, name="scheduler")
parked_app = typer.Typer(no_args_is_help=True, help="Parked timers, whose step failed. / 失敗した自動処理")
app.add_typer(parked_app, name="parked")


@scheduler_app.callback(invoke_without_command=True)
@taking(limits=limits_of, seals=seals_of, mail_server=mail_server_of)
def scheduler(
    context: typer.Context,
    database_url: DatabaseUrl = EMBEDDED,
    sweep_interval: Interval = 30.0,
    pool_size: PoolSize = 8,
    metrics_port: MetricsPort = None,
    webhook_networks: WebhookNetworks = "",
    database_wait: DatabaseWait = 30.0,
    idempotency_hours: KeysKept = 24.0,
    *,
    limits: Limits,
    seals: Seals,
    mail_server: Any,
) -> None:
    """Runs only the scheduler; several can run on PostgreSQL. / スケジューラのみを起動する"""
    if context.invoked_subcommand is not None:
        return
    from api import serving

    engine = started_engine(database_url, pool_size, database_wait)
    require_current(engine)
    networks = networks_given(webhook_networks)
    try:
        serving.scheduler_only(
            engine, sweep_interval, limits, metrics_port, seals, networks, timedelta(hours=idempotency_hours),
            mail_server,
        )  # fmt: skip
    except (NotASandbox, EditionDiffers, serving.NoAddress) as error:
        stop(str(error))
    finally:
        close(engine)


@scheduler_app.command()
def resume(reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED) -> None:
    """Releases the ends that the fuse holds, after a person has checked the clock. / 保留中の終了処理を再開する"""
    run_command(database_url, "scheduler-resume", user_of(by), {"reason": reason})
    out.print("Resumed; it is on record.")


@scheduler_app.command()
def log(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists operations on the service, the newest first. / 運用の記録"""
    engine = current_engine(database_url)
    table = Table("at", "what", "who", "timer of", "why")
    with reading(engine) as conn:
        for entry in latest(conn, limit=100):
            table.add_row(instant(entry.at), entry.event, entry.actor, entry.subject_id, entry.reason)
    out.print(table)


@parked_app.command("list")
def list_parked(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists parked timers with the reasons. / 失敗した自動処理の一覧"""
    engine = current_engine(database_url)
    table = Table("id", "event", "due", "tries", "next try", "reason")
    with reading(engine) as conn:
        for one in parked.parked_timers(conn, 500):
            next_try = instant(one.retry_at) or "by a person"
            table.add_row(one.subject_id, one.event, instant(one.due_at), str(one.attempts), next_try, one.reason)
    out.print(table)


@parked_app.command("retry")
def retry_parked(
    subject_id: Annotated[str, typer.Argument(help="The id of the subject, as listed.", metavar="ID")],
    reason: Reason,
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Retries a parked timer with the next sweep and resets its attempts. / 失敗した自動処理を再試行する"""
    run_command(
        database_url, "parked-retry", user_of(by), {"reason": reason}, subject_id=subject_id,
        refused=lambda error: f"no timer of {subject_id} is parked",
    )  # fmt: skip
    out.print("The next sweep tries it again; it is on record.")
