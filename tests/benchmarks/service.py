"""Real processes of the service to measure on, and desks that speak to them over loopback."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from tests.api.desk import TOKEN
from tests.api.processes import CLEAN, UNBOUNDED, WITH_TOKEN, free_port

PATIENCE = 30.0  # seconds
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Ask = Callable[[httpx2.Client, int], httpx2.Response]


class Request(NamedTuple):
    """A request as the server saw it. at: seconds since 1970; ms: how long it took."""

    at: float
    ms: float
    status: int
    path: str


class Api:
    """A running API process. address: where it answers; requests: what it has answered; pid: of the process."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port, self.pid = free_port(), 0
        self.address, self._log = f"http://127.0.0.1:{self.port}", folder / f"{self.port}.log"
        self.command = ["-m", "tests.benchmarks.timed_api", url, str(self.port), str(self._log)]

    def requests(self) -> list[Request]:
        """What it has answered, /healthz apart."""
        assert self.ready()  # has it write out what it noted
        lines = [line.split() for line in self._log.read_text().splitlines()]
        return [Request(float(at), float(ms), int(status), path) for at, ms, status, path in lines]

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx2.get(f"{self.address}/healthz").status_code == 200
        except httpx2.TransportError:
            return False


@contextmanager
def apis(url: str, number: int, folder: Path, **settings: str) -> Iterator[list[Api]]:
    """That many API processes on one database, ready to answer."""
    with ExitStack() as stack:
        started = [Api(url, folder) for _ in range(number)]
        for api in started:
            api.pid = stack.enter_context(process(*api.command, **UNBOUNDED, **WITH_TOKEN, **settings))
        for api in started:
            until(api.ready)
        yield started


@contextmanager
def scheduler(url: str, **settings: str) -> Iterator[int]:
    """A `lifecycle scheduler` on a database, by the id of its process; it may still be starting."""
    with process("-m", "lifecycle.cli", "scheduler", "--database-url", url, **settings) as pid:
        yield pid


@contextmanager
def process(*words: str, **settings: str) -> Iterator[int]:
    """A Python process that is ended with the block; its id."""
    child = subprocess.Popen(
        [sys.executable, *words], env=CLEAN | {"PYTHONPATH": os.getcwd()} | settings,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child.pid
    finally:
        child.terminate()
        child.wait(PATIENCE)


class Desks:
    """Desks at work, each a thread with a connection of its own: ask, wait for the answer, think, go on.

    asks: what each desk does in turn, by the number of its request. think: seconds between two requests.
    A status other than 2xx ends the work; `check` raises it.
    """

    def __init__(self, addresses: Sequence[str], number: int, ask: Ask, think: float = 0.0) -> None:
        self._ask, self._think, self._number = ask, think, number
        self._stop, self._lock, self._done = threading.Event(), threading.Lock(), 0
        self._wrong: list[str] = []
        self._threads = [
            threading.Thread(target=self._work, args=(addresses[n % len(addresses)],)) for n in range(number)
        ]

    @property
    def done(self) -> int:
        """How many requests have been begun."""
        return self._done

    def _work(self, address: str) -> None:
        with httpx2.Client(base_url=address, headers=HEADERS, timeout=PATIENCE) as client:
            while not self._stop.is_set():
                with self._lock:
                    number, self._done = self._done, self._done + 1
                answer = self._ask(client, number)
                if not answer.is_success:
                    self._wrong.append(f"{answer.status_code}: {answer.text[:300]}")
                    break
                if self._think:
                    self._stop.wait(self._think)

    def __enter__(self) -> "Desks":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def check(self) -> None:
        """Raises AssertionError where an answer was none of the wanted."""
        assert not self._wrong, self._wrong[0]


def until(holds: Callable[[], object], patience: float = PATIENCE, pause: float = 0.02) -> None:
    """Wait until a condition holds. Raises AssertionError if it does not in time."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(pause)


@contextmanager
def beside(work: Callable[[], None], over: threading.Event) -> Iterator[None]:
    """Run something in a thread until the end; its error is raised."""
    wrong: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            wrong.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if wrong:
        raise wrong[0]
