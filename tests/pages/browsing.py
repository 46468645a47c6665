"""A browser without a screen: it keeps cookies, follows links and submits the forms of a page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2
from sqlalchemy import Engine

from tests.api.desk import BEARER, START, TOKEN, Desk, InContext, morning, sandboxed
from tests.api.inprocess import InProcess

HOST = "http://testserver"


@dataclass
class Form:
    """A form of a page: where it is sent, and what its fields hold."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    id: str = ""


class Reader(HTMLParser):
    """Reads what tests need of a page: forms, links, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.area = ""
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get"), id=found.get("id", "")))
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "textarea":
            self.area = found["name"]
            self.forms[-1].values[self.area] = ""
        elif tag == "select":
            self.select = found["name"]
        elif tag == "option" and ("selected" in found or self.select not in self.forms[-1].values):
            self.forms[-1].values[self.select] = found["value"]
        elif tag == "input" and self.forms and "name" in found and _counts(found):
            self._owner(found).values[found["name"]] = found.get("value", "")
        elif tag == "button" and "name" in found:
            owner = self._owner(found)
            if "form" in found:  # the form as it is sent by this button
                owner = Form(owner.action, owner.method, dict(owner.values))
                self.forms.append(owner)
                owner.values[found["name"]] = found["value"]
            owner.values.setdefault(found["name"], found["value"])

    @property
    def _last(self) -> Form:
        return self.forms[-1] if self.forms else Form("", "post")

    def _owner(self, found: dict[str, str]) -> Form:
        return next((one for one in self.forms if one.id and one.id == found.get("form")), self._last)

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1].values[self.area] += data
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text of the page, with blanks merged."""
        return re.sub(r"\s+", " ", " ".join(self.texts))


def _counts(found: dict[str, str]) -> bool:
    return found.get("type") not in ("checkbox", "radio") or "checked" in found


class Browser:
    """One visitor. `desk`: the same service by /v1."""

    def __init__(self, client: httpx2.Client, desk: Desk) -> None:
        self.client, self.desk = client, desk

    def look(self, path: str, status: int = 200, **query: Any) -> Reader:
        """A page."""
        return self.read(self.client.get(path, params=query or None), status)

    def send(self, form: Form, status: int = 200, *, origin: str | None = HOST, **values: Any) -> Reader:
        """Sends a form, filled in further; what the browser then shows."""
        headers = {"Origin": origin} if origin else {}
        return self.read(self.client.post(form.action, data=form.values | values, headers=headers), status)

    def read(self, response: Any, status: int) -> Reader:
        """A page as it came."""
        assert response.status_code == status, f"{response.status_code}\n{response.text}"
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        self.html, self.response = response.text, response
        return Reader(response.text)

    def sign_in(self) -> None:
        """Signs in with the administrator's token, and looks at no page yet."""
        form = self.look("/sign-in").forms[-1]
        data, headers = form.values | {"token": TOKEN}, {"Origin": HOST}
        answer = self.client.post(form.action, data=data, headers=headers, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def move_to(self, day: str) -> None:
        """Moves the sandbox's time."""
        answer = self.client.put("/v1/clock", json={"now": morning(day)}, headers=BEARER)
        assert answer.status_code == 200, answer.text


@contextmanager
def browsing(engine: Engine, now: str = START) -> Iterator[Browser]:
    """A browser at a desk in a sandbox."""
    context = sandboxed(engine, now)
    line = InProcess(InContext(context))
    with (
        httpx2.Client(transport=line, base_url=HOST, follow_redirects=True) as client,
        httpx2.Client(transport=line, base_url=HOST, headers=BEARER) as other,
    ):
        yield Browser(client, Desk(other, context))
