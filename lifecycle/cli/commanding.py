"""Executes commands from the command line as the API and the pages do."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from lifecycle.cli.options import current_engine, stop
from lifecycle.errors import DomainError
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import read_clock
from lifecycle.timers.notify import notify
from lifecycle.webhooks.addresses import Network
from scheduler.clock import system_clock

if TYPE_CHECKING:
    from lifecycle.commands.command import Outcome


def run_command(
    database_url: str,
    operation: str,
    by: str,
    body: dict[str, Any],
    *,
    subject_id: str | None = None,
    networks: tuple[Network, ...] = (),
    refused: Callable[[DomainError], str] = str,
) -> "Outcome":
    """Execute an operation. Exits if it is refused; refused: prints why."""
    from pydantic import ValidationError

    from lifecycle.commands.command import Command
    from lifecycle.commands.editions import EditionDiffers, refuse_other_editions
    from lifecycle.commands.execute import execute
    from lifecycle.commands.operations import OPERATIONS
    from lifecycle.commands.service import Service

    engine = current_engine(database_url)
    try:
        model = OPERATIONS[operation].body
        sent = model.model_validate(body) if model is not None else None
        with reading(engine) as conn:
            sandbox_now = read_clock(conn).sandbox_now
            refuse_other_editions(conn)
        service = Service(
            engine, lambda: sandbox_now or system_clock(), wall=system_clock, networks=networks,
            after_commit=lambda: _tell(engine),
        )  # fmt: skip
        return execute(service, Command(operation=operation, actor=by, subject_id=subject_id, body=sent))
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        stop("; ".join(f"{'.'.join(map(str, one['loc']))} {_said(one)}" for one in wrong))
    except DomainError as error:
        stop(refused(error))
    except EditionDiffers as error:
        stop(str(error))
    finally:
        engine.dispose()


def _said(error: Any) -> str:
    return str(error["ctx"]["error"]) if error["type"] == "value_error" else str(error["msg"])


def _tell(engine: Engine) -> None:
    """Notify the schedulers of other processes of changed timers."""
    with writing(engine) as conn:
        notify(conn)
