"""The same due contracts fired by other libraries and by the plain loop, each in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator

from sqlalchemy import Engine

from tests.benchmarks.contracts import fill
from tests.benchmarks.peers import book
from tests.benchmarks.peers.names import PEERS, installed
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Options, Result, Wanted, bar

PATIENCE = 300  # seconds


def run(options: Options) -> Iterator[Result]:
    """Measures by turns, ours in each turn; raises AssertionError where a transition is missing or doubled."""
    for kind in options.kinds:
        names = [name for name in PEERS if kind in PEERS[name].kinds and installed(name)]
        with filled(kind, lambda engine, names=names: _prepare(engine, names, options)) as copies:  # type: ignore[misc]
            yield from _measure(copies, kind, names, options)


def _prepare(engine: Engine, names: list[str], options: Options) -> None:
    from tests.benchmarks.sweeping import DUE_AT

    fill(engine, options.due, notified=True)
    assert len(book.copy_due(engine, DUE_AT)) == options.due
    for name in names:
        by_itself(name, "prepare", url_of(engine))


def _measure(copies: Copies, kind: str, names: list[str], options: Options) -> Iterator[Result]:
    rates: dict[str, list[float]] = {name: [] for name in ("ours", *names)}
    with bar(f"peers on {kind}", options.repeats * len(rates)) as advance:
        for _ in range(options.repeats):
            for name in rates:
                with copies() as engine:
                    seconds = by_itself(name, "fire", url_of(engine))
                    if name != "ours":
                        assert by_itself(name, "fired", url_of(engine)) == options.due, name
                rates[name].append(options.due / seconds)
                advance(1)
    for name in names:
        wanted = Wanted("≥", PEERS[name].floors[kind])
        yield Result(
            "terminations", kind, options.due, rates["ours"], rates[name], PEERS[name].title, wanted
        )  # fmt: skip


def by_itself(name: str, work: str, url: str) -> float:
    """Has a peer do its work in a process of its own; what it prints."""
    command = [sys.executable, "-m", "tests.benchmarks.peers.alone", name, work, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.split()[-1])


def url_of(engine: Engine) -> str:
    """The URL that an engine was opened with."""
    return engine.url.set(drivername=engine.url.get_backend_name()).render_as_string(hide_password=False)
