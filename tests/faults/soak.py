"""The long run of the faults: random rounds of each by seed, until the time is up. `make soak`, or
`python -m tests.faults.soak --minutes 10`; `--seed 17 --only simulation` repeats one round.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from lifecycle.timers.sweep import sweep
from tests import postgres, scratch
from tests.audit import books
from tests.audit.tampering import KINDS as KINDS_OF_TAMPERING
from tests.commands.proof import verify
from tests.faults import killing, tracing
from tests.faults.crowd import at_once, race
from tests.faults.fail_over import fail_over
from tests.faults.service import compare
from tests.faults.simulation import play
from tests.faults.test_workers import kill_loop
from tests.faults.workers import after
from tests.machines.test_random_contracts import POLICIES, tried
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight
from tests.scheduler.look import fired

Count = Counter[str]
KINDS = ("sqlite", "postgresql")
LIVES_OF_A_ROUND = 300


@dataclass
class Places:
    """Where a round plays: `fresh` gives a new, migrated database of a kind; `server` may crash."""

    templates: dict[str, Callable[[], AbstractContextManager[str]]]
    server: postgres.Postgres
    points: dict[str, list[killing.Point]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def fresh(self, kind: str) -> AbstractContextManager[str]:
        """The URL of a new database, deleted after the block."""
        return self.templates[kind]()


Round = Callable[[Places, str, int], Count]


def simulation(places: Places, kind: str, seed: int) -> Count:
    """Compare years of a random desk with the oracle."""
    with places.fresh(kind) as url:
        played = play(url, seed, turns=200, living=80)
    return Counter(
        contract_years=int(played.years), deaths=played.deaths.total(), in_transaction=played.in_transaction,
        timers=played.fired.total(), acts=played.acts.total(), forecasts=played.forecasts,
    )  # fmt: skip


def killed(places: Places, kind: str, seed: int) -> Count:
    """kill -9 at a statement or commit of the story; the seed counts through all of them."""
    if kind not in places.points:
        with places.fresh(kind) as url:
            places.points[kind] = killing.points(url)
    point = places.points[kind][seed % len(places.points[kind])]
    with places.fresh(kind) as url:
        killing.kill_at(url, point)
    return Counter(kills=1, in_transaction=point.writing)


def write_calls(places: Places, kind: str, seed: int) -> Count:
    """SQLite's write calls: killed there, or failing there; the seed counts through them."""
    strace = shutil.which("strace")
    assert strace is not None, "strace is not installed"
    if not places.calls:
        with places.fresh(kind) as url, scratch.folder("calls") as folder:
            places.calls |= tracing.calls(strace, url, folder / "calls")
    draw = Random(seed)
    call = draw.choice(tracing.CALLS)
    number = draw.randint(1, places.calls[call])
    with places.fresh(kind) as url:
        if draw.random() < 0.5:
            tracing.kill_at(strace, url, call, number)
            return Counter(kills=1)
        error = "EIO" if call == "fdatasync" else draw.choice(("EIO", "ENOSPC"))
        statuses = tracing.fail_at(strace, url, call, error, f"{number}..{number + draw.randint(0, 3)}")
    assert statuses.keys() <= {"200", "201", "503", "507", "sweep failed"}, statuses
    return Counter(failed_calls=1, answers_503=statuses["503"], sweeps_failed=statuses["sweep failed"])


def workers(places: Places, kind: str, seed: int) -> Count:
    """Busy workers, killed in a loop."""
    with places.fresh(kind) as url:
        hits, outcomes = kill_loop(url, seed, kills=12)
    return Counter(kills=12, in_transaction=hits, requests=outcomes.total())


