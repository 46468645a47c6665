"""A forked child process: it works until it is killed and reports through a pipe."""

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from typing import NamedTuple

from tests.api.inprocess import portal

Tell = Callable[[bytes], object]


class Ended(NamedTuple):
    """The end of a child: the lines it sent, and whether it was killed."""

    told: list[bytes]
    killed: bool


class Child:
    """A child at work. pid: its own; it waits for `go` where it was started waiting."""

    def __init__(self, work: Callable[[Tell], object], *, waiting: bool = False) -> None:
        self._told, tell = os.pipe()
        wait, self._go = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # the child touches no lock of its parent's threads
            self.pid = os.fork()
        if self.pid == 0:
            os.close(self._told)
            os.close(self._go)
            _live(work, tell, wait if waiting else None)
        os.close(tell)
        os.close(wait)

    def go(self) -> None:
        """Lets a waiting child begin."""
        os.write(self._go, b"!")

    def first_line(self) -> bytes:
        """Waits for the child's first line."""
        line = b""
        while not line.endswith(b"\n") and (more := os.read(self._told, 1)):
            line += more
        return line

    def end(self) -> Ended:
        """Wait for its end. Raises if it ended neither with success nor by SIGKILL."""
        with os.fdopen(self._told, "rb") as pipe:
            told = pipe.read().splitlines()
        os.close(self._go)
        _, status = os.waitpid(self.pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed and status != 0:
            raise AssertionError(f"the child failed: {b' '.join(told).decode()}")
        return Ended(told, killed)


def _live(work: Callable[[Tell], object], tell: int, wait: int | None) -> None:
    status = 1
    try:
        portal.cache_clear()  # the parent's loop has no thread here
        if wait is not None:
            os.read(wait, 1)
        work(lambda line: os.write(tell, line))
        status = 0
    except BaseException:
        os.write(tell, traceback.format_exc().encode())
    finally:
        os._exit(status)
