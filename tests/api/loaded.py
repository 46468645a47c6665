"""Commands of the service in processes of their own, forked off one that has loaded the program already.

That spares each the two seconds of loading; all else is as it is typed. What the documentation has one type is
started from nothing.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["lifecycle.cli", "api.serving", __name__])


def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> BaseProcess:
    """Starts `lifecycle …` with nothing but the given environment; what it prints goes to a file."""
    child = _FORKING.Process(target=_run, args=([*arguments], {**environment}, log), daemon=True)
    child.start()
    return child


def _run(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["lifecycle", *arguments]
    from lifecycle.cli import app

    app()
