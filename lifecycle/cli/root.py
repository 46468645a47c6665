"""The command line's root: every module beside this one hangs its commands here."""

import typer

from lifecycle.cli.settings import read_environment

app = typer.Typer(
    callback=read_environment,
    no_args_is_help=True,
    add_completion=False,
    help="The contract lifecycle service. / 契約ライフサイクル管理サービス",
)
