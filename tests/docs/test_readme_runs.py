"""The README's requests, typed into bash against a running sandbox, print what the README says."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

import pytest

from lifecycle.demo.book import BOOK
from tests.docs.pages import ROOT, text

README = text(ROOT / "README.md")
PATIENCE = 60.0  # seconds for the server to come up


def block(marker: str) -> str:
    """The shell block that follows a marker."""
    found = re.search(rf"<!-- try:{marker} -->\n```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found is not None, marker
    return found[1]


@dataclass(frozen=True)
class Running:
    """A server started as the README says, in a folder of its own."""

    port: int
    folder: Path
    environment: dict[str, str]

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return (self.folder / "server.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """No setting of the tester's own, and a Python that finds the project from any folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LIFECYCLE_")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "NO_PROXY": "*"}
    running = Running(port, tmp_path_factory.mktemp("readme"), environment)
    command = f'exec "{sys.executable}" -m lifecycle.cli'
    script = block("server").rstrip().replace(".venv/bin/lifecycle", command) + f" --port {port}\n"
    with (running.folder / "server.txt").open("w") as out:
        process = subprocess.Popen(
            ["bash", "-euc", script], cwd=running.folder, env=environment, stdout=out, stderr=out
        )
        try:
            wait_for(process, running)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)


def wait_for(process: subprocess.Popen[bytes], running: Running) -> None:
    """Returns when the server answers."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        asking = HTTPConnection("127.0.0.1", running.port, timeout=5)
        try:
            asking.request("GET", "/healthz")
            if asking.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asking.close()
    pytest.fail(f"the server did not come up: {running.said}")


def test_the_ten_requests_print_what_the_readme_says(server: Running) -> None:
    shown = block("requests")
    expected = [line.removeprefix("# → ") for line in shown.splitlines() if line.startswith("# → ")]
    script = shown.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("python3", f'"{sys.executable}"')
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=server.folder, env=server.environment,
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == expected
    assert len(re.findall(r"^# \d+ ", shown, re.MULTILINE)) == shown.count("\nv1 ") + 1 == 10


def test_the_server_says_where_it_is_and_what_it_is(server: Running) -> None:
    assert "A sandbox: its time stands at 2022-05-16T09:00:00+09:00" in server.said
    assert f"http://127.0.0.1:{server.port}" in server.said
    assert (server.folder / "try.db").exists(), "the README's database is a file where the server was started"


def test_the_readme_counts_the_stories_of_the_demo() -> None:
    assert len(BOOK.stories) == 23
    assert "## Twenty-three stories" in README and "二十三件の見本契約" in README


def test_an_output_stands_below_each_request_but_the_first() -> None:
    lines = block("requests").splitlines()
    for line, after in pairwise(lines):
        if line.startswith("v1 "):
            assert after.startswith("# → "), line
