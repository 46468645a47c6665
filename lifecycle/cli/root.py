"""The command line's root: every module beside this one hangs its commands here."""

import typer

from lifecycle.cli.settings import prepare

app = typer.Typer(
    callback=prepare,
    no_args_is_help=True,
    add_completion=False,
    help="The contract lifecycle service. / 契約ライフサイクル管理サービス",
)
