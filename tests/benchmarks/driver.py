"""Requests as fast as they are answered, at little cost: `python -m tests.benchmarks.driver PORT PATH TOKEN …`.

The words are the port, the path, a token, how many clients, for how many seconds, and a body as JSON, in which
every %09d becomes the number of the request. One thread, a connection per client, each with one request under way
under a key of its own. Prints as JSON: when it began and ended by the wall clock, the answers counted by status,
and the driver's own CPU seconds meanwhile.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter
from secrets import token_hex


class Asker:
    """Makes requests: each a whole one, as bytes."""

    def __init__(self, path: str, token: str, body: str) -> None:
        self.number, run, text = 0, token_hex(4), body.replace("%09d", f"{token_hex(4)}%09d").encode()
        self.numbered = 1 + text.count(b"%09d")
        length = len(text % ((0,) * (self.numbered - 1)))
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {run}-%09d\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        self.pattern = head.encode() + text

    def next(self) -> bytes:
        """The next request."""
        self.number += 1
        return self.pattern % ((self.number,) * self.numbered)


def answer_of(received: bytes) -> int | None:
    """The status of a complete answer, None for an incomplete one."""
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return None
    at = head.lower().find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0])
    return int(head[9:12]) if len(body) >= length else None


def drive(port: int, asker: Asker, clients: int, seconds: float) -> dict[str, object]:
    """Send requests until the time is over and every answer has arrived."""
    chosen, counts = selectors.DefaultSelector(), Counter[int]()
    received: dict[socket.socket, bytes] = {}
    begun, cpu = time.time(), time.process_time()
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chosen.register(connection, selectors.EVENT_READ)
        received[connection] = b""
        connection.sendall(asker.next())
    while received:
        for key, _ in chosen.select():
            connection = key.fileobj  # type: ignore[assignment]
            received[connection] += connection.recv(65536)
            if (status := answer_of(received[connection])) is None:
                continue
            counts[status] += 1
            if time.time() - begun < seconds:
                received[connection] = b""
                connection.sendall(asker.next())
            else:
                chosen.unregister(connection)
                connection.close()
                del received[connection]
    return {"begun": begun, "over": time.time(), "answers": counts, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    port, path, token, clients, seconds, body = sys.argv[1:]
    print(json.dumps(drive(int(port), Asker(path, token, body), int(clients), float(seconds))))
