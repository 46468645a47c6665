"""Runs a page: starts its server, runs its shell blocks and compares their output."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.api.loaded import tool
from tests.docs.pages import ROOT

PATIENCE = 240.0  # seconds for the server to come up on a busy machine


def blocks(page: str, marker: str, language: str = "bash") -> list[str]:
    """The fenced blocks of a page that follow a marker."""
    found = re.findall(rf"<!-- try:{marker} -->\n```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found, marker
    return found


def expected(shown: str) -> list[str]:
    """Return the documented output of a block."""
    return [line.removeprefix("# → ") for line in shown.splitlines() if line.startswith("# → ")]


@dataclass(frozen=True)
class Running:
    """A server started as on a page, in its own folder."""

    port: int
    folder: Path
    environment: dict[str, str]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return (self.folder / "server.txt").read_text("utf-8")

    def typed(self, script: str, **environment: str) -> list[str]:
        """The lines that a script prints in bash. An error fails the test."""
        script = script.replace("http://127.0.0.1:8000", self.address).replace("python3", f'"{sys.executable}"')
        script = script.replace(".venv/bin/lifecycle", f"{tool()}")
        return self.run(["bash", "-euo", "pipefail", "-c", script], environment)

    def run(self, command: list[str], environment: dict[str, str]) -> list[str]:
        """The lines that a command prints in the server's folder. An error fails the test."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment | environment,
            capture_output=True, encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


@contextmanager
def started(page: str, folder: Path, *, anew: bool = False) -> Iterator[Running]:
    """The server that a page starts. No setting of the tester's own; Python finds the project from any folder.

    anew: by a Python that has loaded nothing.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LIFECYCLE_")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "NO_PROXY": "*"}
    running = Running(port, folder, environment)
    command = f'exec "{sys.executable}" -m lifecycle.cli' if anew else f'exec "{tool()}"'
    (block,) = blocks(page, "server")
    script = block.rstrip().replace(".venv/bin/lifecycle", command) + f" --port {port}\n"
    with (folder / "server.txt").open("w") as out:
        process = subprocess.Popen(["bash", "-euc", script], cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            _wait_for(process, running)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], running: Running) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        asking = HTTPConnection("127.0.0.1", running.port, timeout=30)
        try:
            asking.request("GET", "/healthz")
            if asking.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asking.close()
    pytest.fail(f"the server did not come up: {running.said}")
