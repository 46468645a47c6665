"""`make hostile`: on any input, no answer is 500 or above and none differs from the document.

python -m tests.hostile --seconds 60 --requests 2000         # on each database
python -m tests.hostile --examples 200 --requests 20000 --database sqlite --seed 7
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import postgres
from tests.api.desk import START, TOKEN, application, path_of
from tests.api.processes import CLEAN, WITH_TOKEN, Server, command
from tests.hostile import generated, raw
from tests.hostile.judged import Judge
from tests.hostile.places import Target, signed_in

DATABASES = ("sqlite", "postgresql")
SETTINGS = WITH_TOKEN | {"LIFECYCLE_REQUEST_SECONDS": "5"}
out = Console(width=120, markup=False, highlight=False)


@contextmanager
def server_on(database: str, folder: Path) -> Iterator[Server]:
    """A sandbox on a new database of that kind."""
    document = application(True).openapi()
    words = ("serve", "--sandbox", "--now", START)
    if database == "sqlite":
        url = f"sqlite:///{folder / 'hostile.db'}"
        with Server(folder / "server.log", document, url, *words, **SETTINGS) as server:
            yield server
        return
    with postgres.running() as cluster, cluster.database() as url:
        subprocess.run(command("migrate", "--database-url", url), env=CLEAN, check=True, capture_output=True)
        with Server(folder / "server.log", document, url, *words, **SETTINGS) as server:
            yield server


def subjects(server: Server) -> dict[str, list[str]]:
    """Return ids of subjects in several states, so that generated requests meet existing ones."""
    desk = server.desk()
    contracts = [desk.apply(), desk.accepted(), desk.accepted(), desk.accepted()]
    options = [desk.apply_for_option(contracts[1]), desk.apply_for_option(contracts[2])]
    desk.accept(options[1])
    desk.do(contracts[3], "notify_cancellation")
    change = desk.post(f"{path_of(contracts[2])}/item_changes", {"item": "basic", "reference": "C"}, 201)
    measure = desk.post(
        f"{path_of(contracts[1])}/measures",
        {"kind": "suspension", "ground": "Art. 10", "notified": True, "starts_at": START}, 201,
    )  # fmt: skip
    desk.move_to("2022-05-02")
    outage = desk.post(
        "/v1/outages", {"known_at": "2022-05-01T10:00:00+09:00", "source": "alert", "attributable": True,
                        "contracts": "all"}, 201,
    )  # fmt: skip
    made = {"contract_id": contracts, "option_id": options, "change_id": [change], "measure_id": [measure],
            "outage_id": [outage], "subject_id": contracts}  # fmt: skip
    return {name: [thing["id"] for thing in things] for name, things in made.items()}


def attack(database: str, given: argparse.Namespace) -> tuple[list[Any], list[str]]:
    """One database under fire: a row of figures, and what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with server_on(database, folder) as server:
            ids = subjects(server)
            cases, wrong = generated.fire(
                server.address, TOKEN, ids, folder, seconds=given.seconds, examples=given.examples, seed=given.seed
            )
            target = Target(server.port, TOKEN, signed_in(server.port), ids)
            sent, statuses, more = raw.fire(
                target, Judge(server.document), given.requests, random.Random(given.seed)
            )
            wrong += [] if statuses[200] and statuses[422] else [f"hardly anything got through: {statuses}"]
            alive = server.desk().client.get("/healthz").status_code == 200
        wrong += more if alive else [*more, "the server no longer answers"]
        wrong += [f"in the log: {secret}" for secret in (TOKEN, raw.CANARY) if secret in server.said]
        wrong += [line for line in server.said.splitlines() if '"level": "error"' in line][:20]
    answers = ", ".join(f"{status or 'none'}: {count:,}" for status, count in sorted(statuses.items()))
    return [database, f"{cases:,}", f"{sent:,}", answers, len(wrong)], wrong


def main() -> int:
    """Runs it and prints a table; 1 where anything was wrong."""
    ask = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    ask.add_argument("--database", choices=DATABASES, action="append")
    ask.add_argument("--seconds", type=int, default=60, help="for what is generated, per database")
    ask.add_argument(
        "--examples", type=int, default=None, help="instead of seconds: cases per operation and phase"
    )
    ask.add_argument("--requests", type=int, default=2000, help="raw requests per database")
    ask.add_argument("--seed", type=int, default=1)
    given = ask.parse_args()
    table = Table("database", "generated cases", "raw requests", "answers to these", "wrong")
    found: list[str] = []
    for database in given.database or DATABASES:
        row, wrong = attack(database, given)
        table.add_row(*map(str, row))
        found += wrong
    out.print(f"seed {given.seed}")
    out.print(table)
    for line in found:
        out.print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
