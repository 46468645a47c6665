"""Real processes of the service: started, called over HTTP, stopped or killed."""

import os
import signal
import socket
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
from sqlalchemy import update
from sqlalchemy.engine import make_url

from lifecycle.records import tables
from lifecycle.records.engine import open_engine, writing
from lifecycle.terms.calendar import TOKYO
from tests.api.answers import Answers
from tests.api.desk import TOKEN, Desk, Json
from tests.api.loaded import start

PATIENCE = 60.0  # seconds; a busy machine takes its time to start Python
UNBOUNDED = dict.fromkeys(  # tests ask faster than people
    (
        "LIFECYCLE_RATE_PER_MINUTE",
        "LIFECYCLE_FAILURES_PER_MINUTE",
        "LIFECYCLE_ENDS_PER_HOUR",
        "LIFECYCLE_ACCEPTANCES_PER_HOUR",
        "LIFECYCLE_ERASURES_PER_HOUR",
    ),
    "0",
)
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("LIFECYCLE_")}
WITH_TOKEN = {"LIFECYCLE_ADMIN_TOKEN": TOKEN}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lifecycle.cli", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


class Process:
    """A command that runs until it is stopped. `said`: its output so far."""

    def __init__(self, log: Path, *arguments: str, **settings: str) -> None:
        self.log = log
        log.write_text("")
        self.child = start(arguments, CLEAN | UNBOUNDED | settings, log)

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def is_running(self) -> bool:
        return self.child.exitcode is None

    def tell(self, number: int) -> None:
        """Sends it a signal."""
        assert self.child.pid is not None
        os.kill(self.child.pid, number)

    def end(self, number: int = signal.SIGTERM) -> int | None:
        """Stop it by a signal and return its exit status, or None if it still runs."""
        self.tell(number)
        self.child.join(PATIENCE)
        return self.child.exitcode

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.is_running:
            self.end(signal.SIGKILL)
        self.child.close()


class Server(Process):
    """A serving command. Its database is named by `url`; `desk` speaks to it, every answer checked."""

    def __init__(
        self, log: Path, document: Json, url: str, *arguments: str, port: int = 0, **settings: str
    ) -> None:
        self.port, self.url = port or free_port(), url
        self.document, self.sandbox = document, "--sandbox" in arguments
        self.address = f"http://127.0.0.1:{self.port}"
        self.clients: list[httpx2.Client] = []
        super().__init__(log, *arguments, "--port", str(self.port), "--database-url", url, **settings)

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.is_running:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                assert self.desk().client.get("/healthz").status_code == 200
                return self
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.__exit__(None, None, None)
        raise AssertionError(f"it does not answer: {self.said}")

    def desk(self, token: str = TOKEN) -> Desk:
        """A desk that speaks to it."""
        hooks = {"request": [], "response": [Answers(self.document, sandbox=self.sandbox).check]}
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx2.Client(
            base_url=self.address, headers=headers, event_hooks=hooks, timeout=PATIENCE, verify=False
        )
        self.clients.append(client)
        return Desk(client)

    def __exit__(self, *what: Any) -> None:
        for client in self.clients:
            client.close()
        super().__exit__(*what)

    @property
    def printed_token(self) -> str | None:
        """The first token, from the file next to its SQLite file, if there is one."""
        file = Path(f"{make_url(self.url).database}.credentials")
        _, found, rest = (file.read_text() if file.exists() else "").partition("Token, shown this once: ")
        return rest.split()[0] if found else None


def starting_now(desk: Desk, url: str, **application: Any) -> Json:
    """A contract whose billing starts at this moment: only a sweep fires the start, not an entry."""
    now = datetime.now(TOKYO)
    contract = desk.apply(requested_billing_start_on=None, **application)
    accepted = desk.accept(contract, billing_starts_on=str(now.date() + timedelta(days=1)))
    engine = open_engine(url)
    with writing(engine) as conn:  # as if it were midnight
        conn.execute(update(tables.contract).where(tables.contract.c.id == contract["id"]).values(due_at=now))
    engine.dispose()
    desk.apply(reference=f"wakes the clock for {contract['id']}")
    return accepted


def until(desk: Desk, subject: Json, state: str) -> Json:
    """Waits for real time to bring a contract into a state."""
    deadline = time.monotonic() + PATIENCE
    while (shown := desk.show(subject))["state"] != state:
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)
    return shown
