"""Commands about tokens."""

from typing import Annotated

import typer

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, engine_of, require_current, stop
from lifecycle.cli.root import app
from lifecycle.desk import tokens
from lifecycle.records.engine import writing
from scheduler.clock import system_clock

token_app = typer.Typer(no_args_is_help=True, help="Tokens to come in with. / アクセストークン")
app.add_typer(token_app, name="token")


@token_app.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="Whose token it is; written as actor into the history.")],
    role: Annotated[str, typer.Option(help="What it may do: admin.")] = "admin",
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Makes a token and prints it, this once. / トークンを作成し一度だけ表示する"""
    if role not in tokens.ROLES:
        raise typer.BadParameter(f"one of {', '.join(tokens.ROLES)}", param_hint="--role")
    engine = engine_of(database_url)
    require_current(engine)
    try:
        with writing(engine) as conn:
            print(tokens.create_token(conn, name, [role], system_clock()))
    except tokens.NameTaken as error:
        stop(str(error))
