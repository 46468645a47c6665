"""Random simulations of years with crashes and two schedulers: the result is the expected one."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from lifecycle.history import payload, store
from lifecycle.machines import derive, step
from lifecycle.queries import forecast
from lifecycle.terms.art6_cancellation import Ending
from lifecycle.timers import batch, due, sweep
from tests.commands.proof import Broken
from tests.faults.simulation import Wrong, foresee, play
from tests.how_many import each_fourth


@pytest.mark.parametrize(("database_url", "seed"), [("sqlite", 3), ("postgresql", 2)], indirect=["database_url"])
def test_a_random_simulation_of_many_years_agrees_with_the_oracle(database_url: str, seed: int) -> None:
    played = play(database_url, seed, turns=70)
    assert played.years > 25
    assert played.deaths.total() >= 5 and played.in_transaction >= 0.3 * played.deaths.total()
    assert played.fired["contract terminate"] > 3


def test_a_seed_reproduces_its_game(sqlite_url: str, tmp_path: Path, sqlite_template: Path) -> None:
    again = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'again.db')}"
    assert play(sqlite_url, 7, turns=25) == play(again, 7, turns=25)


@pytest.mark.parametrize(("database_url", "seed"), [("sqlite", 5), ("postgresql", 12)], indirect=["database_url"])
def test_the_forecast_of_a_random_book_is_what_then_happens_row_for_row(database_url: str, seed: int) -> None:
    assert foresee(database_url, seed) > 5


# --- what the comparison would notice ------------------------------------------------------------------


def a_day_too_late(contract: Any, editions: Any) -> Ending | None:
    """Thirty-one days instead of thirty."""
    found = ENDING(contract, editions)
    return found and found._replace(effective_on=found.effective_on + timedelta(days=1))


def hours_early(conn: Connection, now: Any, after: Any, until: Any, *held: Any) -> list[due.DueGroup]:
    """The due filter looks hours ahead."""
    return due.next_instant(conn, now, after, until if until == due.LAST else until + 20 * HOUR, *held)


def no_previous_hash(entry: Any, previous: str | None, *more: str | None) -> bytes:
    return PAYLOAD(entry, None, *more)


def only_the_first_timer(conn: Connection, now: Any, until: Any, *_: Any) -> Any:
    """A forecast without what follows from what it lists."""
    return iter(list(FORECAST(conn, now, until))[:3])


def not_written(conn: Connection, *what: Any) -> Any:
    """A commit that was acknowledged and is not there."""
    if what[2] and what[2][0].event == "notify_cancellation":
        return what[1]
    return WRITE(conn, *what)


HOUR = timedelta(hours=1)
ENDING, PAYLOAD, FORECAST, WRITE = derive.contract_ending, payload.payload_of, forecast.forecast, store.store_step


def late_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(derive, "contract_ending", a_day_too_late)


def fired_early(dossier: Any, subject: str, now: datetime, editions: Any) -> Any:
    """A step that does not check whether it is due."""
    dossier, entries = step.fire(dossier, subject, max(now, dossier.subject(subject).due_at), editions)
    return dossier, tuple(entry._replace(act=entry.act._replace(now=now)) for entry in entries)


def early_sweep(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweep, "next_instant", hours_early)
    patch.setattr(batch, "fire", fired_early)


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "late ends": late_ends,
    "no due filter": early_sweep,
    "no previous hash": lambda patch: patch.setattr(store, "payload_of", no_previous_hash),
    "short forecast": lambda patch: patch.setattr("tests.faults.simulation.forecast", only_the_first_timer),
    "lost notices": lambda patch: patch.setattr("lifecycle.commands.enter_event.store_step", not_written),
}


@pytest.mark.parametrize("fault", each_fourth([*PLANTED]))
def test_a_planted_fault_fails_the_simulation(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    PLANTED[fault](monkeypatch)
    with pytest.raises((Wrong, Broken)):
        play(sqlite_url, 1, turns=60)
