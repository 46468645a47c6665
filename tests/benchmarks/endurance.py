"""A short working day: desks, sweeps, sealing, webhooks and exports at once, the end compared with the beginning.

An API and a scheduler, each a process of its own, are asked by desks that think between two requests; every few
seconds a thousand contracts more fall due. The first quarter of the time is set beside the last one: how long
answers took by the server's own clock, and the most that both held of memory, descriptors and connections.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx2
from sqlalchemy import Engine, text

from lifecycle.audit.keys import new_key
from lifecycle.records.engine import is_sqlite, reading
from lifecycle.terms.calendar import DAY
from scheduler.clock import system_clock
from tests.api.desk import APPLICATION
from tests.benchmarks.cliff import FUTURE
from tests.benchmarks.contracts import PATTERNS, applications, copy_patterns, id_of, patterns
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, bar, percentile
from tests.benchmarks.service import HEADERS, PATIENCE, Desks, Request, apis, beside, scheduler, until
from tests.scheduler.receiver import Receiver, receiving

DESKS, THINK = 4, 0.1  # at most forty requests a second, one in ten an acceptance, one in ten a notice
BOOK = 20_000  # contracts in billing, beside those that the desks and the clock work on
EARLIER = 20  # turns since a notice, until its history is read
FALLING_DUE_S, EXPORT_S, LOOK_S = 5.0, 10.0, 0.5
SLOWER, LARGER = Wanted("≤", 1.2), Wanted("≤", 1.1)
EXPORTS = ("/v1/audit/export", "/v1/contracts.csv")
_SOON = (system_clock() + 62 * DAY).isoformat()
APPLIED = APPLICATION | {"received_on": "2022-04-20", "delivery": {"https": False}}


class Look(NamedTuple):
    """What was held at a moment, in MiB and in number."""

    at: float
    memory: float
    descriptors: int
    connections: int


class Day(NamedTuple):
    """What was seen from begin to end. written: rows of history by who wrote them; left: those not sealed yet."""

    begun: float
    ended: float
    requests: list[Request]
    looks: list[Look]
    written: dict[str, int]
    sealed: int
    left: int
    delivered: int

    def first(self, at: float) -> bool:
        """Whether an instant is in the first quarter."""
        return self.begun <= at < self.begun + (self.ended - self.begun) / 4

    def last(self, at: float) -> bool:
        """Whether an instant is in the last quarter."""
        return self.ended - (self.ended - self.begun) / 4 <= at < self.ended


def run(options: Options) -> Iterator[Figure]:
    """One day on each database."""
    for kind in options.kinds:
        rooms = PATTERNS * ceil(options.minutes * 60 * DESKS / THINK / 10 / PATTERNS + 0.1)
        with filled(kind, partial(_fill, rooms=rooms)) as copies, copies() as engine:
            yield from _figures(_day(engine, rooms, kind, options), kind)


def _fill(engine: Engine, rooms: int) -> None:
    """Contracts in billing, the first of them for notices, and applications for acceptances."""
    copy_patterns(engine, patterns(notified=False), BOOK + rooms)
    copy_patterns(engine, applications(), rooms, BOOK + rooms)


def _day(engine: Engine, rooms: int, kind: str, options: Options) -> Day:
    url, looks, over = url_of(engine), list[Look](), threading.Event()
    with TemporaryDirectory() as name, receiving() as receiver, ExitStack() as stack:
        folder = Path(name)
        new_key(folder / "key", "endurance.example.com")
        (api,) = stack.enter_context(apis(url, 1, folder, LIFECYCLE_WEBHOOK_NETWORKS="127.0.0.0/8"))
        stack.enter_context(_scheduler(url, folder, looks, over, engine, api.pid))
        _tell(api.address, receiver)
        with Desks([api.address], DESKS, lambda client, number: _ask(client, number, rooms), THINK) as desks:
            for work in (_fall_due, _export):
                stack.enter_context(beside(partial(work, engine, api.address, rooms, over), over))
            until(lambda: _number(engine, "SELECT count(*) FROM log"), PATIENCE * 4)  # all is started
            begun = time.time()
            with bar(f"endurance on {kind}", int(60 * options.minutes)) as advance:
                while time.time() < begun + 60 * options.minutes:
                    time.sleep(min(1.0, 60 * options.minutes))
                    advance(1)
            ended = time.time()
        desks.check()
        over.set()
        requests = api.requests()
        with reading(engine) as conn:
            who = "CASE actor WHEN 'clock' THEN 'clock' ELSE 'desks' END"
            found = conn.execute(text(f"SELECT {who}, count(*) FROM history GROUP BY 1"))
            written = {str(actor): int(number) for actor, number in found}
        sealed, left = (_number(engine, f"SELECT count(*) FROM {table}") for table in ("log", "pending"))
        return Day(begun, ended, requests, looks, written, sealed, left, len(receiver.taken))


def _figures(day: Day, kind: str) -> Iterator[Figure]:
    desks = [one for one in day.requests if one.path not in EXPORTS]
    for what, asked in (("answers to desks", desks),
                        ("exports", [one for one in day.requests if one.path in EXPORTS])):  # fmt: skip
        first, last = ([one.ms for one in asked if part(one.at)] for part in (day.first, day.last))
        wanted = SLOWER if asked is desks else None
        yield Figure(
            f"{what}, p99 of the last quarter", kind, len(last), percentile(last, 99), "ms", "of the first",
            percentile(first, 99), wanted, of_ratio=True,
        )  # fmt: skip
    for place, (name, unit) in enumerate((("memory", "MiB"), ("descriptors", ""), ("connections", "")), 1):
        first_most, last_most = (
            max((float(look[place]) for look in day.looks if part(look.at)), default=0.0)
            for part in (day.first, day.last)
        )
        if last_most:
            yield Figure(
                f"{name} of both processes, most of the last quarter", kind, len(day.looks), last_most, unit,
                "of the first", first_most, LARGER, of_ratio=True,
            )  # fmt: skip
    seconds = day.ended - day.begun
    for who, number in sorted(day.written.items()):
        yield Figure(f"rows written by {who}, a second", kind, number, number / seconds, "/s")
    yield Figure("rows sealed, a second", kind, day.sealed, day.sealed / seconds, "/s")
    yield Figure("rows not sealed at the end", kind, day.sealed + day.left, day.left, "")
    yield Figure("messages delivered, a second", kind, day.delivered, day.delivered / seconds, "/s")


def _ask(client: httpx2.Client, number: int, rooms: int) -> httpx2.Response:
    """What a desk does, ten things by turns: three of them write."""
    turn, kind = divmod(number, 10)
    of_room, other = turn % rooms, id_of(rooms + turn % BOOK)
    match kind:
        case 0:
            body = {"billing_starts_on": FUTURE}
            return client.post(f"/v1/contracts/{id_of(BOOK + rooms + of_room)}/accept", json=body)
        case 1:
            return client.post(f"/v1/contracts/{id_of(of_room)}/notify_cancellation", json={})
        case 2:
            return client.post("/v1/contracts", json=APPLIED | {"reference": f"E-{turn}"})
        case 3:
            return client.get("/v1/contracts", params={"q": f"R-{turn % BOOK}"})
        case 4:
            return client.get("/v1/contracts", params={"state": "applied", "limit": 50})
        case 5:
            return client.get("/v1/waiting")
        case 6:
            return client.get("/v1/due", params={"until": _SOON, "limit": 50})
        case 7 if turn >= EARLIER:  # the contract of an earlier notice: copied contracts have no history
            return client.get(f"/v1/contracts/{id_of((turn - EARLIER) % rooms)}/history")
        case _:
            return client.get(f"/v1/contracts/{other}")


def _fall_due(engine: Engine, address: str, rooms: int, over: threading.Event) -> None:
    """A thousand contracts more whose billing starts, again and again."""
    made = patterns(notified=False, starting=True)
    for number in count():
        copy_patterns(engine, made, PATTERNS, BOOK + 2 * rooms + number * PATTERNS)
        if over.wait(FALLING_DUE_S):
            return


def _export(engine: Engine, address: str, rooms: int, over: threading.Event) -> None:
    """What was sealed of the rows recorded since the last export, and the contracts that were applied for."""
    since = system_clock().isoformat()
    with httpx2.Client(base_url=address, headers=HEADERS, timeout=PATIENCE) as client:
        while not over.wait(EXPORT_S):
            recorded, since = {"since": since}, system_clock().isoformat()
            client.get(EXPORTS[0], params=recorded).raise_for_status()
            client.get(EXPORTS[1], params={"state": "applied"}).raise_for_status()


def _tell(address: str, receiver: Receiver) -> None:
    """Send webhooks about what desks do to a receiver."""
    body = {"url": receiver.url, "types": ["contract.accept", "contract.notify_cancellation"]}
    httpx2.post(f"{address}/v1/webhooks", headers=HEADERS, json=body).raise_for_status()


@contextmanager
def _scheduler(
    url: str, folder: Path, looks: list[Look], over: threading.Event, engine: Engine, api: int
) -> Iterator[None]:
    """A scheduler that seals and sends webhooks; both processes are observed meanwhile."""
    settings = {
        "LIFECYCLE_AUDIT_KEY": str(folder / "key"), "LIFECYCLE_AUDIT_CHECKPOINTS_DIR": str(folder),
        "LIFECYCLE_WEBHOOK_NETWORKS": "127.0.0.0/8", "LIFECYCLE_SWEEP_INTERVAL": "2",
    }  # fmt: skip
    with scheduler(url, **settings) as pid, beside(lambda: _look(engine, (api, pid), looks, over), over):
        yield


def _look(engine: Engine, pids: tuple[int, ...], looks: list[Look], over: threading.Event) -> None:
    while not over.wait(LOOK_S):
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in pids)
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)
        looks.append(Look(time.time(), memory, descriptors, _connections(engine)))


def _connections(engine: Engine) -> int:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state IS NOT NULL"
    return 0 if is_sqlite(engine) else _number(engine, asked)


def _number(engine: Engine, asked: str) -> int:
    with reading(engine) as conn:
        return int(conn.execute(text(asked)).scalar_one())
