"""Raw requests over a socket: what no client library would send, in every place where bytes go in."""

import random
import re
import socket
from collections import Counter
from collections.abc import Mapping, Sequence

CANARY = "canary-7f3a-山田太郎"  # personal data and secrets in a request come back nowhere
SIGNS = [*"\x00\r\n\t\x7f\u202e😀𠮟～〜\\\"'{}９ß", "<script>", "%00", "%ff", "%2e%2e/", "NaN", "1e999"]
METHODS = ["GET", "POST", "PUT", *["DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "G\x00T"], "POST" * 50]
PATHS = [
    "/v1/contracts",
    "/v1/contracts/{contract_id}",
    "/v1/contracts/{contract_id}/accept",
    "/v1/contracts/{contract_id}/history",
    "/v1/contracts/{contract_id}/notify_cancellation",
    "/v1/contracts/{contract_id}/usage/2022-05",
    "/v1/clock",
    "/v1/due",
    "/v1/contracts/{contract_id}/statements/2022-13",
    "/v1/options/{option_id}/accept",
    "/v1/outages/{outage_id}/recover",
    "/v1/measures/{measure_id}/lift",
    "/v1/preview/cancellation",
    "/v1/audit/transitions",
    "/v1/tokens",
    "/v1/terms",
    "/readyz",
    "/healthz",
    "/",
    "/sign-in",
    "/v1",
    "//",
    "/v1/%2e%2e/",
]
QUERY = [
    "effective_at",
    "known_at",
    "q",
    "limit",
    "cursor",
    "until",
    "dry_run",
    "on",
    "item",
    "arrived_on",
    "state",
]
VALUES = [
    "", "9" * 400, "0", "-1", "2022-02-30", "2022-05-01", "true", "1e5", "null", "0x10", "٣",
    "2022-04-22T00:00:00", "9999-12-31T23:59:59-23:59",
]  # fmt: skip
HEADERS = [
    "Idempotency-Key",
    "If-Match",
    "Content-Type",
    "Cookie",
    "Origin",
    "X-Request-Id",
    "Accept",
    "Host",
    "Transfer-Encoding",
    "Content-Length",
    "Expect",
    "Connection",
    "Range",
    "X-Forwarded-For",
    "Accept-Language",
]
BODIES = [
    *(text.encode() for text in ("", "{", "null", "[]", "1", '"x"', "{}{}", "[" * 5000, '{"a":' * 3000, "\x00")),
    b"\xff\xfe",
    b'{"a":"\\ud800"}',
    b'{"reference":NaN}',
    b'{"now":1e999}',
    b'{"reference":"a","reference":"b"}',
    b'{"accepted_on":"2022-02-30"}',
    b'{"reason":"' + b"x" * 300_000 + b'"}',
    b'{"limit":' + b"9" * 5000 + b"}",
    b'{"customer":{"name":"' + CANARY.encode() + b'","email":"x"}}',
    b'{"chosen_on":["' + CANARY.encode() + b'"]}',
]


def fire(
    port: int, token: str, ids: Mapping[str, Sequence[str]], count: int, by: random.Random
) -> tuple[int, Counter[int], list[str]]:
    """Sends so many; how many, the statuses that came back, and what was wrong. A seed sends the same again."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for number in range(count):
        request = request_of(token, ids, by)
        answer = sent(port, request)
        found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        status = int(found[1]) if found else 0
        statuses[status] += 1
        if status >= 500 and not expected(request, status):
            wrong.append(f"raw {number}: {status} to {request[:300]!r}")
        if echoed(request, answer):
            wrong.append(f"raw {number}: echoes what was sent: {request[:300]!r}")
    return count, statuses, wrong


def expected(request: bytes, status: int) -> bool:
    """Readiness is told by a status of its own; HTTP's own 501 is for methods and codings nobody knows."""
    return status == 501 or (status == 503 and b"/readyz" in request[:40])


def echoed(request: bytes, answer: bytes) -> bool:
    """Whether the canary of the request came back."""
    return CANARY.encode() in request and CANARY.encode() in answer


def request_of(token: str, ids: Mapping[str, Sequence[str]], by: random.Random) -> bytes:
    """One request: mostly in form, and wrong somewhere."""
    path = by.choice(PATHS)
    for name, values in ids.items():
        path = path.replace("{" + name + "}", by.choice([*values, *values, "c_" + "0" * 26, soup(by)]))
    if by.random() < 0.5:
        path += "?" + "&".join(
            f"{by.choice(QUERY)}={by.choice([*VALUES, soup(by)])}" for _ in range(by.randint(1, 4))
        )
    body = by.choice(BODIES) if by.random() < 0.7 else soup(by).encode("utf-8", "surrogatepass")
    lines = [f"{by.choice(METHODS[:3] if by.random() < 0.8 else METHODS)} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if by.random() < 0.9:
        lines.append(f"Authorization: Bearer {token if by.random() < 0.9 else soup(by)}")
    lines += [f"{by.choice(HEADERS)}: {by.choice([*VALUES, soup(by), CANARY])}" for _ in range(by.randint(0, 3))]
    length = len(body) if by.random() < 0.9 else by.choice([0, 1, len(body) + 5, -1])
    lines += ["Content-Type: application/json", f"Content-Length: {length}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + body


def soup(by: random.Random) -> str:
    """A few signs, some of them sharp."""
    return "".join(by.choice([by.choice(SIGNS), chr(by.randint(32, 126))]) for _ in range(by.randint(0, 12)))


def sent(port: int, request: bytes) -> bytes:
    """What comes back; nothing where the server hangs up, which it may."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            parts = []
            while part := line.recv(65_536):
                parts.append(part)
            return b"".join(parts)
        except (ConnectionError, BrokenPipeError):
            return b""