def crowd(places: Places, kind: str, seed: int) -> Count:
    """Sixteen writers and a sweep."""
    with places.fresh(kind) as url:
        engine = open_engine(url)
        logs = at_once(engine, seed, turns=6)
        statuses = {status for log in logs for one in log for status in one.statuses}
        assert statuses <= {200, 201, 409}, statuses
        outcomes = compare(engine, *logs)
        sweep(engine, after(100))
        verify(engine)
        engine.dispose()
    return Counter(requests=outcomes.total())


def races(places: Places, kind: str, seed: int) -> Count:
    """Notice, revocation and the end of a contract race."""
    with places.fresh(kind) as url:
        engine = open_engine(url)
        race(engine, seed)
        engine.dispose()
    return Counter(races=1)


def late_start(places: Places, kind: str, seed: int) -> Count:
    """A scheduler that starts weeks late, five thousand due."""
    number = 5_000
    with places.fresh(kind) as url:
        engine = open_engine(url)
        fill(engine, ending(number))
        begun = time.monotonic()
        assert sweep(engine, midnight(FIRST + 80 * DAY)).fired == number
        seconds = time.monotonic() - begun
        assert len({row.subject_id for row in fired(engine)}) == number
        verify(engine)
        engine.dispose()
    return Counter(timers=number, milliseconds=int(1000 * seconds))


def crash(places: Places, kind: str, seed: int) -> Count:
    """PostgreSQL crashes under desk load."""
    with places.fresh(kind) as url:
        engine = open_engine(url)
        timer = Timer(Random(seed).uniform(0.1, 1.5), places.server.crash)
        timer.start()
        logs = at_once(engine, seed, turns=6, patient=True)
        timer.join()
        statuses = Counter(status for log in logs for one in log for status in one.statuses)
        assert statuses.keys() <= {200, 201, 409, 503}, statuses
        assert compare(engine, *logs)["unknown"] == 0
        sweep(engine, after(100))
        verify(engine)
        engine.dispose()
    return Counter(crashes=1, answers_503=statuses[503], requests=sum(map(len, logs)))


def failing_over(places: Places, kind: str, seed: int) -> Count:
    """Lose the primary under load; its standby takes over."""
    return fail_over(seed, turns=100)


def tampering(places: Places, kind: str, seed: int) -> Count:
    """A random book, exported clean and tampered with in every way."""
    with places.fresh(kind) as url, scratch.folder("book") as folder:
        engine = open_engine(url)
        rows, wrong = books.tried(engine, seed, folder, [*KINDS_OF_TAMPERING])
        engine.dispose()
    assert not wrong, wrong
    return Counter(clean_exports=1, rows=rows, tampered=len(KINDS_OF_TAMPERING))


def random_lives(places: Places, kind: str, seed: int) -> Count:
    """Run random contracts without a database under each policy."""
    for policy in POLICIES:
        tried(policy, LIVES_OF_A_ROUND, seed)
    return Counter(lives=LIVES_OF_A_ROUND * len(POLICIES))


# name → (rows of the matrix, share of the time, what it does)
ROUNDS: dict[str, tuple[str, float, Round]] = {
    "simulation": ("1, 11, 14, 15, 18, 27", 4.0, simulation),
    "killed": ("1", 2.0, killed),
    "write_calls": ("2, 3", 1.0, write_calls),
    "workers": ("4", 1.0, workers),
    "crash": ("5", 1.0, crash),
    "failing_over": ("28", 1.0, failing_over),
    "races": ("13", 0.5, races),
    "late_start": ("18", 0.5, late_start),
    "crowd": ("21", 1.0, crowd),
    "tampering": ("–", 1.0, tampering),
    "lives": ("–", 0.5, random_lives),
}


@dataclass
class Line:
    """What became of one kind of round on one kind of database."""

    rounds: int = 0
    seconds: float = 0.0
    counts: Count = field(default_factory=Counter)
    wrong: list[int] = field(default_factory=list)


Table = dict[tuple[str, str], Line]


