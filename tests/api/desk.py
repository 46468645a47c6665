"""A desk in a sandbox: the application under test, its client and the common actions of the tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from itertools import count
from typing import Any

import httpx2
from sqlalchemy import Engine, func, literal, select, union_all

from api.app import create_app
from api.request.context import Context
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import open_sandbox
from lifecycle.timers.sweep import anything_due, sweep
from scheduler.clock import sandbox_clock
from tests.api.answers import Answers
from tests.api.inprocess import ADDRESS, InProcess

Json = dict[str, Any]
Subject = str | Json
START = "2022-04-22T09:00:00+09:00"
TOKEN = "the token of the tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COLLECTIONS = {"c": "contracts", "o": "options", "i": "item_changes"}
COUNTED = union_all(
    *(select(literal(table.name), func.count()).select_from(table) for table in tables.metadata.sorted_tables)
)
APPLICATION: Json = {
    "customer": {"name": "株式会社サンプル配信", "email": "keiyaku@example.co.jp"},
    "administrator": {"name": "山田太郎", "email": "yamada@example.co.jp"},
    "item": "premium",
    "requested_billing_start_on": "2022-05-01",
    "declarations": {"laws_accepted": True, "rights_cleared": True},
}


NO_MORE: Json = dict.fromkeys(("number", "kana", "postal_code", "address", "phone"))


def without_changes(answer: Json) -> Json:
    """An act's answer as a later GET has it: without what the act changed."""
    return {name: value for name, value in answer.items() if name != "changes"}


class Desk:
    """A client with the common actions of a desk. Each asserts its status and returns the JSON answer.

    application: what `apply` sends where a test says nothing else. context: the service's, where it runs here.
    """

    def __init__(self, client: Any, context: Any = None) -> None:
        self.client, self.context = client, context
        self.engine: Engine = context.engine if context else None
        self.application = dict(APPLICATION)
        self.numbers = count(1)

    def get(self, path: str, status: int = 200, **query: Any) -> Json:
        """What a GET answers."""
        return answered(self.client.get(path, params=query), status)

    def post(self, path: str, body: Any = None, status: int = 200, *, headers: Any = None, **query: Any) -> Json:
        """What a POST answers."""
        return answered(self.client.post(path, json=body, params=query, headers=headers), status)

    def apply(self, **changes: Any) -> Json:
        """A new contract, under a reference of its own unless one is given."""
        body = self.application | {"reference": f"K-{next(self.numbers)}"} | changes
        return self.post("/v1/contracts", body, 201)

    def apply_for_option(self, contract: Subject, **changes: Any) -> Json:
        """A new option of a contract."""
        body = {"kind": "drm", "reference": f"D-{next(self.numbers)}"} | changes
        return self.post(f"{path_of(contract)}/options", body, 201)

    def accept(self, subject: Subject, **body: Any) -> Json:
        """An acceptance; an option's fees and start are filled in."""
        if id_of(subject).startswith("o_"):
            body = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000} | body
        return self.do(subject, "accept", **body)

    def accepted(self, **changes: Any) -> Json:
        """A new contract, accepted at once."""
        return self.accept(self.apply(**changes))

    def do(self, subject: Subject, event: str, status: int = 200, **body: Any) -> Json:
        """One event of a contract or an option."""
        return self.post(f"{path_of(subject)}/{event}", body, status)

    def show(self, subject: Subject, status: int = 200, **query: Any) -> Json:
        """A contract or an option as it now is."""
        return self.get(path_of(subject), status, **query)

    def history(self, subject: Subject) -> list[Json]:
        """Every row of a history."""
        found: list[Json] = self.get(f"{path_of(subject)}/history", limit=500)["items"]
        return found

    def feed(self, after: int | None = None) -> list[Json]:
        """Every row of the global feed after an index, read page by page."""
        rows: list[Json] = []
        while True:
            page = self.get("/v1/audit/transitions", limit=500, **({} if after is None else {"after": after}))
            rows += page["items"]
            if page["next"] is None:
                return rows
            after = page["next"]

    def move_to(self, when: str | date, status: int = 200) -> Json:
        """Moves the sandbox's time; a day means nine in the morning, but never backwards within the day."""
        return answered(self.client.put("/v1/clock", json={"now": morning(when)}), status)

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        with reading(self.engine) as conn:
            return {row[0]: row[1] for row in conn.execute(COUNTED)}


def answered(response: Any, status: int) -> Json:
    """The JSON of an answer whose status is the expected one."""
    assert response.status_code == status, f"{response.request.url}: {response.status_code} {response.text}"
    found: Json = response.json()
    return found


def id_of(subject: Subject) -> str:
    return subject if isinstance(subject, str) else str(subject["id"])


def path_of(subject: Subject) -> str:
    """Return the path of a contract, an option or an item change."""
    return f"/v1/{COLLECTIONS[id_of(subject)[0]]}/{id_of(subject)}"


def morning(when: str | date) -> str:
    """An instant as it is, a day as nine in the morning of it."""
    return when if isinstance(when, str) and "T" in when else f"{when}T09:00:00+09:00"


class InContext:
    """The one application of its kind, run in a context of its own: its routes are built only once."""

    def __init__(self, context: Context) -> None:
        self.context, self.app = context, application(context.sandbox)

    async def __call__(self, *asgi: Any) -> None:
        self.app.state.context = self.context
        await self.app(*asgi)


@cache
def application(sandbox: bool) -> Any:
    """The application for any context."""
    return create_app(Context(None, datetime.now, TOKEN, sandbox=sandbox))  # type: ignore[arg-type]


@cache
def routes() -> dict[str, set[str]]:
    """The methods of every path that the application has a route for, in its document or not."""
    found: dict[str, set[str]] = {}
    for path, methods in _routes(application(True).routes):
        found.setdefault(path, set()).update(methods)
    return found


def _routes(listed: Any) -> Iterator[tuple[str, set[str]]]:
    for route in listed:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
        elif hasattr(route, "methods"):
            yield route.path, set(route.methods or ())


@contextmanager
def opened(engine: Engine, document: Json, now: str = START) -> Iterator[Desk]:
    """Open a desk in a sandbox at `now`, or at its stored time."""
    context = sandboxed(engine, now)
    with served(InContext(context), document) as client:
        yield Desk(client, context)


def sandboxed(engine: Engine, now: str) -> Context:
    """Start a service on a sandbox at `now` or at its stored time; due timers fire after each command."""
    with writing(engine) as conn:
        open_sandbox(conn, datetime.fromisoformat(now))
    clock = sandbox_clock(engine)

    def fire() -> None:
        if anything_due(engine, clock())[0]:
            sweep(engine, clock())

    return Context(engine, clock, TOKEN, sandbox=True, after_commit=fire)


@contextmanager
def served(app: Any, document: Json, *, sandbox: bool = True) -> Iterator[httpx2.Client]:
    """A client of an application, every answer checked."""
    checked = {"response": [Answers(document, sandbox=sandbox).check]}
    with httpx2.Client(transport=InProcess(app), base_url=ADDRESS, headers=BEARER, event_hooks=checked) as client:
        yield client


OpenDesk = Callable[..., Desk]
Invoke = Callable[..., str]
