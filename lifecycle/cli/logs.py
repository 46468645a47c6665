"""Logs of the processes on stderr: one line per event, as JSON for machines or as text for a terminal.

An exception is logged by its class and its place, because its message may quote user input.
"""

import logging
import sys
from traceback import extract_tb
from typing import Any, Literal

import structlog
from rich.console import Console

LogFormat = Literal["auto", "json", "text"]
Level = Literal["debug", "info", "warning", "error"]
_errors_as_json = False
_QUIET = ("uvicorn.access", "uvicorn.asgi", "httpx2", "alembic")
_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class _Stderr(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at the time."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _given: Any) -> None:
        """What the base class would keep is not kept."""


def configure(form: LogFormat, level: Level, *, serving: bool = False) -> None:
    """Send all logs to stderr; auto is text on a terminal and JSON elsewhere. serving: whether a process of the
    service starts: then the reason of its exit is logged.
    """
    global _errors_as_json
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    _errors_as_json = form == "json" or (as_json and serving)
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_words, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(other for other in root.handlers if not isinstance(other, _Stderr)), handler]
    root.setLevel(level.upper())
    logging.getLogger("security").setLevel(min(logging.INFO, root.level) if serving else logging.NOTSET)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def fail_with(why: str, *, only_json: bool = False) -> bool:
    """Print why a command ends to stderr, as JSON if the logs are JSON; return whether it did. only_json: only as
    JSON.
    """
    if _errors_as_json:
        logging.getLogger("lifecycle.cli").error("%s", why)
    elif not only_json:
        Console(stderr=True, soft_wrap=True, markup=False, highlight=False).print(why)
    return _errors_as_json or not only_json


def without_words(_logger: Any, _method: str, event: Any) -> Any:
    """Return an exception as its class and its call stack, innermost last."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
        event |= {"exception": type(error).__name__, "at": places[-8:]}
    return event
