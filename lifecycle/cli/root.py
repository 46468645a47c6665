"""The root of the command line, to which every module in this folder adds its commands.

Errors are printed as one sentence, as JSON if the logs are JSON, with an exit code for each kind.
"""

import logging
from typing import Any

import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from typer.core import TyperGroup

from lifecycle.cli.logs import fail_with
from lifecycle.cli.settings import prepare

DONE, REFUSED, MISUSED, NO_DATABASE, FAULT = 0, 1, 2, 3, 70  # exit codes; 70 as in sysexits.h
_USAGE: Any = typer.BadParameter.__bases__[0]
log = logging.getLogger(__name__)


class Root(TyperGroup):
    """The root command: prints one sentence instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs a command. Raises SystemExit."""
        try:
            return super().invoke(ctx)
        except (DBAPIError, PoolTimeout) as error:
            own = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            log.debug("the database cannot be used", exc_info=error)
            fail_with(f"the database cannot be used: {own}")
            raise typer.Exit(NO_DATABASE) from None
        except (typer.Exit, typer.Abort, KeyboardInterrupt, EOFError, BrokenPipeError):
            raise
        except _USAGE as error:  # the words of the command line, or a variable
            if not fail_with(error.format_message(), only_json=True):
                raise
            raise typer.Exit(MISUSED) from None
        except Exception as error:
            log.error("the command failed because of a fault in the program; report this line", exc_info=error)
            fail_with(f"a fault of the program: {type(error).__name__}; its place is in the log")
            raise typer.Exit(FAULT) from None


app = typer.Typer(
    cls=Root,
    callback=prepare,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The contract lifecycle service. / 契約ライフサイクル管理サービス",
)
