"""Commands about tokens."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, instant_of, out, stop
from lifecycle.cli.root import app
from lifecycle.people import tokens
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import tokyo_day
from scheduler.clock import system_clock

token_app = typer.Typer(no_args_is_help=True, help="Tokens to come in with. / アクセストークン")
app.add_typer(token_app, name="token")
TokenName = Annotated[str, typer.Option(help="Whose token it is; written as actor into the history.")]


@token_app.command("create")
def create_token(
    name: TokenName,
    role: Annotated[list[str], typer.Option(help=f"What it may do; repeatable: {', '.join(tokens.GRANTS)}.")],
    expires_on: Annotated[
        str | None, typer.Option(help="Its last day YYYY-MM-DD; `never` for none. A year from today by default.")
    ] = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Makes a token and prints it, this once. / トークンを作成し一度だけ表示する"""
    if unknown := [given for given in role if given not in tokens.GRANTS]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(tokens.GRANTS)}", param_hint="--role")
    ends = _after(expires_on)
    engine = current_engine(database_url)
    try:
        with writing(engine) as conn:
            print(tokens.issue_token(conn, name, role, system_clock(), expires_at=ends, by="command line"))
    except (tokens.NameTaken, tokens.OverAlready) as error:
        stop(str(error))


@token_app.command("list")
def list_tokens(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Every token there is or was, without its secret. / トークンの一覧"""
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
    name: Annotated[str, typer.Option(help="Whose token.")],
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Shuts a token out from now on. / トークンを失効させる"""
    engine = current_engine(database_url)
    try:
        with writing(engine) as conn:
            tokens.revoke_token(conn, name, system_clock(), by="command line", reason=reason)
    except tokens.NoSuchToken as error:
        stop(str(error))
    out.print(f"The token of {name} opens nothing any more.")


def _after(last_day: str | None) -> datetime | None:
    """The instant at which a token ends: after its last day in Japan."""
    if last_day == "never":
        return None
    if last_day is None:
        today = tokyo_day(system_clock())
        last_day = date.fromordinal(today.toordinal() + 365).isoformat()
    return instant_of(last_day) + timedelta(microseconds=1)


def _day(at: datetime, less: timedelta = timedelta()) -> str:
    return tokyo_day(at - less).isoformat()
