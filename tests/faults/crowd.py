"""Many clients of one service: threads that send commands at once, while the scheduler fires timers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from random import Random
from threading import Barrier, Event
from typing import Any

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.faults.expected import TOKYO, Fired, Life, Told
from tests.faults.service import Asked, Client, Hands, compare, served
from tests.faults.workers import NOW, desk_work

THREADS = 16
NOTICED = date(2022, 6, 10)
OVER = datetime(2022, 7, 11, tzinfo=TOKYO)  # thirty days elapse on 10 July


def at_once(engine: Engine, seed: int, turns: int, *, patient: bool = False) -> list[list[Asked]]:
    """Run sixteen threads of commands and one of sweeps; return their requests. patient: the sweep may fail."""
    finished = Event()

    def clock() -> None:
        while not finished.is_set():
            try:
                sweep(engine, NOW, batch=3)
            except OperationalError:
                if not patient:
                    raise

    def desk(number: int) -> list[Asked]:
        client = Client(http, f"{seed}-{number}")
        for _ in range(turns):
            desk_work(client, Random(f"{seed} {number}"))
        client.settle(400)
        return client.log

    with served(engine, Hands(NOW)) as http, ThreadPoolExecutor(THREADS + 1) as pool:
        sweeping = pool.submit(clock)
        try:
            logs = list(pool.map(desk, range(THREADS)))
        finally:
            finished.set()
        sweeping.result()
    return logs


def race(engine: Engine, seed: int) -> set[str]:
    """Notices, revocations, acceptances and the end of one contract race, in threads; what won.

    Checked: one acceptance, all that was acknowledged once, and the ends that follow from the order on record.
    """
    draw = Random(seed)
    clock = Hands(datetime(2022, 5, 1, 9, tzinfo=TOKYO))
    with served(engine, clock) as http:
        clients = [Client(http, f"{seed}-{n}") for n in range(8)]
        contract = clients[0].apply(received_on="2022-05-01").answer["id"]
        _together(
            [lambda c=c: c.do(contract, "accept", billing_starts_on="2022-05-01") for c in clients[:4]]  # type: ignore[misc]
        )
        accepted = [one for client in clients for one in client.log if one.path.endswith("accept")]
        assert [one.outcome for one in accepted].count("ok") == 1, "accepted twice"
        clock.now = datetime(2022, 6, 10, 9, tzinfo=TOKYO)
        clients[0].do(contract, "notify_cancellation")
        clock.now = OVER - timedelta(hours=1)

        def strike() -> None:
            clock.now = OVER
            sweep(engine, OVER)

        deeds: list[Any] = [strike]
        for client in clients:
            event = draw.choice(("notify_cancellation", "revoke_cancellation", "revoke_cancellation"))
            deeds.append(lambda c=client, e=event: c.do(contract, e))
        draw.shuffle(deeds)
        _together(deeds)
        for client in clients:
            client.settle()
    logs = [client.log for client in clients]
    compare(engine, *logs, name=f"{seed}-")
    verify(engine)
    sweep(engine, OVER + timedelta(days=100))
    return _as_the_oracle_says(engine, contract, {one.key: one for log in logs for one in log})


def _together(deeds: list[Any]) -> None:
    barrier = Barrier(len(deeds))

    def run(deed: Any) -> None:
        barrier.wait()
        deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        list(pool.map(run, deeds))


def _as_the_oracle_says(engine: Engine, contract: str, asked: dict[str, Asked]) -> set[str]:
    """Compute the contract from the recorded events in order, and compare the result with the clock's rows."""
    h = tables.history.c
    with reading(engine) as conn:
        rows = [
            orjson.loads(payload)
            for payload in conn.execute(
                select(h.payload).where(h.subject_id == contract).order_by(h.seq)
            ).scalars()
        ]
    life = Life(
        Told(0, datetime(2022, 5, 1, 9, tzinfo=TOKYO), "apply", contract, {"conditions": (), "options": []})
    )
    for row in rows[1:]:
        if row["actor"] != "clock":
            at = datetime.fromisoformat(row["recorded_at"])
            life.tell(Told(0, at, row["event"], contract, _facts(asked[row["reason"]], at)))
    life.until(OVER + timedelta(days=100))
    happened = [
        Fired(datetime.fromisoformat(r["due_at"]), contract, r["event"]) for r in rows if r["actor"] == "clock"
    ]
    assert happened == life.fired
    return {row["event"] for row in rows}


def _facts(asked: Asked, at: datetime) -> dict[str, Any]:
    if asked.path.endswith("accept"):
        return {"starts_on": date.fromisoformat(asked.body["billing_starts_on"])}
    return {"arrived_on": at.astimezone(TOKYO).date(), "chosen_on": None, "which": None}
