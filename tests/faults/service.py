"""The service in this process, on a clock set by hand; and a client that logs its requests."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx2
import orjson
from sqlalchemy import Engine, select

from api.request.context import Context
from lifecycle.records import tables
from lifecycle.records.engine import reading
from tests.api.desk import APPLICATION, BEARER, TOKEN, InContext
from tests.api.inprocess import ADDRESS, InProcess

Json = dict[str, Any]
UNKNOWN = (500, 502, 503, 504, 507)  # whether it was stored is not known
RETRY_S = 0.02
PATHS = {"c": "contracts", "o": "options"}


@dataclass
class Hands:
    """A clock that is set by hand."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def served(engine: Engine, clock: Any) -> Iterator[httpx2.Client]:
    """A client of the service in this process."""
    context = Context(engine, clock, TOKEN)
    with httpx2.Client(transport=InProcess(InContext(context)), base_url=ADDRESS, headers=BEARER) as client:
        yield client


@dataclass
class Asked:
    """One request with an idempotency key, its outcome (ok, failed, unknown) and the status of every attempt."""

    key: str
    path: str
    body: Json
    outcome: str = "unknown"
    statuses: list[int | None] = field(default_factory=list)
    answer: Json = field(default_factory=dict)


class Client:
    """Asks under keys and notes what came of it. name: sets its keys apart from those of other clients."""

    def __init__(self, http: httpx2.Client, name: str = "client") -> None:
        self.http, self.name = http, name
        self.log: list[Asked] = []
        self._numbers = count(1)

    def apply(self, **changes: Any) -> Asked:
        """Create a contract, with an option if `option` is set."""
        key = f"{self.name}-{next(self._numbers)}"
        options = [{"kind": "drm", "reference": f"{key}-D"}] if changes.pop("option", False) else []
        return self.ask(key, "/v1/contracts", APPLICATION | {"reference": key, "options": options} | changes)

    def do(self, subject: str, event: str, **body: Any) -> Asked:
        """An event of a contract or an option, with its key as the reason."""
        key = f"{self.name}-{next(self._numbers)}"
        return self.ask(key, f"/v1/{PATHS[subject[0]]}/{subject}/{event}", {"reason": key} | body)

    def ask(self, key: str, path: str, body: Json) -> Asked:
        """Send a request with an idempotency key, once."""
        asked = Asked(key, path, body)
        self.log.append(asked)
        return self.again(asked)

    def again(self, asked: Asked) -> Asked:
        """Sends a request under the key that it had before."""
        try:
            answer = self.http.post(asked.path, json=asked.body, headers={"Idempotency-Key": asked.key})
        except httpx2.HTTPError:
            asked.statuses.append(None)
            return asked
        asked.statuses.append(answer.status_code)
        if answer.status_code in UNKNOWN or (answer.status_code == 409 and "still-running" in answer.text):
            return asked
        asked.outcome = "ok" if answer.is_success else "failed"
        asked.answer = answer.json()
        return asked

    def settle(self, times: int = 200) -> None:
        """Repeat the requests with unknown outcomes until they are known."""
        for asked in self.log:
            for _ in range(times):
                if asked.outcome != "unknown":
                    break
                if self.again(asked).statuses[-1] == 409:  # the database has not yet noticed the end of the first
                    time.sleep(RETRY_S)


class Unlike(AssertionError):
    """The record differs from the requests."""


def compare(engine: Engine, *logs: list[Asked], name: str = "") -> Counter[str]:
    """Compare the answers of clients with a final read. Return how many were ok, failed, unknown. Raises Unlike.

    What was acknowledged is there once, what was refused is not there, what is unknown is there at most once,
    and nothing is there that nobody asked for. name: looks only at keys that begin so.
    """
    asked = {one.key: one for log in logs for one in log}
    seen = Counter({key: times for key, times in seen_keys(engine).items() if key.startswith(name)})
    lost = [key for key, one in asked.items() if one.outcome == "ok" and not seen[key]]
    doubled = [key for key, times in seen.items() if times > 1]
    refused = [key for key, one in asked.items() if one.outcome == "failed" and seen[key]]
    unexpected = seen.keys() - asked.keys()
    if lost or doubled or refused or unexpected:
        raise Unlike(f"lost {lost}, doubled {doubled}, refused but there {refused}, unexpected {unexpected}")
    return Counter(one.outcome for one in asked.values())


def seen_keys(engine: Engine) -> Counter[str]:
    """Return how often each request is on record, by its reason, or an application's reference."""
    h = tables.history.c
    with reading(engine) as conn:
        found = conn.execute(select(h.payload).where(h.actor != "clock")).scalars()
        rows = [orjson.loads(payload) for payload in found]
    return Counter(
        row["facts"]["reference"] if row["event"] == "apply" else row["reason"]
        for row in rows
        if row["caused_by"] is None and not (row["event"] == "apply" and row["kind"] != "contract")
    )
