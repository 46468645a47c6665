"""How late a timer fires that is due alone, a large table around it: the instant of its commit less its own.

The timers are ends of measures, planned a moment ahead, at odd instants, by the desk's own command.
In one process the alarm is woken as in `lifecycle serve`, and the instant is that after its commit. Over two, on
PostgreSQL, the command goes to a `lifecycle api` by HTTP and a `lifecycle scheduler` fires; there the database
itself says when it committed. A timer that is due before its own command is committed counts from that commit.
"""

import gc
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from sqlalchemy import Engine, text

from lifecycle.commands.command import CommandContext
from lifecycle.records.engine import reading, writing
from lifecycle.timers.due import DueGroup
from scheduler.clock import system_clock
from scheduler.waker import Waker
from tests.benchmarks.contracts import copy_patterns, id_of, patterns
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Wanted, percentile, progress
from tests.benchmarks.service import HEADERS, apis, scheduler, until
from tests.commands.acts import take_measure

FAR = date(2099, 12, 31)  # the end of all others
AHEAD = 0.06, 0.16  # seconds; a whole HTTP request fits in
REST = 0.06  # seconds after each
COMMITTED = "track_commit_timestamp = on\n"
FIRED = (
    "SELECT fired.effective_at, pg_xact_commit_timestamp(fired.xmin) AS fired, "
    "pg_xact_commit_timestamp(taken.xmin) AS taken FROM history fired "
    "JOIN history taken ON taken.subject_id = fired.subject_id AND taken.event = 'take' "
    "WHERE fired.actor = 'clock' ORDER BY fired.effective_at"
)


class Watched(Waker):
    """An alarm that notes when each batch was committed."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, system_clock)
        self.seen: list[tuple[datetime, datetime]] = []
        let_others_write = self._time_slices._let_others_write

        def noted(due: DueGroup, fired: int) -> None:
            self.seen.append((due.at, system_clock()))
            let_others_write(due, fired)

        self._time_slices._let_others_write = noted  # type: ignore[method-assign]


def run(options: Options) -> Iterator[Figure]:
    """Measures on each database in one process, on PostgreSQL over two as well."""
    made = patterns(notified=True, chosen_on=FAR)
    for kind in options.kinds:
        with filled(kind, lambda engine: copy_patterns(engine, made, options.table), COMMITTED) as copies:
            with copies() as engine:
                late = one_process(engine, options)
            yield from _figures("a timer that is due alone, one process", kind, late, (5, 20))
            if kind == "postgresql":
                for what, ahead in (("a moment ahead", AHEAD), ("due at once", (0.0, 0.0))):
                    late = two_processes(copies, options, ahead)
                    yield from _figures(
                        f"committed in one process {what}, fired in another", kind, late, (None, 50)
                    )


def _figures(what: str, kind: str, late: list[float], limits: tuple[float | None, float]) -> Iterator[Figure]:
    for hundredth, limit in zip((50, 99), limits, strict=True):
        wanted = Wanted("≤", limit, " ms") if limit is not None else None
        value = percentile(late, hundredth)
        yield Figure(f"{what}, p{hundredth}", kind, len(late), value, "ms", wanted=wanted)


def one_process(engine: Engine, options: Options) -> list[float]:
    """Milliseconds of each timer. What is there stays out of searches for garbage, as in a server."""
    chance, alarm, frozen = Random(1), Watched(engine), gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    alarm.start()
    time.sleep(1)
    for number in progress(range(options.firings), "lateness, one process"):
        now = system_clock()
        facts = _facts(now, AHEAD, chance)
        with writing(engine) as conn:
            take_measure(conn, id_of(number), CommandContext("desk", now), facts)
        alarm.wake()
        until(lambda number=number: len(alarm.seen) > number, pause=REST)  # type: ignore[misc]
    alarm.stop()
    if not frozen:  # else it was before, and stays so
        gc.unfreeze()
    assert len(alarm.seen) == options.firings
    return [1000 * (seen - due).total_seconds() for due, seen in alarm.seen]


def two_processes(copies: Copies, options: Options, ahead: tuple[float, float]) -> list[float]:
    """Milliseconds of each timer; the database says when it was set and when it fired."""
    chance = Random(2)
    with copies() as engine, TemporaryDirectory() as folder:
        url = url_of(engine)
        with (
            apis(url, 1, Path(folder)) as (api,), scheduler(url),
            httpx2.Client(base_url=api.address, headers=HEADERS) as client,
        ):  # fmt: skip
            until(lambda: _listening(engine))
            time.sleep(1)
            for number in progress(range(options.firings), "lateness, two processes"):
                facts = _facts(system_clock(), ahead, chance)
                body = {
                    "kind": facts["measure"], "ground": facts["ground"], "notified": True,
                    "starts_at": facts["starts_at"].isoformat(), "ends_at": facts["ends_at"].isoformat(),
                }  # fmt: skip
                answer = client.post(f"/v1/contracts/{id_of(number)}/measures", json=body)
                assert answer.status_code == 201, answer.text
                time.sleep(ahead[1] + REST + chance.random() / 5)
            return _late(engine, options.firings)


def _late(engine: Engine, number: int) -> list[float]:
    def seen() -> list[tuple[datetime, datetime, datetime]]:
        with reading(engine) as conn:
            return [(row[0], row[1], row[2]) for row in conn.execute(text(FIRED))]

    until(lambda: len(seen()) == number)
    return [1000 * (fired - max(due, taken)).total_seconds() for due, fired, taken in seen()]


def _facts(now: datetime, ahead: tuple[float, float], chance: Random) -> dict[str, Any]:
    over = now + timedelta(seconds=chance.uniform(*ahead))
    return {
        "measure": "access_limit", "ground": "measured", "notified": True,
        "starts_at": now - timedelta(hours=1), "ends_at": over,
    }  # fmt: skip


def _listening(engine: Engine) -> bool:
    with reading(engine) as conn:
        return bool(conn.execute(text("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")).first())
