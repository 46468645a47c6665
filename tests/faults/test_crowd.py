"""Concurrency: writers collide and none is refused; notice, revocation and end race."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from lifecycle.commands import book
from lifecycle.records import bulk_insert
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.timers.sweep import sweep
from tests.api.parts import FAULT
from tests.commands.proof import Broken, verify
from tests.faults.crowd import OVER, THREADS, TOKYO, at_once, race
from tests.faults.service import Asked, Client, Hands, Json, compare, served
from tests.faults.workers import after
from tests.postgres import owning


def test_sixteen_writers_and_a_sweep_collide_and_none_is_turned_away(engine: Engine) -> None:
    logs = at_once(engine, seed=3, turns=2)
    statuses = {status for log in logs for one in log for status in one.statuses}
    assert statuses <= {200, 201, 409}
    outcomes = compare(engine, *logs)
    assert len(logs) == THREADS and outcomes["ok"] > 50 and outcomes["unknown"] == 0
    sweep(engine, after(100))
    verify(engine)


def test_notice_revocation_and_the_end_race_and_one_order_of_them_holds(engine: Engine) -> None:
    seen = race(engine, 1) | race(engine, 2) | race(engine, 3)
    assert seen >= {"accept", "notify_cancellation", "start_billing", "terminate"}


@dataclass
class Slow:
    """The clock of a service that is slow: its first look is from before the sweep of `over`."""

    engine: Engine
    over: datetime
    later: datetime
    looked: bool = False

    def __call__(self) -> datetime:
        if self.looked:
            return self.later
        self.looked = True
        sweep(self.engine, self.over)
        return self.over - timedelta(seconds=1)


def ended_while_it_waited(engine: Engine, later: datetime, path: str, body: Json) -> tuple[Asked, int]:
    """What a command that read the clock before the end and came after it was answered; the ends that fired."""
    clock = Hands(datetime(2022, 5, 1, 9, tzinfo=TOKYO))
    with served(engine, clock) as http:
        client = Client(http)
        contract = client.apply(received_on="2022-05-01").answer["id"]
        client.do(contract, "accept", billing_starts_on="2022-05-01")
        clock.now = datetime(2022, 6, 10, 9, tzinfo=TOKYO)
        client.do(contract, "notify_cancellation")
    with served(engine, Slow(engine, OVER, later)) as http:
        asked = Client(http, "late").ask("late-1", path.format(contract=contract), body)
    verify(engine)
    sweep(engine, OVER + timedelta(days=100))
    with reading(engine) as conn:
        ends = conn.execute(text("SELECT count(*) FROM history WHERE event = 'terminate'")).scalar_one()
    return asked, ends


REVOKED = "/v1/contracts/{contract}/revoke_cancellation"
MIDNIGHT_COMMANDS = {
    "a revocation of today": (REVOKED, {"reason": "agreed"}, "failed"),
    "a notice of the day before": (
        "/v1/contracts/{contract}/notify_cancellation", {"arrived_on": "2022-07-09"}, "ok",
    ),
    "an outage of the day before": (
        "/v1/outages", {"known_at": "2022-07-09T09:00:00+09:00", "contracts": "all", **FAULT}, "ok",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "outcome"), MIDNIGHT_COMMANDS.values(), ids=list(MIDNIGHT_COMMANDS))
def test_a_command_that_waited_past_the_end_of_a_contract_is_of_after_it_and_the_end_fires_once(
    engine: Engine, path: str, body: Json, outcome: str
) -> None:
    asked, ends = ended_while_it_waited(engine, OVER + timedelta(seconds=1), path, body)
    assert (asked.outcome, ends) == (outcome, 1), asked.answer


def test_under_a_clock_set_back_a_command_takes_effect_before_the_end(engine: Engine) -> None:
    asked, ends = ended_while_it_waited(engine, OVER - timedelta(seconds=1), REVOKED, {"reason": "agreed"})
    assert (asked.outcome, asked.answer["state"], ends) == ("ok", "billing", 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_test_detects_a_race_without_lock_and_version(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with owning(engine) as owner, owner.begin() as conn:
        conn.execute(text("ALTER TABLE history DROP CONSTRAINT pk_history"))
    monkeypatch.setattr(book, "load", lambda conn, contract, *, lock: load(conn, contract))
    checked = bulk_insert._postgres
    unchecked = " AND old.version = new.was"
    monkeypatch.setattr(bulk_insert, "_postgres", lambda *what: checked(*what).replace(unchecked, ""))
    assert any(_noticed(engine, seed) for seed in range(20))


def _noticed(engine: Engine, seed: int) -> bool:
    try:
        race(engine, seed)
    except (AssertionError, Broken):
        return True
    return False
