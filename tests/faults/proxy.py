"""A proxy before PostgreSQL: it cuts connections before or after a commit, delays, and withholds answers."""

import socket
import threading
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType

PIECE = 65_536
PATIENCE = 10.0  # seconds for the server's answer to a COMMIT


class Fault(Enum):
    """What the proxy does with a COMMIT."""

    NONE = "passes everything on"
    CUT_BEFORE = "cuts the connection before the COMMIT arrives"
    CUT_AFTER = "cuts the connection after the COMMIT, before its answer"
    SILENT = "passes the COMMIT on and keeps every answer to itself"


class Proxy:
    """Listens on a port of its own and passes on to a server's socket. fault: what happens at the next COMMIT.

    hits: how often it happened. delay: seconds before anything is passed on.
    """

    def __init__(self, server: Path) -> None:
        self.server, self.fault, self.hits, self.delay = server, Fault.NONE, 0, 0.0
        self.withholding = threading.Event()
        self._resting, self._swallowed = threading.Event(), threading.Event()
        self._swallowing: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def url(self, database: str) -> str:
        """The URL of a database through the proxy."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def __enter__(self) -> "Proxy":
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._resting.set()
        self.withholding.clear()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join()

    def cut_all(self) -> None:
        """Cuts every connection there is."""
        for end in self._sockets:
            _close(end)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(str(self.server))
            self._sockets += [client, upstream]
            for work in (self._requests, self._answers):
                thread = threading.Thread(target=work, args=(client, upstream))
                self._threads.append(thread)
                thread.start()

    def _requests(self, client: socket.socket, upstream: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(PIECE):
                self._resting.wait(self.delay)
                if b"COMMIT" in piece and self.fault is not Fault.NONE:
                    fault, self.fault = self.fault, Fault.NONE
                    self.hits += 1
                    if fault is Fault.CUT_BEFORE:
                        break
                    if fault is Fault.SILENT:
                        self.withholding.set()
                    if fault is Fault.CUT_AFTER:
                        self._swallowing.add(upstream)
                        upstream.sendall(piece)
                        self._swallowed.wait(PATIENCE)  # it is committed; nobody hears of it
                        break
                upstream.sendall(piece)
        _close(client)
        _close(upstream)

    def _answers(self, client: socket.socket, upstream: socket.socket) -> None:
        with suppress(OSError):
            while piece := upstream.recv(PIECE):
                if upstream in self._swallowing:
                    self._swallowed.set()
                    continue
                while self.withholding.is_set() and not self._resting.is_set():
                    self._resting.wait(0.01)
                client.sendall(piece)
        _close(client)
        _close(upstream)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
