"""Raw requests over a socket, which no client library would send, with bytes in every place."""

import random
import re
import socket
from collections import Counter
from urllib.parse import quote

from api.pages.session import COOKIE
from tests.hostile.judged import Judge
from tests.hostile.places import FIELDS, HEADERS, HOST, Target, addresses, queries

CANARY = "canary-7f3a-山田太郎"  # personal data and secrets in a request come back nowhere
SIGNS = [*"\x00\r\n\t\x7f\u202e😀𠮟～〜\\\"'{}９ß", "<script>", "%00", "%ff", "%2e%2e/", "NaN", "1e999"]
METHODS = ["GET", "POST", "PUT", *["DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "G\x00T"], "POST" * 50]
VALUES = [
    "", "9" * 400, "0", "-1", "2022-02-30", "2022-05-01", "true", "1e5", "null", "0x10", "٣", "R4.4.31", "all",
    "2022-04-22T00:00:00", "9999-12-31T23:59:59-23:59",
]  # fmt: skip
PLACES = {"form": ["csv", "xlsx"], "paper": ["acceptance"], "name": ["acceptance", "xlsx"], "month": ["2022-05"]}
CHARSETS = ["utf-8", "utf-7", "utf-16", "unicode_escape", "idna", "rot13", "nothing"]
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
HEADING_NAMED = re.compile(rb'"pointer": ?"/body/\d+/(?:[^"\\]|\\.)*"')
PATIENCE = 15  # seconds without a byte: it hangs


def fire(target: Target, judge: Judge, count: int, by: random.Random) -> tuple[int, Counter[int], list[str]]:
    """Sends so many; how many, the statuses that came back, and what was wrong. A seed sends the same again."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for number in range(count):
        request = request_of(target, by)
        try:
            status, found = judge.judged(request, sent(target.port, request))
        except TimeoutError:
            status, found = 0, "no answer"
        statuses[status] += 1
        if found:
            wrong.append(f"raw {number}: {found} to {request[:400]!r}")
        if echoed(request, judge.seen):
            wrong.append(f"raw {number}: echoes what was sent: {request[:400]!r}")
    return count, statuses, wrong


def echoed(request: bytes, answer: bytes) -> bool:
    """Whether the canary of the request came back, but to the page on which it was typed.

    A file's heading that is no column is named to whoever sent the file, in the place of its error.
    """
    if request.startswith(b"POST /v1/imports"):
        answer = HEADING_NAMED.sub(b"", answer)
    return CANARY.encode() in request and CANARY.encode() in answer and b"text/html" not in answer


def request_of(target: Target, by: random.Random) -> bytes:
    """One request: mostly in form, and wrong somewhere."""
    method, template = by.choice(addresses())
    page = not template.startswith("/v1")
    kind, body = "application/json", body_of(by)
    if method == "POST" and page and by.random() < 0.9:
        kind, body = form_of(target, by)
    if by.random() < 0.1:
        method = by.choice(METHODS)
    lines = [f"{method} {path_of(template, target, by)} HTTP/1.1", f"Host: {HOST}"]
    lines += signs_of(target, by, page=page)
    for _ in range(by.choice([0, 0, 0, 1, 2, 3])):
        lines.append(f"{by.choice(HEADERS)}: {by.choice([*VALUES, soup(by), quote(soup(by)), CANARY])}")
    length = len(body) if by.random() < 0.9 else by.choice([0, 1, -1])
    length += 5 if by.random() < 0.002 else 0  # what never comes is waited for
    lines += [f"Content-Type: {kind}", f"Content-Length: {length}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + body


def path_of(template: str, target: Target, by: random.Random) -> str:
    """An address with something in its places, and often a query."""

    def filled(place: re.Match[str]) -> str:
        known = target.ids.get(place[1], PLACES.get(place[1], ()))
        return by.choice([*known, *known, "c_" + "0" * 26, soup(by), quote(soup(by), safe=""), by.choice(VALUES)])

    path = re.sub(r"{(\w+)}", filled, template)
    if by.random() < 0.6:
        return path
    values = [by.choice([*VALUES, soup(by), *[quote(soup(by))] * 5]) for _ in range(by.randint(1, 4))]
    return path + "?" + "&".join(f"{by.choice(queries())}={value}" for value in values)


def signs_of(target: Target, by: random.Random, *, page: bool) -> list[str]:
    """Return headers with all permissions, or sometimes with none."""
    if by.random() < 0.05:
        return []
    if page:
        return [f"Cookie: {COOKIE}={target.secret}; language={by.choice(['en', 'ja', 'en', 'ja', soup(by)])}",
                f"Origin: http://{HOST}"]  # fmt: skip
    return [f"Authorization: Bearer {target.token if by.random() < 0.95 else soup(by)}"]


def body_of(by: random.Random) -> bytes:
    return by.choice(BODIES) if by.random() < 0.7 else soup(by).encode("utf-8", "surrogatepass")


def form_of(target: Target, by: random.Random) -> tuple[str, bytes]:
    """A form as a browser sends it, or nearly: its type and its bytes."""
    texts = [*VALUES, "+2AA-", CANARY]  # of the second UTF-7 makes half a sign
    values = [(by.choice(FIELDS), by.choice([*texts, soup(by)])) for _ in range(by.randint(0, 8))]
    values += [("step", "do")] * (by.random() < 0.5) + [("csrf", target.csrf)] * (by.random() < 0.95)
    if by.random() < 0.5:
        pairs = "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in values)
        return "application/x-www-form-urlencoded", pairs.encode()
    charset, boundary = by.choice(CHARSETS), "b" if by.random() < 0.9 else soup(by)
    parts = [_part(name, value.encode("utf-8", "surrogatepass"), by) for name, value in values]
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    cut = len(body) if by.random() < 0.9 else by.randint(0, len(body))
    return f"multipart/form-data; charset={charset}; boundary={boundary}", body[:cut]


def _part(name: str, value: bytes, by: random.Random) -> bytes:
    file = '; filename="a.csv"' if name == "file" or by.random() < 0.05 else ""
    content = by.choice([value, *BODIES]) if file else value
    return f'Content-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content


def soup(by: random.Random) -> str:
    """A few signs, some of them sharp."""
    return "".join(by.choice([by.choice(SIGNS), chr(by.randint(32, 126))]) for _ in range(by.randint(0, 12)))


def sent(port: int, request: bytes) -> bytes:
    """Send bytes and return the answer, empty after a permitted hang-up. Raises TimeoutError."""
    with socket.create_connection((HOST, port), timeout=PATIENCE) as line:
        try:
            line.sendall(request)
            parts = []
            while part := line.recv(65_536):
                parts.append(part)
            return b"".join(parts)
        except (ConnectionError, BrokenPipeError):
            return b""
