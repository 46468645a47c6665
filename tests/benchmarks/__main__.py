"""Runs the benchmarks named, or all, and prints their results as Markdown tables.

--write puts each table into a page, between the marks of that benchmark.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from tests import scratch
from tests.benchmarks import (
    against,
    applications,
    bloat,
    clients,
    cliff,
    command,
    endurance,
    files,
    folding,
    intake,
    judging,
    large,
    lateness,
    lives,
    looking_up,
    memory,
    money,
    neighbours,
    pages,
    peers,
    rehearsing,
    scale,
    schedulers,
    sealing,
    searching,
    sweeping,
)
from tests.benchmarks.machine import machine
from tests.benchmarks.measured import ROOT, code_of, commit, older
from tests.benchmarks.report import Options, Result, Row, Wanted, table

BENCHES: dict[str, Callable[[Options], Iterable[Row]]] = {
    "command": command.run, "sweep": sweeping.run, "starts": sweeping.starts, "scale": scale.run,
    "peers": peers.run, "lateness": lateness.run, "memory": memory.run, "cliff": cliff.run, "clients": clients.run,
    "outage": money.outage, "statements": money.statements, "import": intake.intake, "files": files.run,
    "sealing": sealing.sealing, "verify": sealing.verifying, "judge": judging.run, "as_of": sealing.looking_back,
    "pages": pages.run, "fold": folding.folds, "plans": looking_up.run, "applications": applications.run,
    "against": against.run, "bytes": lives.run,
    "rehearse": rehearsing.rehearsing, "search": searching.run,
    "schedulers": schedulers.run, "endurance": endurance.run,
    "large": large.run, "bloat": bloat.run,
    "sockets": neighbours.sockets, "viewers": neighbours.viewers,
}  # fmt: skip
HALF = Wanted("≥", 0.5)  # of the bare minimum
FLOORED = ("command", "sweep", "starts")
HELP = {
    "rows": "due rows of a sweep", "commands": "desk commands of a run", "repeats": "runs of each; medians count",
    "due": "contracts that peers fire", "firings": "timers of the lateness", "table": "contracts in a large table",
    "clients": "desks at once", "seconds": "how long desks work in each phase",
    "base": "the commit that this one is set against",
    "partitions": "of contracts and history in the large book, 0 for none",
    "minutes": "how long endurance and bloat are looked at",
    "keep": "a folder that keeps the databases of search, large and bloat; the next run does not fill them",
}  # fmt: skip


def main(words: list[str] | None = None) -> int:
    """Measures on a disk, not in memory: durable commits are what is compared."""
    asked = parser().parse_args(words)
    if asked.older:
        found = older((ROOT / "docs" / "benchmarks.md").read_text("utf-8"))
        print("\n".join(found))
        return int(bool(found))
    options = options_of(asked)
    with patch.object(scratch, "MEMORY", Path(tempfile.gettempdir())):
        for name in asked_for(asked.names, asked.base):
            print(f"{name} …", file=sys.stderr, flush=True)
            said = section(name, (floored(name, row) for row in BENCHES[name](options)))
            print(f"## {name}\n\n{said}\n", flush=True)
            if asked.write is not None:
                asked.write.write_text(put(asked.write.read_text("utf-8"), name, said), "utf-8")
    return 0


def asked_for(names: list[str], base: str) -> list[str]:
    """The benchmarks to run: those named, else all; without a commit nothing is set against one."""
    return names or [name for name in BENCHES if base or name != "against"]


def parser() -> argparse.ArgumentParser:
    """What may be typed."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    made.add_argument(
        "names", nargs="*", metavar="name", type=_known, help=f"of {', '.join(BENCHES)}; default all"
    )
    for field in fields(Options):
        if field.name in HELP:
            kind = type(field.default)
            help_ = f"{HELP[field.name]} (default %(default)s)"
            made.add_argument(f"--{field.name}", type=kind, default=field.default, help=help_)
    made.add_argument("--database", choices=("sqlite", "postgresql"), help="one of the two only")
    made.add_argument(
        "--older", action="store_true", help="print which tables are older than the code they measure, and end"
    )
    made.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page too")
    return made


def options_of(asked: argparse.Namespace) -> Options:
    """The options that were typed."""
    kinds = (asked.database,) if asked.database else Options().kinds
    return Options(**{name: getattr(asked, name) for name in HELP}, kinds=kinds)


def floored(name: str, row: Row) -> Row:
    """A row with the floor of its benchmark where it bears none itself."""
    bare = name in FLOORED and isinstance(row, Result) and row.wanted is None
    return replace(row, wanted=HALF) if bare else row


def section(name: str, results: Iterable[Row]) -> str:
    """A table below the day, the code and the machine, which is asked for its load before it is measured on."""
    loaded, rows = machine(), list[Row]()
    for row in results:
        rows.append(row)
        print(table([row]).splitlines()[-1], file=sys.stderr, flush=True)  # kept if a later one fails
    shown = table(rows)
    return f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}, code {code_of(name)}, {loaded}\n\n{shown}"


def put(page: str, name: str, said: str) -> str:
    """The page with what was said between the marks of a benchmark. Raises ValueError where it has none."""
    marked = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench -->)", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"the page has no place for {name}")
    return marked.sub(lambda found: f"{found[1]}{said}\n{found[2]}", page)


def _known(name: str) -> str:
    if name not in BENCHES:
        raise argparse.ArgumentTypeError(f"no benchmark is named {name}")
    return name


if __name__ == "__main__":
    sys.exit(main())
