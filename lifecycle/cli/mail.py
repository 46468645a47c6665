"""`lifecycle mail …`: the outbox of mail."""

from typing import Annotated

import typer
from rich.table import Table

from lifecycle.cli.commanding import run_command
from lifecycle.cli.options import EMBEDDED, By, DatabaseUrl, Reason, current_engine, out, user_of
from lifecycle.cli.root import app
from lifecycle.mail import outbox
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import instant

mail_app = typer.Typer(no_args_is_help=True, help="Mail: papers on their way to customers. / メールの送信箱")
app.add_typer(mail_app, name="mail")
MailIdArgument = Annotated[str, typer.Argument(help="The id, as listed.", metavar="ID")]


@mail_app.command("list")
def list_outbox(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists the newest 500 messages with what became of them; no address is shown. / 送信箱の一覧"""
    engine = current_engine(database_url)
    table = Table("id", "contract", "paper", "to", "state", "tries", "next try", "reason")
    with reading(engine) as conn:
        for one in outbox.list_mail(conn, 500):
            what = (one.contract_id or "", one.paper or "test", one.to_whom, one.state, str(one.attempts))
            table.add_row(one.id, *what, instant(one.next_try_at), one.reason)
    out.print(table)
    engine.dispose()


@mail_app.command("resend")
def resend_mail(mail_id: MailIdArgument, by: By = None, database_url: DatabaseUrl = EMBEDDED) -> None:
    """Sends a waiting or failed message at once. / メールを再送する"""
    run_command(database_url, "mail-resend", user_of(by), {}, subject_id=mail_id)
    out.print("The running scheduler sends it within seconds; it is on record.")


@mail_app.command("remove")
def remove_mail(
    mail_id: MailIdArgument, reason: Reason, by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Removes a message that was not sent. / 送信していないメールを取り消す"""
    run_command(database_url, "mail-remove", user_of(by), {"reason": reason}, subject_id=mail_id)
    out.print("Removed; it is on record.")


@mail_app.command("test")
def send_test(
    to: Annotated[str, typer.Option(help="Where it goes.")], by: By = None, database_url: DatabaseUrl = EMBEDDED
) -> None:
    """Has a test message sent; `list` shows what becomes of it. / テストメールを送る"""
    made = run_command(database_url, "mail-send_test", user_of(by), {"to": to})
    out.print(f"{made.content['id']}\nThe running scheduler sends it within seconds.")
