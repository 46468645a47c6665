"""A webhook receiver on the loopback interface: its answers are set by the test, and it records requests."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

import orjson

PATIENCE = 60.0  # seconds; a busy machine takes its time

Answer = tuple[int, dict[str, str], bytes]
TAKEN: Answer = (204, {}, b"")


@dataclass(frozen=True)
class Got:
    """A received message, and the status of the answer; 0 before the answer."""

    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def said(self) -> dict[str, Any]:
        """Its body."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def index(self) -> int:
        """Of its row in the log."""
        found: int = self.said["data"]["index"]
        return found


@dataclass
class Receiver:
    """What one server got. answer: of the body and how many came before."""

    url: str = ""
    answer: Callable[[dict[str, Any], int], Answer] = lambda said, before: TAKEN
    got: list[Got] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def taken(self) -> list[int]:
        """The indices of what was taken, in the order of arrival."""
        return [one.index for one in self.got if 200 <= one.status < 300]

    def has(self, number: int) -> bool:
        """Wait until that number of messages is accepted; false after the timeout."""
        return soon(lambda: len(self.taken) >= number)

    def reply(self, headers: dict[str, str], body: bytes) -> Answer:
        """Answers a message and remembers it, once it is answered."""
        with self.lock:
            before = len(self.got)
            self.got.append(Got(headers, body, 0))
        found = self.answer(orjson.loads(body), before)
        self.got[before] = Got(headers, body, found[0])
        return found


def soon(true: Callable[[], bool]) -> bool:
    """Whether a condition becomes true in time."""
    end = monotonic() + PATIENCE
    while not (found := true()) and monotonic() < end:
        sleep(0.01)
    return found


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Runs a receiver, over TLS where a context is given."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            if len(body := self.rfile.read(length)) < length:
                return  # its sender was killed while it spoke: no message
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = found.reply(headers, body)
            self.send_response(status)
            for name, value in ({"content-length": str(len(content))} | more).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64  # more at once would wait a second for the next try

        def handle_error(self, *_: object) -> None:
            """Ignore a sender that has disconnected."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
