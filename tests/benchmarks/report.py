"""The options of a benchmark, its results, and their tables."""

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

HEAD = (
    "| what | database | items | ours | compared with | | ratio | wanted |\n"
    "|---|---|--:|--:|---|--:|--:|---|"
)  # fmt: skip
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "≥": operator.ge, "≤": operator.le, "<": operator.lt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """What may be set from outside.

    rows: due rows of a sweep; commands: desk commands of a run; repeats: runs of each; kinds: databases;
    due: contracts that the peers fire; firings: timers of the lateness; table: contracts in a large table;
    clients: desks at once; seconds: how long a desk works in each phase; base: an older commit to compare with;
    keep: a folder for databases that the next run takes as they are; minutes: how long endurance and bloat
    are looked at; partitions: of a large book on PostgreSQL.
    """

    rows: int = 100_000
    commands: int = 1000
    repeats: int = 3
    kinds: tuple[str, ...] = ("sqlite", "postgresql")
    due: int = 10_000
    firings: int = 200
    table: int = 1_000_000
    clients: int = 8
    seconds: float = 8.0
    base: str = ""
    keep: str = ""
    minutes: float = 20.0
    partitions: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A floor or a limit, as `≥ 0.5`."""

    sign: str
    bound: float
    unit: str = ""

    def judged(self, value: float) -> str:
        """The bound, and whether a value keeps it."""
        kept = _SIGNS[self.sign](value, self.bound)
        return f"{self.sign} {self.bound:g}{self.unit}: {'met' if kept else 'missed'}"


@dataclass(frozen=True, slots=True)
class Result:
    """Items per second of this program and of something else, run by run, on one database."""

    what: str
    database: str
    items: int
    ours: Sequence[float]
    other: Sequence[float]
    beside: str = "the bare minimum"
    wanted: Wanted | None = None

    def row(self) -> str:
        """One line of the table: medians, and the ratio of ours to the other run by run, its median."""
        ratio = median(ours / other for ours, other in zip(self.ours, self.other, strict=True))
        verdict = self.wanted.judged(ratio) if self.wanted else ""
        return (
            f"| {self.what} | {self.database} | {self.items:,} | {median(self.ours):,.0f}/s "
            f"| {self.beside} | {median(self.other):,.0f}/s | {ratio:.2f} | {verdict} |"
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value: milliseconds, seconds, MiB. other: what it is compared with, in the same unit.

    wanted speaks of the ratio to the other one where `of_ratio` is set, else of the value.
    """

    what: str
    database: str
    items: int
    value: float
    unit: str
    beside: str = ""
    other: float | None = None
    wanted: Wanted | None = None
    of_ratio: bool = False

    def row(self) -> str:
        """One line of the table."""
        ratio = self.value / self.other if self.other else None
        judged = ratio if self.of_ratio and ratio is not None else self.value
        verdict = self.wanted.judged(judged) if self.wanted else ""
        other = "" if self.other is None else _measure(self.other, self.unit)
        return (
            f"| {self.what} | {self.database} | {self.items:,} | {_measure(self.value, self.unit)} "
            f"| {self.beside} | {other} | {'' if ratio is None else f'{ratio:.2f}'} | {verdict} |"
        )


Row = Result | Figure


def _measure(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 or unit == '' else 1}f}{' ' if unit and unit != '/s' else ''}{unit}"


def table(results: Sequence[Row]) -> str:
    """All results as a Markdown table."""
    return "\n".join((HEAD, *(result.row() for result in results)))


def percentile(values: Sequence[float], hundredth: int) -> float:
    """A percentile by linear interpolation between the values themselves; not a number where there are none."""
    if len(values) < 2:
        return values[0] if values else nan
    return quantiles(values, n=100, method="inclusive")[hundredth - 1]


def alternating(
    repeats: int, ours: Callable[[], float], bare: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Runs both by turns, so that a machine that drifts spoils both alike; items per second of each run."""
    pairs = [(ours(), bare()) for _ in progress(range(repeats), "run by run")]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def progress(steps: Sequence[Any], what: str) -> Iterator[Any]:
    """The steps one after the other, with a progress bar on standard error that is removed at the end."""
    with bar(what, len(steps)) as advance:
        for step in steps:
            yield step
            advance(1)


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; the block calls what it gets with each number of steps done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda number: shown.advance(task, number)
