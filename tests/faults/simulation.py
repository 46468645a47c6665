"""A desk, two schedulers and several years in one process, all random by a seed, with crashes in between.

The result is compared with the oracle: the timers that fired, their days, each once and never early. Acknowledged
commands are stored; others are stored once or not at all. Histories verify, and forecasts are right.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random
from typing import Any

import orjson
from sqlalchemy import Engine, select

from lifecycle.commands.command import CommandContext
from lifecycle.history.payload import payload_of
from lifecycle.history.rows import in_full
from lifecycle.queries.forecast import forecast
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.faults.acts import REFUSALS, Ask, Drawing, numbered
from tests.faults.dying import Mortal
from tests.faults.expected import OVER, TOKYO, Fired, Life, Told

START = datetime(2022, 5, 1, 9, tzinfo=TOKYO)
YEAR = timedelta(days=365.2425)
LIVING = 24  # contracts that the desk keeps alive


@dataclass
class Played:
    """What a game came to. years: of contract time; deaths: by what was about to be done."""

    seed: int
    years: float = 0.0
    acts: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    in_transaction: int = 0
    forecasts: int = 0


class Wrong(AssertionError):
    """The service did otherwise than it should have."""


def play(url: str, seed: int, turns: int = 400, living: int = LIVING) -> Played:
    """Plays on an empty, migrated database. Raises Wrong, or what the service raises, where it does not hold."""
    with numbered():
        game = _Game(url, seed, living)
        try:
            for _ in range(turns):
                game.turn()
            game.finish()
        finally:
            game.dispose()
    return game.played


def foresee(url: str, seed: int, acts: int = 150) -> int:
    """Create random contracts, take the forecast and run it; return its number of rows. Raises Wrong."""
    with numbered():
        game = _Game(url, seed)
        try:
            for _ in range(acts):
                game.act()
                game.now += timedelta(hours=2)
            return game.foresee(days=400)
        finally:
            game.dispose()


class _Game:
    def __init__(self, url: str, seed: int, living: int = LIVING) -> None:
        self.living = living
        self.draw = Random(seed)
        self.drawing = Drawing(self.draw)
        self.one, self.other = Mortal(url), Mortal(url)  # the desk with its scheduler, and a second scheduler
        self.now = START
        self.lives: dict[str, Life] = {}
        self.owner: dict[str, str] = {}
        self.acknowledged: dict[int, str] = {}
        self.attempted: dict[int, str] = {}
        self.played = Played(seed)

    def dispose(self) -> None:
        self.one.engine.dispose()
        self.other.engine.dispose()

    def turn(self) -> None:
        """Some acts of the desk on one day, then time passes."""
        for _ in range(self.draw.randint(0, 5)):
            self.act()
        if self.draw.random() < 0.05:
            self.foresee()
        jump = self.draw.choice((1, 20, 24, 24 * 3, 24 * 9, 24 * 31)) * timedelta(hours=1)
        self.now += jump + timedelta(seconds=self.draw.randint(0, 3600))
        if self.draw.random() < 0.8:  # else the schedulers are down
            self._sweep()

    def finish(self) -> None:
        """Run everything to its end, read it, and compare."""
        self.now += timedelta(days=800)
        self._sweep(calm=True)
        self._compare()

    def _alive(self) -> list[str]:
        for life in self.lives.values():
            life.until(self.now)
        return [id_ for id_, life in self.lives.items() if life.contract.state not in OVER]

    def act(self) -> None:
        """One act of the desk, at which it may die."""
        alive = self._alive()
        with reading(self.one.engine) as conn:
            if len(alive) < self.living:
                ask = self.drawing.application(self.now)
            elif self.draw.random() < 0.04:
                ask = self.drawing.outage(conn, self.now, alive)
            else:
                ask = self.drawing.about(load(conn, self.draw.choice(alive)), self.now)
        self._carry_out(ask, self.drawing.number)

    def _carry_out(self, ask: Ask, number: int) -> None:
        order = CommandContext("desk", self.now, f"act {number}")
        self.attempted[number] = ask.event
        subject: str | None = None
        with self.one.doomed(self._doom()):
            try:
                with writing(self.one.engine) as conn:
                    subject = ask.do(conn, order)
            except REFUSALS:
                self.played.acts["refused"] += 1
                return
            self.acknowledged[number] = ask.event
        if self.one.died_at is not None:
            self._count_death(self.one)
            self.acknowledged.pop(number, None)
            subject = self._found(number)  # a client that got no answer looks
        if subject is not None:
            self.played.acts[ask.event] += 1
            self._tell(Told(number, self.now, ask.event, subject, dict(ask.facts)))

    def _doom(self) -> int | None:
        return self.draw.randint(1, 14) if self.draw.random() < 0.15 else None

    def _found(self, number: int) -> str | None:
        found = [subject for subject, told in self._seen() if told == number]
        if len(found) > 1:
            raise Wrong(f"act {number} was carried out {len(found)} times")
        return found[0] if found else None

    def _seen(self) -> list[tuple[str, int]]:
        """The acts of people that are on record: subject and number, one for each time an act was carried out.

        What an act brought about for others names its cause, and an application its options: these are left out.
        """
        h = tables.history.c
        with reading(self.one.engine) as conn:
            rows = [orjson.loads(p) for p in conn.execute(select(h.payload).where(h.actor == "desk")).scalars()]
        told = [(row, int(row["reason"].removeprefix("act "))) for row in rows if row["caused_by"] is None]
        return [
            (row["subject"], number)
            for row, number in told
            if row["kind"] == "contract" or self.attempted.get(number) != "apply"
        ]

    def _tell(self, told: Told) -> None:
        if told.event == "apply":
            if not told.facts["options"]:  # the answer was lost: read the result
                with reading(self.one.engine) as conn:
                    told.facts["options"].extend(o.id for o in load(conn, told.subject).options)  # type: ignore[index]
            self.lives[told.subject] = Life(told)
            self.owner |= dict.fromkeys((told.subject, *told.facts["options"]), told.subject)
        elif told.event in ("open", "recover", "attribute", "claim"):
            pass  # credits are not reckoned
        else:
            contract = told.facts.get("of") or self.owner[told.subject]
            self.owner[told.subject] = contract
            self.lives[contract].tell(told)

    def _sweep(self, *, calm: bool = False) -> None:
        """One scheduler sweeps; between its batches the other one does, at a clock of its own; either may die."""
        skew = timedelta(seconds=self.draw.randint(-3600, 0))
        between = self.draw.random() < 0.5

        def meanwhile(*_: Any) -> None:
            if between and not calm and self.draw.random() < 0.5:
                once: list[int] = []
                with self.other.doomed(self._doom()):
                    sweep(
                        self.other.engine, self.now + skew, batch=2,
                        stop=lambda: bool(once), on_batch=lambda *_: once.append(1),
                    )  # fmt: skip
                self._count_death(self.other)

        with self.one.doomed(None if calm else self._doom()):
            sweep(self.one.engine, self.now, batch=self.draw.choice((1, 3, 1000)), on_batch=meanwhile)
        if self._count_death(self.one) and self.draw.random() < 0.7:
            sweep(self.one.engine, self.now)
        if calm and sweep(self.one.engine, self.now).left:
            raise Wrong("something due is left")

    def _count_death(self, who: Mortal) -> bool:
        if who.died_at is None:
            return False
        self.played.deaths[who.died_at] += 1
        self.played.in_transaction += who.in_transaction
        return True

    def foresee(self, days: int = 200) -> int:
        """What the forecast lists is what the next weeks bring, row for row."""
        until = self.now + timedelta(days=self.draw.randint(days // 4, days))
        with reading(self.one.engine) as conn:
            listed = [_row(entry) for entry in forecast(conn, self.now, until)]
        before = len(clock_rows(self.one.engine))
        while self.now < until:
            self.now = min(until, self.now + timedelta(days=self.draw.choice((1, 7, 40, 300))))
            sweep(self.one.engine, self.now, batch=self.draw.choice((2, 1000)))
        happened = [_kept(row) for row in clock_rows(self.one.engine)[before:]]
        for number, (said, came) in enumerate(zip_longest(listed, happened), start=1):
            if said != came:
                raise Wrong(f"of {len(listed)} foreseen the {number}. was {said}, what came was {came}")
        self.played.forecasts += 1
        return len(listed)

    def _compare(self) -> None:
        verify(self.one.engine)
        self._compare_acts()
        fired: dict[str, list[Fired]] = {}
        for row in clock_rows(self.one.engine):
            due_at, recorded_at = (datetime.fromisoformat(row[name]) for name in ("due_at", "recorded_at"))
            if recorded_at < due_at:
                raise Wrong(f"early: {row}")
            self.played.fired[f"{row['kind']} {row['event']}"] += 1
            if row["kind"] != "credit":
                fired.setdefault(self.owner[row["subject"]], []).append(
                    Fired(due_at, row["subject"], row["event"])
                )
        for contract, life in self.lives.items():
            life.until(self.now)
            if life.fired != fired.get(contract, []):
                raise Wrong(f"{contract}: expected {life.fired}, happened {fired.get(contract, [])}")
            self._count_years(life)

    def _compare_acts(self) -> None:
        seen = Counter(number for _, number in self._seen())
        lost = self.acknowledged.keys() - seen.keys()
        doubled = [number for number, times in seen.items() if times > 1]
        unexpected = seen.keys() - self.attempted.keys()
        if lost or doubled or unexpected:
            raise Wrong(f"lost: {lost}; doubled: {doubled}; unexpected: {unexpected}")

    def _count_years(self, life: Life) -> None:
        if life.accepted_at is not None:
            ends = [
                one.due_at for one in life.fired if one.subject == life.contract.id and one.event == "terminate"
            ]
            self.played.years += max(timedelta(), min([self.now, *ends]) - life.accepted_at) / YEAR


def clock_rows(engine: Engine) -> list[dict[str, Any]]:
    """The payloads of what the clock has done, in the order of writing."""
    h, p = tables.history.c, tables.outbox.c
    statement = (
        select(h.payload)
        .join(tables.outbox, (p.subject_id == h.subject_id) & (p.seq == h.seq))
        .where(h.actor == "clock")
        .order_by(p.id)
    )
    with reading(engine) as conn:
        rows = in_full(conn, conn.execute(statement).all())
    for row in rows:
        for ruling in (*row["rulings"], *row.get("rulings_before", ())):
            ruling.pop("repeats", None)
    return rows


def _row(entry: Any) -> dict[str, Any]:
    return _kept(orjson.loads(payload_of(entry, None)))


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what a forecast cannot know: when it is recorded, and the hashes."""
    return {name: row[name] for name in row if name not in ("recorded_at", "previous_hash")}
