"""A scenario of two contracts and an option: idempotent requests and sweeps that can be resumed at any step."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.timers.sweep import sweep
from tests.api.desk import APPLICATION
from tests.api.inprocess import portal
from tests.commands.proof import verify
from tests.faults.expected import TOKYO, Fired, Life, Told
from tests.faults.service import Asked, Client, Hands, compare, served

FEES = {"initial_fee_yen": 30_000, "monthly_fee_yen": 20_000}


class Step(NamedTuple):
    """One step: a request about a subject (a contract's number, or that and `o` for its option), or a sweep."""

    at: str
    event: str
    subject: str = ""
    body: Mapping[str, Any] = MappingProxyType({})


STEPS = (
    Step("2022-04-20 09:00", "apply", "1", {"option": True}),
    Step("2022-04-20 10:00", "apply", "2"),
    Step("2022-04-22 09:00", "accept", "1", {"billing_starts_on": "2022-05-01"}),
    Step("2022-04-22 09:30", "accept", "1o", {"billing_starts_on": "2022-05-04", **FEES}),
    Step("2022-04-22 10:00", "accept", "2", {"billing_starts_on": "2022-05-01"}),
    Step("2022-05-01 00:00", "sweep"),
    Step("2022-05-10 09:00", "notify_cancellation", "1"),  # the option's start is fired on the way
    Step("2022-05-11 09:00", "revoke_cancellation", "1"),
    Step("2022-05-12 09:00", "notify_cancellation", "1", {"chosen_on": "2022-06-20"}),
    Step("2022-05-12 09:30", "notify_cancellation", "2"),
    Step("2022-07-30 00:00", "sweep"),
)
NOTICES = {
    "2022-05-10 09:00": (date(2022, 5, 10), None),
    "2022-05-12 09:00": (date(2022, 5, 12), date(2022, 6, 20)),
    "2022-05-12 09:30": (date(2022, 5, 12), None),
}


class Story:
    """A story in progress. ids: of its subjects; done: how many steps are acknowledged.

    statuses: how often requests were answered with which.
    """

    def __init__(self, ids: dict[str, str] | None = None, done: int = 0) -> None:
        self.ids, self.done = ids or {}, done
        self.statuses: Counter[int | str | None] = Counter()

    def go_on(self, engine: Engine, acknowledged: Callable[[bytes], object] = lambda line: None) -> Client:
        """Run the remaining steps; acknowledged: receives every answered step as a line of JSON."""
        clock = Hands(datetime.min)
        with served(engine, clock) as http:
            client = Client(http, "story")
            for number, step in enumerate(STEPS):
                key = f"story-{number}"
                clock.now = datetime.fromisoformat(step.at).replace(tzinfo=TOKYO)
                if number >= self.done:
                    self._tell(engine, client, step, key, clock.now)
                    acknowledged(orjson.dumps([number + 1, self.ids]) + b"\n")
            return client

    def _tell(self, engine: Engine, client: Client, step: Step, key: str, now: datetime) -> None:
        if step.event == "sweep":
            self._sweep(engine, now)
            return
        body = dict(step.body)
        if step.event == "apply":
            options = [{"kind": "drm", "reference": f"{key}-D"}] if body.pop("option", False) else []
            asked = client.ask(key, "/v1/contracts", APPLICATION | {"reference": key, "options": options})
        else:
            collection = "options" if step.subject.endswith("o") else "contracts"
            path = f"/v1/{collection}/{self.ids[step.subject]}/{step.event}"
            asked = client.ask(key, path, body | {"reason": key})
        client.settle()
        self.statuses.update(asked.statuses)
        assert asked.outcome == "ok", asked
        if step.event == "apply":
            self.ids[step.subject] = asked.answer["id"]
            for option in asked.answer["options"]:
                self.ids[step.subject + "o"] = option["id"]

    def _sweep(self, engine: Engine, now: datetime) -> None:
        """In the thread in which requests are worked on; again where the database failed, as the alarm does it."""
        for _ in range(5):
            try:
                portal().call(run_in_threadpool, _whole_sweep, engine, now)
            except OperationalError:
                self.statuses.update(["sweep failed"])
            else:
                return
        raise AssertionError("the sweep fails again and again")


def _whole_sweep(engine: Engine, now: datetime) -> None:
    while sweep(engine, now, batch=1).left:
        pass


def check(engine: Engine, *, acknowledged: int) -> None:
    """Check a database after that many steps of the story: chains, and every acknowledged step once."""
    verify(engine)
    told = [(number, step) for number, step in enumerate(STEPS) if step.event != "sweep"]
    outcomes = ["ok" if number < acknowledged else "unknown" for number, _ in told]
    compare(engine, [Asked(f"story-{n}", "", {}, how) for (n, _), how in zip(told, outcomes, strict=True)])


def check_whole(engine: Engine, story: Story) -> None:
    """Check that the clock fired what the oracle expects, once, and never early."""
    check(engine, acknowledged=len(STEPS))
    lives = dict(expected(story))
    h = tables.history.c
    with reading(engine) as conn:
        rows = conn.execute(
            select(h.contract_id, h.effective_at, h.recorded_at, h.subject_id, h.event)
            .where(h.actor == "clock").order_by(h.effective_at)
        ).all()  # fmt: skip
    assert all(row.recorded_at >= row.effective_at for row in rows), "early"
    for contract, life in lives.items():
        found = [Fired(r.effective_at, r.subject_id, r.event) for r in rows if r.contract_id == contract]
        assert sorted(found) == sorted(life.fired), "the clock did otherwise"


def expected(story: Story) -> Iterator[tuple[str, Life]]:
    """Return the contracts that the oracle expects of the scenario."""
    for number in ("1", "2"):
        contract = story.ids[number]
        life: Life | None = None
        for step in STEPS:
            at = datetime.fromisoformat(step.at).replace(tzinfo=TOKYO)
            if not step.subject.startswith(number):
                continue
            subject = story.ids[step.subject]
            if step.event == "apply":
                options = [story.ids["1o"]] if number == "1" else []
                life = Life(Told(0, at, "apply", contract, {"conditions": (), "options": options}))
                continue
            assert life is not None
            life.tell(Told(0, at, step.event, subject, _facts(step)))
        assert life is not None
        life.until(datetime.fromisoformat(STEPS[-1].at).replace(tzinfo=TOKYO))
        yield contract, life


def _facts(step: Step) -> dict[str, Any]:
    if step.event == "accept":
        return {"starts_on": date.fromisoformat(step.body["billing_starts_on"])}
    if step.event == "notify_cancellation":
        arrived, chosen = NOTICES[step.at]
        return {"arrived_on": arrived, "chosen_on": chosen}
    return {"which": None}
