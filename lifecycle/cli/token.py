"""Commands about tokens."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from lifecycle.cli.commanding import run_command
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, out
from lifecycle.cli.root import app
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.people import tokens
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import tokyo_day
from scheduler.clock import system_clock

token_app = typer.Typer(no_args_is_help=True, help="Access tokens. / アクセストークンの管理")
app.add_typer(token_app, name="token")
TokenName = Annotated[str, typer.Option(help="The name of the token; the actor in the history.")]


@token_app.command("create")
def create_token(
    name: TokenName,
    role: Annotated[list[str], typer.Option(help=f"A role; repeatable: {', '.join(tokens.GRANTS)}.")],
    expires_on: Annotated[
        str | None, typer.Option(help="Its last day YYYY-MM-DD, or `never`; by default a year from today.")
    ] = None,
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Creates a token and prints it once. / トークンを作成し、一度だけ表示する"""
    if unknown := [given for given in role if given not in tokens.GRANTS]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(tokens.GRANTS)}", param_hint="--role")
    sent = {"name": name, "roles": role, "expires_on": _last_day(expires_on), "service": service_of(service)}
    made = run_command(database_url, "tokens-create", "command line", sent)
    print(made.content["token"])


@token_app.command("list")
def list_tokens(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists all tokens, including revoked ones, without their secrets. / トークンの一覧"""
    engine = current_engine(database_url)
    table = Table("name", "roles", "created", "last day", "revoked")
    with reading(engine) as conn:
        for row in tokens.list_tokens(conn):
            last = _day(row["expires_at"], timedelta(days=1)) if row["expires_at"] else "never ends"
            gone = f"by {row['revoked_by']}: {row['revoked_because']}" if row["revoked_at"] else ""
            table.add_row(row["name"], ", ".join(row["roles"]), _day(row["created_at"]), last, gone)
    out.print(table)


@token_app.command("revoke")
def revoke_token(
    name: Annotated[str, typer.Option(help="The name of the token.")],
    reason: Annotated[str, typer.Option(help="The reason; stored with the token.")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Revokes a token immediately. / トークンを失効させる"""
    run_command(database_url, "tokens-revoke", "command line", {"reason": reason}, subject_id=name)
    out.print(f"The token of {name} opens nothing any more.")


def _last_day(text: str | None) -> date | None:
    """A token's last day in Japan: a year from today by default, None for never."""
    if text == "never":
        return None
    if text is None:
        return date.fromordinal(tokyo_day(system_clock()).toordinal() + 365)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"is not a day: {text}", param_hint="--expires-on") from None


def _day(at: datetime, less: timedelta = timedelta()) -> str:
    return tokyo_day(at - less).isoformat()
