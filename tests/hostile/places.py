"""Places for raw bytes: every address of the service with its method, and names of queries and forms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import httpx2

from api.pages.form_table import FORMS
from api.pages.session import COOKIE, PageSession
from tests.api.answers import operations
from tests.api.desk import TOKEN, application, routes

HOST = "127.0.0.1"
ODD = ("/v1", "//", "/v1/%2e%2e/", "/static/../app.py", "/static/%2e%2e/%00", "/nothing/here")
UNTOUCHED = {("POST", "/sign-out")}  # it would end the session that all other forms come from
FIELDS = (
    *dict.fromkeys(field.name for form in FORMS for field in form.fields), "step", "part",
    "agreed", "key", "version", "digest", "index", "token", "link", "next", "do", "whole", "file",
)  # fmt: skip
HEADERS = (
    "Idempotency-Key", "If-Match", "Content-Type", "Cookie", "Origin", "X-Request-Id", "Accept", "Host",
    "Transfer-Encoding", "Content-Length", "Expect", "Connection", "Range", "X-Forwarded-For", "Accept-Language",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A server under attack. ids: existing ones, by the place in an address. secret: a session's cookie."""

    port: int
    token: str
    secret: str
    ids: Mapping[str, Sequence[str]]

    @property
    def csrf(self) -> str:
        """What a form of that session must bring."""
        return PageSession(None, "en", self.secret).csrf


@cache
def addresses() -> tuple[tuple[str, str], ...]:
    """(method, path) of every route, and of some that are none."""
    found = {(method, path) for path, methods in routes().items() for method in methods}
    return (*sorted(found - UNTOUCHED), *(("GET", path) for path in ODD))


@cache
def queries() -> tuple[str, ...]:
    """The name of every parameter that a query may hold, and of what pages look for in theirs."""
    document = application(True).openapi()
    given = [parameter for *_, one in operations(document) for parameter in one.get("parameters", ())]
    named = {parameter["name"] for parameter in given if parameter["in"] == "query"}
    return (*sorted(named), "days", "before", "ends_on", "done", "next", "link", "lang", "resent", "unknown")


def signed_in(port: int) -> str:
    """The secret of a new session of the administrator."""
    address = f"http://{HOST}:{port}"
    with httpx2.Client(base_url=address, headers={"Origin": address}) as client:
        found = re.search(r'name="csrf" value="(\w+)"', client.get("/sign-in").text)
        assert found is not None
        answer = client.post("/sign-in", data={"csrf": found[1], "token": TOKEN})
        assert answer.status_code == 303, answer.text
        secret: str = client.cookies[COOKIE]
        return secret
