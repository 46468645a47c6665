"""Runs the benchmarks named, or all, and prints their results as a Markdown table."""

import argparse
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from tests import scratch
from tests.benchmarks import command, money, sweeping
from tests.benchmarks.machine import machine
from tests.benchmarks.report import Options, table

BENCHES = {
    "command": command.run, "sweep": sweeping.run, "starts": sweeping.starts,
    "outage": money.outage, "statements": money.statements,
}  # fmt: skip


def main() -> int:
    """Measures on a disk, not in memory: durable commits are what is compared."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--rows", type=int, default=100_000, help="due rows of a sweep (default %(default)s)")
    parser.add_argument("--commands", type=int, default=1000, help="desk commands of a run (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; medians count (default %(default)s)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="one of the two only")
    asked = parser.parse_args()
    unknown = set(asked.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}")
    kinds = (asked.database,) if asked.database else ("sqlite", "postgresql")
    options = Options(asked.rows, asked.commands, asked.repeats, kinds)
    results = []
    with patch.object(scratch, "MEMORY", Path(tempfile.gettempdir())):
        for name in asked.names or BENCHES:
            results += BENCHES[name](options)
    print(machine(), table(results), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
