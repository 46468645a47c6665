"""`lifecycle webhooks …`: receivers of messages about transitions."""

from typing import Annotated

import typer
from rich.table import Table

from lifecycle.cli.commanding import run_command
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
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.errors import DomainError, Malformed
from lifecycle.records.engine import reading
from lifecycle.records.mapping import Unknown
from lifecycle.terms.calendar import instant
from lifecycle.webhooks import subscriptions

webhooks_app = typer.Typer(
    no_args_is_help=True, help="Webhooks: receivers of messages about transitions. / 外部システムへの通知"
)
app.add_typer(webhooks_app, name="webhooks")
WebhookIdArgument = Annotated[str, typer.Argument(help="The id, as listed.", metavar="ID")]


@webhooks_app.command("list")
def list_webhooks(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists every receiver and its delivery position. / 通知先の一覧"""
    engine = current_engine(database_url)
    table = Table("id", "url", "types", "service", "told up to", "waiting", "failed", "state")
    with reading(engine) as conn:
        for one in subscriptions.list_webhooks(conn):
            state = f"disabled: {one.disabled_because}" if one.disabled_at else "active"
            types = ", ".join(one.types) if one.types else "all"
            of = one.service or "all"
            table.add_row(one.id, one.url, types, of, str(one.cursor), str(one.waiting), str(one.failed), state)
    out.print(table)


@webhooks_app.command("add")
def add_webhook(
    url: Annotated[str, typer.Option(help="The address that messages are posted to.")],
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="A message type, for example contract.accept; repeatable; by default all."),
    ] = None,
    after: Annotated[
        int | None,
        typer.Option(help="Index of the last log row that the receiver knows; -1 sends the whole log.", min=-1),
    ] = None,
    service: ServiceOption = None,
    webhook_networks: WebhookNetworks = "",
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Adds a receiver and prints its secret once. / 通知先を追加し、署名鍵を一度だけ表示する"""
    for unknown in set(type_ or ()) - subscriptions.TYPES:
        raise typer.BadParameter(f"{unknown} is no type of message", param_hint="--type")
    body = {"url": url, "types": type_ or None, "after": after, "service": service_of(service)}
    networks = networks_given(webhook_networks)
    made = run_command(database_url, "webhooks-add", user_of(by), body, networks=networks, refused=_wrong).content
    out.print(f"{made['id']}\n{made['secret']}")


def _wrong(error: DomainError) -> str:
    """Return why it is refused. Raises BadParameter for an option."""
    if isinstance(error, Malformed):
        first = error.errors[0]
        raise typer.BadParameter(first["detail"], param_hint=f"--{first['pointer'].strip('/')}")
    return str(error)


@webhooks_app.command("rotate")
def rotate_secret(
    webhook_id: WebhookIdArgument, reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Changes the secret and prints it once; both secrets sign for 24 hours. / 署名鍵を変更する"""
    made = run_command(database_url, "webhooks-rotate", user_of(by), {"reason": reason}, subject_id=webhook_id)
    out.print(made.content["secret"])


@webhooks_app.command("remove")
def remove_webhook(
    webhook_id: WebhookIdArgument, reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Removes a receiver. / 通知先を削除する"""
    run_command(database_url, "webhooks-remove", user_of(by), {"reason": reason}, subject_id=webhook_id)
    out.print("Removed; it is on record.")


@webhooks_app.command("failed")
def list_failed(webhook_id: WebhookIdArgument, database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists undelivered messages with the reasons, at most 500. / 届いていない通知の一覧"""
    engine = current_engine(database_url)
    table = Table("index", "contract", "tries", "last try", "next try", "reason")
    try:
        with reading(engine) as conn:
            found = subscriptions.undelivered(conn, webhook_id, None, 500)
    except Unknown as error:
        stop(str(error))
    for one in found:
        times = (instant(one.tried_at), instant(one.next_try_at) or "by a person")
        table.add_row(str(one.index), one.contract_id, str(one.attempts), *times, one.reason)
    out.print(table)


@webhooks_app.command("resend")
def resend_failed(
    webhook_id: WebhookIdArgument,
    index: Annotated[
        int | None, typer.Option(help="The index of one message, as listed; by default all failed messages.")
    ] = None,
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Resends failed messages. / 失敗した通知を再送する"""
    done = run_command(database_url, "webhooks-resend", user_of(by), {"index": index}, subject_id=webhook_id)
    out.print(f"{done.content['resent']} sent again; it is on record.")


@webhooks_app.command("test")
def send_test(webhook_id: WebhookIdArgument, by: By = None, database_url: DatabaseUrl = EMBEDDED) -> None:
    """Has a test message sent; `failed` lists it if it is not taken. / テスト通知を送る"""
    run_command(database_url, "webhooks-send_test", user_of(by), {}, subject_id=webhook_id)
    out.print("The running scheduler sends it within seconds.")