def lines(only: str | None, kinds: tuple[str, ...]) -> Table:
    """What is to be played: every kind of round on every kind of database that it is for."""
    elsewhere = {(name, "sqlite") for name in ("crash", "failing_over")}
    elsewhere |= {(name, "postgresql") for name in ("write_calls", "lives")}
    names = [only] if only else list(ROUNDS)
    return {(name, kind): Line() for name in names for kind in kinds if (name, kind) not in elsewhere}


def soak(places: Places, table: Table, minutes: float, first_seed: int, console: Console) -> Table:
    """Plays rounds until the time is up, always of what has had the least of its share; what became of each."""
    deadline = time.monotonic() + 60 * minutes
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console)
    with bar:
        task = bar.add_task("soak", total=60 * minutes)
        while (left := deadline - time.monotonic()) > 0 or not all(line.rounds for line in table.values()):
            (name, kind), line = min(table.items(), key=lambda item: item[1].seconds / ROUNDS[item[0][0]][1])
            seed = first_seed + line.rounds
            bar.update(task, completed=60 * minutes - left, description=f"{name} {kind} seed {seed}")
            _round(places, name, kind, seed, line, console)
            if minutes == 0:
                break
    return table


def _round(places: Places, name: str, kind: str, seed: int, line: Line, console: Console) -> None:
    begun = time.monotonic()
    try:
        line.counts += ROUNDS[name][2](places, kind, seed)
    except Exception as error:
        line.wrong.append(seed)
        again = f"make soak ARGS='--only {name} --database {kind} --seed {seed} --minutes 0'"
        console.print(f"WRONG: {name} on {kind}: {type(error).__name__}: {str(error)[:600]}\n  again: {again}")
    line.rounds += 1
    line.seconds += time.monotonic() - begun


def shown(table: Table, first_seed: int) -> str:
    """The table at the end, in Markdown."""
    rows = ["| what | rows | database | seeds | seconds | counted | wrong |", "|---|---|---|---|--:|---|--:|"]
    for (name, kind), line in table.items():
        seeds = f"{first_seed}–{first_seed + line.rounds - 1}" if line.rounds else "–"
        counted = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in line.counts.items() if n)
        cells = (name, ROUNDS[name][0], kind, seeds, f"{line.seconds:.0f}", counted, str(len(line.wrong)))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


@contextmanager
def places() -> Iterator[Places]:
    """A folder, and a server of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch.folder("soak"))
        template = folder / "migrated.db"
        server = stack.enter_context(postgres.running())
        server.migrated()
        engine = open_engine(f"sqlite:///{template}")
        migrate(engine)
        engine.dispose()

        @contextmanager
        def sqlite() -> Iterator[str]:
            home = Path(tempfile.mkdtemp(dir=folder))
            try:
                yield f"sqlite:///{shutil.copy(template, home / 'lifecycle.db')}"
            finally:
                shutil.rmtree(home)

        yield Places({"sqlite": sqlite, "postgresql": lambda: server.database("migrated")}, server)


def main() -> int:
    """Reads the options, plays, prints the table; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default %(default)s); 0: one round")
    parser.add_argument("--seed", type=int, help="the first seed; by default drawn, and printed")
    parser.add_argument("--only", choices=sorted(ROUNDS), help="one kind of round")
    parser.add_argument("--database", choices=KINDS, help="one kind of database")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else Random().randrange(1_000_000)
    kinds = (asked.database,) if asked.database else KINDS
    console = Console(soft_wrap=True, markup=False, highlight=False)
    console.print(f"first seed {seed}")
    with places() as where:
        table = soak(where, lines(asked.only, kinds), asked.minutes, seed, console)
    for kind, found in where.points.items():
        console.print(f"kill points of the story on {kind}: {len(found)}")
    for call, number in where.calls.items():
        console.print(f"write calls of the story, {call}: {number}")
    console.print(shown(table, seed))
    return int(any(line.wrong for line in table.values()))


if __name__ == "__main__":
    sys.exit(main())
