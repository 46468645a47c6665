"""What `against` measures and an older commit has no benchmark for: run as a file, in the folder of either commit.

    python …/in_either.py WHAT DATABASE NUMBER

Prints a row whose fourth column is the figure, as the benchmarks do. What has moved since ec4be05 is imported by
both of its names.
"""

import importlib
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # the commit's own, not the folder of this file

from sqlalchemy import Engine, text

from lifecycle.records.engine import is_sqlite, reading, writing
from tests import scratch
from tests.benchmarks.contracts import fill
from tests.benchmarks.places import filled
from tests.benchmarks.sweeping import NOW

LIVES, SECONDS = 2000, (2.0, 8.0)
NUMBER = {"sqlite": "CAST(substr(id, 3) AS INT)", "postgresql": "substr(id, 3)::numeric::int"}
EARLIER = {"sqlite": "date({day}, '-' || ({number} / 1000) || ' days')", "postgresql": "{day} - {number} / 1000"}
SIZES = {
    "sqlite": "SELECT sum(b.pgsize) FROM dbstat b JOIN sqlite_schema s ON s.name = b.name "
    "WHERE s.tbl_name IN ('contract', 'history', 'log')",
    "postgresql": "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
    "WHERE relkind IN ('r', 'p') AND relname IN ('contract', 'history', 'log')",
}


def moved(*places: str) -> Any:
    """Return the object with the first of some names that exists, each as module and name."""
    for place in places:
        module, _, name = place.rpartition(".")
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(f"none of {places}")


SWEEP = moved("lifecycle.timers.sweep.sweep", "lifecycle.desk.sweep.sweep")


def days(kind: str, rows: int) -> float:
    """Ends a second of a book that varies all days of application and acceptance."""
    return _swept(kind, rows, vary)


def unlike(kind: str, rows: int) -> float:
    """Ends a second of a book in which no two are alike in what their end reads."""
    return _swept(kind, rows, part)


def vary(engine: Engine) -> None:
    """Moves the days of application and acceptance back, by another number for each thousand contracts."""
    kind = engine.dialect.name
    moves = [
        f"{day} = {EARLIER[kind].format(day=day, number=NUMBER[kind])}" for day in ("received_on", "accepted_on")
    ]
    _update(engine, ", ".join(moves))


def part(engine: Engine) -> None:
    """Gives each contract of a thousand's pattern another version and number of rows."""
    vary(engine)
    number = NUMBER[engine.dialect.name]
    _update(engine, f"version = version + {number} / 1000 * 7, seq = seq + {number} / 1000 * 3")


def bytes_of_a_life(kind: str, lives: int) -> float:
    """The bytes of the tables and indexes that hold a contract's life, sealed."""
    return _life(kind, lives)[0]


def wal_of_an_end(kind: str, lives: int) -> float:
    """The bytes that PostgreSQL writes ahead for an end."""
    return _life(kind, lives)[1]


def export(kind: str, rows: int) -> float:
    """Rows a second of an export of ends that are sealed."""
    seal = moved("lifecycle.audit.seal.seal")
    write = moved("lifecycle.audit.export_file.export_to_file", "lifecycle.audit.export_file.export")
    sealing = importlib.import_module("tests.benchmarks.sealing")
    with filled(kind, lambda engine: fill(engine, rows, notified=True)) as copies, copies() as engine:
        SWEEP(engine, NOW)
        seal(engine, NOW, sealing.Seals(sealing.KEY))
        with tempfile.TemporaryDirectory() as folder:
            begun = perf_counter()
            write(engine, Path(folder) / "export.jsonl")
            return rows / (perf_counter() - begun)


def application(kind: str, _: int) -> float:
    """Microseconds of CPU of the API process for an application over HTTP, its start apart."""
    applications = importlib.import_module("tests.benchmarks.applications")
    desk = importlib.import_module("tests.api.desk")
    found = []
    for seconds in SECONDS:  # each in a folder of its own: ec4be05 leaves a log beside its database
        with (
            filled(kind, applications._book) as copies, copies() as engine,
            tempfile.TemporaryDirectory() as folder,
        ):  # fmt: skip
            before = _children()
            with applications.apis(applications.url_of(engine), 1, Path(folder)) as (api,):
                phase = applications._phase(api, applications.CONTRACTS, desk.TOKEN, seconds)
            found.append((_children() - before - phase.driver, phase.answers))
    (short, few), (long, many) = found
    return 1e6 * (long - short) / (many - few)


MEASURES: dict[str, tuple[Callable[[str, int], float], str]] = {
    "days": (days, "/s"), "unlike": (unlike, "/s"), "export": (export, "/s"),
    "life": (bytes_of_a_life, " B"), "wal": (wal_of_an_end, " B"), "application": (application, " µs"),
}  # fmt: skip


def _swept(kind: str, rows: int, change: Callable[[Engine], None]) -> float:
    def book(engine: Engine) -> None:
        fill(engine, rows, notified=True)
        change(engine)

    with filled(kind, book) as copies, copies() as engine:
        if not is_sqlite(engine):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("VACUUM contract")
        begun = perf_counter()
        fired = SWEEP(engine, NOW).fired
        seconds = perf_counter() - begun
    assert fired == rows
    return rows / seconds


def _update(engine: Engine, sets: str) -> None:
    with writing(engine) as conn:
        conn.exec_driver_sql(f"UPDATE contract SET {sets}")


def _life(kind: str, lives: int) -> tuple[float, float]:
    books = importlib.import_module("tests.scheduler.books")
    contracts = importlib.import_module("tests.benchmarks.contracts")
    move_all_pending = moved("lifecycle.audit.log.move_all_pending", "lifecycle.audit.log.take_all")
    made = []
    for number in range(lives):
        start = contracts.date(2023, 1, 1) + number % 1000 * books.DAY
        story = (
            books.Story(number).apply(start - 20 * books.DAY).accept(start - 10 * books.DAY, start).until(start)
        )
        made.append(story.notify(contracts.OVER - 31 * books.DAY))
    settings = "full_page_writes = off"
    with filled(kind, lambda engine: books.fill(engine, made), settings) as copies, copies() as engine:
        written = _written(engine)
        assert SWEEP(engine, books.midnight(contracts.OVER)).fired == lives
        ahead = _written(engine) - written
        move_all_pending(engine)
        with reading(engine) as conn:
            size = int(conn.execute(text(SIZES[kind])).scalar_one())
    return size / lives, ahead / lives


def _written(engine: Engine) -> int:
    if is_sqlite(engine):
        return 0
    with reading(engine) as conn:
        return int(conn.execute(text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")).scalar_one())


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(what: str, kind: str, number: str) -> None:
    """Measures on a disk, as the benchmarks do."""
    scratch.MEMORY = Path(tempfile.gettempdir())
    measure, unit = MEASURES[what]
    print(f"| {what} | {kind} | {number} | {measure(kind, int(number)):.1f}{unit} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
