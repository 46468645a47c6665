"""`lifecycle webhooks …`: other systems that are told of transitions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Connection

from lifecycle.cli.options import (
    EMBEDDED,
    By,
    DatabaseUrl,
    Reason,
    WebhookNetworks,
    current_engine,
    networks_given,
    out,
    stop,
    user_of,
)
from lifecycle.cli.root import app
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import Unknown
from lifecycle.terms.calendar import instant
from lifecycle.timers.sweep import notify
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import NotAllowed, check_url
from scheduler.clock import system_clock

webhooks_app = typer.Typer(no_args_is_help=True, help="Other systems that are told of transitions. / 外部への通知")
app.add_typer(webhooks_app, name="webhooks")
WebhookIdArgument = Annotated[str, typer.Argument(help="As listed.", metavar="ID")]


@contextmanager
def _acting(database_url: str) -> Iterator[Connection]:
    """A transaction after which the schedulers look. Ends the command where there is nothing of that name."""
    engine = current_engine(database_url)
    try:
        with writing(engine) as conn:
            yield conn
            notify(conn)
    except Unknown as error:
        stop(str(error))


@webhooks_app.command("list")
def list_webhooks(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Every receiver, and how far it has been told. / 通知先の一覧"""
    engine = current_engine(database_url)
    table = Table("id", "url", "types", "told up to", "waiting", "failed", "state")
    with reading(engine) as conn:
        for one in subscriptions.list_webhooks(conn):
            state = f"disabled: {one.disabled_because}" if one.disabled_at else "active"
            types = ", ".join(one.types) if one.types else "all"
            table.add_row(one.id, one.url, types, str(one.cursor), str(one.waiting), str(one.failed), state)
    out.print(table)


@webhooks_app.command("add")
def add_webhook(
    url: Annotated[str, typer.Option(help="Where messages are posted to.")],
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="What it is told of, as contract.accept; repeatable. All.")
    ] = None,
    after: Annotated[
        int | None,
        typer.Option(help="Index of the last row of the log that it knows; -1 for all there is.", min=-1),
    ] = None,
    webhook_networks: WebhookNetworks = "",
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Adds a receiver and prints its secret, this once. / 通知先を追加し署名鍵を一度だけ表示する"""
    for unknown in set(type_ or ()) - subscriptions.TYPES:
        raise typer.BadParameter(f"{unknown} is no type of message", param_hint="--type")
    try:
        check_url(url, networks_given(webhook_networks))
        with _acting(database_url) as conn:
            made, secret = subscriptions.subscribe(conn, url, type_ or None, after, user_of(by), system_clock())
    except NotAllowed as error:
        raise typer.BadParameter(str(error), param_hint="--url") from None
    except subscriptions.NotYetLogged as error:
        raise typer.BadParameter(str(error), param_hint="--after") from None
    out.print(f"{made}\n{secret}")


@webhooks_app.command("rotate")
def rotate_secret(
    webhook_id: WebhookIdArgument, reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Gives it another secret, printed this once; both sign for 24 hours. / 署名鍵を取り替える"""
    with _acting(database_url) as conn:
        secret = subscriptions.rotate_signing_secret(conn, webhook_id, user_of(by), reason, system_clock())
    out.print(secret)


@webhooks_app.command("remove")
def remove_webhook(
    webhook_id: WebhookIdArgument, reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Tells it nothing any more. / 通知先を削除する"""
    with _acting(database_url) as conn:
        subscriptions.unsubscribe(conn, webhook_id, user_of(by), reason, system_clock())
    out.print("Removed; it is on record.")


@webhooks_app.command("failed")
def list_failed(webhook_id: WebhookIdArgument, database_url: DatabaseUrl = EMBEDDED) -> None:
    """What it has not taken, and why; the first 500. / 未達の一覧"""
    engine = current_engine(database_url)
    table = Table("index", "contract", "tries", "last try", "next try", "reason")
    try:
        with reading(engine) as conn:
            found = subscriptions.undelivered(conn, webhook_id, -1, 500)
    except Unknown as error:
        stop(str(error))
    for one in found:
        times = (instant(one.tried_at), instant(one.next_try_at) or "by a person")
        table.add_row(str(one.index), one.contract_id, str(one.attempts), *times, one.reason)
    out.print(table)


@webhooks_app.command("resend")
def resend_failed(
    webhook_id: WebhookIdArgument,
    index: Annotated[int | None, typer.Option(help="One message, as listed; all that failed without it.")] = None,
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Sends failed messages again. / 失敗した通知を再送する"""
    with _acting(database_url) as conn:
        number = subscriptions.resend_undelivered(conn, webhook_id, index, user_of(by), system_clock())
    out.print(f"{number} sent again; it is on record.")
