"""The script of the guide prints the documented output against a real server behind a faulty connection."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from api.problems import TITLES
from tests.docs.pages import ROOT, text
from tests.docs.typed import blocks, expected, started

PAGE = text(ROOT / "docs" / "how-to" / "use-the-api.md")
SCRIPT = "\n".join(blocks(PAGE, "python", "python"))
(CURL,) = blocks(PAGE, "curl")
TOKEN = {"Authorization": "Bearer try-it-out"}


@contextmanager
def failing_line(port: int) -> Iterator[tuple[str, list[str]]]:
    """An address before the server, and what became of each POST there.

    The first is answered 503, the second done without an answer, all others passed on.
    """
    became: list[str] = []

    class Line(BaseHTTPRequestHandler):
        def passed(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.command == "POST" and not became:
                became.append("turned away")
                self.answer(503, {"Retry-After": "0"}, b"{}")
                return
            behind = HTTPConnection("127.0.0.1", port, timeout=120)
            behind.request(self.command, self.path, body, dict(self.headers))
            found = behind.getresponse()
            content = found.read()
            behind.close()
            if self.command == "POST":
                became.append("cut" if len(became) == 1 else found.headers.get("Idempotency-Replayed", "done"))
            if became[-1] == "cut":
                self.close_connection = True
                return
            self.answer(found.status, {n: v for n, v in found.headers.items() if n == "retry-after"}, content)

        def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = passed

        def log_message(self, *said: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as line:
        thread = threading.Thread(target=line.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{line.server_port}", became
        line.shutdown()
        thread.join()


def test_the_script_prints_the_output_of_the_guide_and_repeats_no_command(tmp_path: Path) -> None:
    with started(PAGE, tmp_path) as server, failing_line(server.port) as (address, became):
        token = {"LIFECYCLE_ADMIN_TOKEN": "try-it-out"}
        printed = server.run([sys.executable, "-c", SCRIPT], token | {"SERVICE": address})
        assert printed == expected(SCRIPT)
        assert became[:4] == ["turned away", "cut", "true", "done"]
        found = httpx2.get(f"{server.address}/v1/contracts", headers=TOKEN).json()["items"]
        assert [one["reference"] for one in found] == ["OD-2022-0101"]
        (answer,) = server.typed(CURL, ID=found[0]["id"], **token)
        assert len(json.loads(answer)["cancellation"]["notices"]) == 2


def test_each_kind_of_error_that_the_guide_lists_is_one_the_service_knows() -> None:
    source = "".join(text(path) for path in (ROOT / "api").rglob("*.py"))
    known = {title.lower().replace(" ", "-") for title in TITLES.values()}
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| 4") or line.startswith("| 5")]
    named = {name.strip(" `") for row in rows for name in row[2].split(",")}
    assert len(named) == 15
    assert {name for name in named if f'"{name}"' not in source and name not in known} == set()
