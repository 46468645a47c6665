"""This program beside an older commit of itself: each runs its own benchmarks, by turns."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import scratch
from tests.benchmarks.report import Options, Result, Wanted, alternating
from tests.docs.pages import ROOT

TIMES = {
    ("sweep", "sqlite"): 3.0, ("sweep", "postgresql"): 2.4,
    ("starts", "sqlite"): 2.0, ("starts", "postgresql"): 2.0,
    ("command", "sqlite"): 1.1, ("command", "postgresql"): 1.25,
}  # fmt: skip
PATIENCE_S = 1800


def run(options: Options) -> Iterator[Result]:
    """Sweeps of ends and billing starts, and single commands. Raises SystemExit where there is no such commit."""
    if not options.base:
        raise SystemExit("against needs --base COMMIT")
    with older(options.base) as tree:
        for (name, kind), times in TIMES.items():
            if kind in options.kinds:
                ours, theirs = alternating(
                    options.repeats,
                    lambda name=name, kind=kind: rate(ROOT, name, kind, options),  # type: ignore[misc]
                    lambda name=name, kind=kind: rate(tree, name, kind, options),  # type: ignore[misc]
                )
                beside = f"at {options.base}"
                yield Result(name, kind, items(name, options), ours, theirs, beside, Wanted("≥", times))


def items(name: str, options: Options) -> int:
    """How many a benchmark of one run does."""
    return options.commands if name == "command" else options.rows


@contextmanager
def older(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder that is gone afterwards."""
    made = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=False)
    if made.returncode:
        raise SystemExit(made.stderr.decode().strip())
    with scratch.folder("older") as folder:
        subprocess.run(["tar", "-x", "-C", str(folder)], input=made.stdout, check=True)
        yield folder


def rate(tree: Path, name: str, kind: str, options: Options) -> float:
    """Items per second that the program in a folder tells of itself in one run of a benchmark."""
    sizes = ["--rows", str(options.rows), "--commands", str(options.commands), "--repeats", "1"]
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", name, *sizes, "--database", kind],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    if told.returncode:
        raise SystemExit(f"{name} on {kind} failed in {tree}:\n{told.stderr[-2000:]}")
    return told_rate(told.stdout, kind)


def told_rate(said: str, kind: str) -> float:
    """The rate in the fourth column of the first row of a database. Raises ValueError where there is none."""
    for line in said.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 3 and cells[1] == kind:
            return float(cells[3].removesuffix("/s").replace(",", ""))
    raise ValueError(f"no row of {kind} was told")
