"""This program compared with an older commit, by turns: what should have become better, and whether it has."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests import scratch
from tests.benchmarks.report import Figure, Options, Result, Row, Wanted, alternating
from tests.docs.pages import ROOT

PATIENCE_S = 1800
IN_EITHER = ROOT / "tests" / "benchmarks" / "in_either.py"
LIVES = 2000
_NUMBER = re.compile(r"[0-9][0-9,.]*")


class Target(NamedTuple):
    """What is compared. bounds: by database. row: how the row of the benchmark begins.

    apart: measured by in_either.py, for the older commit lacks the benchmark. unit: of what is the better the less
    there is of it; rates have none.
    """

    what: str
    name: str
    bounds: Mapping[str, float]
    row: str = ""
    apart: bool = False
    unit: str = ""


BOTH = ("sqlite", "postgresql")
TARGETS = (
    Target("ends, a thousand shapes", "sweep", {"sqlite": 3.0, "postgresql": 2.4}),
    Target("ends, all days of application varied", "days", {"sqlite": 3.0, "postgresql": 2.4}, apart=True),
    Target("ends, no two alike", "unlike", dict.fromkeys(BOTH, 0.97), apart=True),
    Target("billing starts", "starts", dict.fromkeys(BOTH, 2.0)),
    Target("bytes of a life", "life", dict.fromkeys(BOTH, 0.5), apart=True, unit="B"),
    Target("an end in the write-ahead log", "wal", {"postgresql": 0.5}, apart=True, unit="B"),
    Target("verifying an export", "verify", {"none": 1.5}),
    Target("writing an export", "export", dict.fromkeys(BOTH, 1.5), apart=True),
    Target("sealing", "sealing", dict.fromkeys(BOTH, 1.5), row="sealing"),
    Target("a single command", "command", {"sqlite": 1.1, "postgresql": 1.25}),
    Target("CPU of an application", "application", dict.fromkeys(BOTH, 0.75), apart=True, unit="µs"),
    Target("as of a past moment", "as_of", dict.fromkeys(BOTH, 1.0), unit="µs"),
)


def run(options: Options) -> Iterator[Row]:
    """All that is to be better than in an older commit. Raises SystemExit where there is no such commit."""
    if not options.base:
        raise SystemExit("against needs --base COMMIT")
    with older(options.base) as tree:
        for target in TARGETS:
            for kind in target.bounds:
                if kind in (*options.kinds, "none"):
                    yield compared(target, kind, tree, options)
    for kind in options.kinds:
        said = own(ROOT, "sweep", kind, options)
        ours, bare = told(said, kind), told(said, kind, cell=5)
        yield Result("ends beside set-based SQL", kind, options.rows, [ours], [bare], wanted=Wanted("≥", 1.0))
        p99 = told(own(ROOT, "applications", kind, options), kind, "p99")
        yield Figure("p99 of applications", kind, options.rows, p99, "ms", wanted=Wanted("≤", 25, " ms"))


def compared(target: Target, kind: str, tree: Path, options: Options) -> Row:
    """One target on one database."""
    ours, theirs = alternating(
        options.repeats, lambda: figure(ROOT, target, kind, options), lambda: figure(tree, target, kind, options)
    )
    number, beside, bound = items(target, options), f"at {options.base}", target.bounds[kind]
    if not target.unit:
        return Result(target.what, kind, number, ours, theirs, beside, Wanted("≥", bound))
    values = median(ours), target.unit, beside, median(theirs)
    return Figure(target.what, kind, number, *values, Wanted("≤", bound), of_ratio=True)


def items(target: Target, options: Options) -> int:
    """How many a run does."""
    if target.name in ("life", "wal"):
        return min(LIVES, options.rows)
    if target.name == "verify":
        return 10 * options.rows  # on fewer its processes take longer to start than to verify
    return options.commands if target.name in ("command", "as_of") else options.rows


@contextmanager
def older(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder that is deleted afterwards."""
    made = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=False)
    if made.returncode:
        raise SystemExit(made.stderr.decode().strip())
    with scratch.folder("older") as folder:
        subprocess.run(["tar", "-x", "-C", str(folder)], input=made.stdout, check=True)
        yield folder


def figure(tree: Path, target: Target, kind: str, options: Options) -> float:
    """The figure of one run of the program in a folder."""
    if target.apart:
        words = [str(IN_EITHER), target.name, kind, str(items(target, options))]
        return told(_run(tree, words), kind)
    return told(own(tree, target.name, kind, options), kind, target.row)


def own(tree: Path, name: str, kind: str, options: Options) -> str:
    """What one of its own benchmarks prints."""
    sizes = ["--rows", str(options.rows), "--commands", str(options.commands), "--repeats", "1"]
    database = [] if kind == "none" else ["--database", kind]
    return _run(tree, ["-m", "tests.benchmarks", name, *sizes, *database])


def _run(tree: Path, words: list[str]) -> str:
    told = subprocess.run(
        [sys.executable, *words], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True,
        text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    if told.returncode:
        raise SystemExit(f"{' '.join(words)} failed in {tree}:\n{told.stderr[-2000:]}")
    return told.stdout


def told(said: str, kind: str, row: str = "", cell: int = 3) -> float:
    """A number of the first row of a database that begins so. Raises ValueError where there is none."""
    for line in said.splitlines():
        cells = [one.strip() for one in line.strip("|").split("|")]
        asked = len(cells) > cell and cells[1] == kind and cells[0].startswith(row)
        if asked and (found := _NUMBER.search(cells[cell])) is not None:
            return float(found[0].replace(",", ""))
    raise ValueError(f"no row of {kind} was told")
