"""Worker processes of the API and the scheduler: killed, frozen and resumed, stopped, several at once."""

import mmap
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from lifecycle.records.engine import is_sqlite, open_engine
from lifecycle.timers.sweep import sweep
from scheduler.waker import Waker
from tests.faults.dying import watch
from tests.faults.expected import TOKYO
from tests.faults.forked import Child, Tell
from tests.faults.service import Asked, Client, Hands, served

NOW = datetime(2022, 5, 20, 9, tzinfo=TOKYO)
STARTED = "2022-05-10"


def desk_work(client: Client, draw: Random) -> None:
    """Apply for and accept a contract, perhaps with notices and revocations."""
    applied = client.apply(received_on=STARTED, option=draw.random() < 0.3)
    if applied.outcome != "ok":
        return
    contract = applied.answer["id"]
    client.do(contract, "accept", accepted_on=STARTED, billing_starts_on=STARTED)
    for _ in range(draw.randint(0, 2)):
        client.do(contract, "notify_cancellation", arrived_on="2022-05-12")
        if draw.random() < 0.3:
            client.do(contract, "revoke_cancellation")


class Busy:
    """A worker that runs commands and sweeps without pause and reports every statement, request and answer."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        self._flag, self._heard = mmap.mmap(-1, 1), list[bytes]()
        self.child = Child(lambda tell: self._work(url, name, Random(seed), tell))

    @property
    def in_transaction(self) -> bool:
        """Whether it was writing in a transaction when it was last heard of."""
        return self._flag[0] == 1

    def hear(self) -> None:
        """Wait for the next line. Raises AssertionError if the worker has ended."""
        line = self.child.first_line()
        assert line, b"".join(self._heard[-30:]).decode()
        self._heard.append(line)

    def kill(self) -> list[Asked]:
        """Kill the worker; return its requests and their known outcomes."""
        os.kill(self.child.pid, signal.SIGKILL)
        ended = self.child.end()
        log: dict[str, Asked] = {}
        for line in (*self._heard, *ended.told):
            if line.strip() != b"statement":
                key, path, body, outcome = orjson.loads(line)
                log[key] = Asked(key, path, body, outcome)
        return list(log.values())

    def _work(self, url: str, name: str, draw: Random, tell: Tell) -> None:
        engine = open_engine(url)
        flagging(engine, self._flag)
        watch(engine, lambda conn, kind: tell(b"statement\n"))
        with served(engine, Hands(NOW)) as http:
            client = Telling(http, name, tell)
            while True:
                desk_work(client, draw)
                if draw.random() < 0.3:
                    sweep_patiently(engine, NOW)


class Telling(Client):
    """A client that reports each request before it is sent and after it is answered."""

    def __init__(self, http: Any, name: str, tell: Tell) -> None:
        super().__init__(http, name)
        self._tell = tell

    def again(self, asked: Asked) -> Asked:
        """Send a request and report it."""
        self._tell(_line(asked))
        super().again(asked)
        self._tell(_line(asked))
        return asked


def _line(asked: Asked) -> bytes:
    return orjson.dumps([asked.key, asked.path, asked.body, asked.outcome]) + b"\n"


def flagging(engine: Engine, flag: mmap.mmap) -> None:
    """Sets a flag in shared memory while a writing transaction is open."""

    def begin(conn: Connection) -> None:
        flag[0] = not conn.get_execution_options().get("read_only", False)

    def over(*_: object) -> None:
        flag[0] = 0

    event.listen(engine, "begin", begin)
    event.listen(engine, "rollback", over)
    watch(engine, lambda conn, kind: over() if conn is None else None)


def sweep_patiently(engine: Engine, now: datetime) -> None:
    """A sweep that gives up if the database is busy or unreachable; the next one continues."""
    try:
        sweep(engine, now, batch=5)
    except OperationalError:
        if not is_sqlite(engine):
            return
        raise


def frozen_at(url: str, work: Callable[[Engine], object], kind: str) -> Child:
    """A worker that stops (SIGSTOP) before it executes a kind of statement."""

    def live(tell: Tell) -> None:
        engine = open_engine(url)
        froze = count()

        def maybe_freeze(conn: Connection | None, found: str) -> None:
            if found == kind and next(froze) == 0:
                os.kill(os.getpid(), signal.SIGSTOP)

        watch(engine, maybe_freeze)
        try:
            work(engine)
        except Exception as error:
            tell(type(error).__name__.encode() + b"\n")
        else:
            tell(b"done\n")

    child = Child(live)
    os.waitpid(child.pid, os.WUNTRACED)
    return child


def ringing(url: str, now: datetime, batch: int = 20) -> Child:
    """A scheduler with its waker on a fixed clock; it reports every batch and ends on SIGTERM."""

    def live(tell: Tell) -> None:
        engine = open_engine(url)
        ended: list[int] = []
        signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
        watch(engine, lambda conn, kind: tell(b"commit\n") if conn is None else None)
        alarm = Waker(engine, lambda: now, 0.2, batch=batch)
        alarm.start()
        while not ended:
            signal.sigtimedwait([signal.SIGCHLD], 0.05)
        alarm.stop()
        tell(b"ended\n")

    return Child(live, waiting=True)


def after(days: int) -> datetime:
    """An instant so many days after NOW."""
    return NOW + timedelta(days=days)
