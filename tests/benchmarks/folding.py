"""A command that folds a life again, for a fact that comes late, beside the same command for one in time.

Each is a durable transaction on a contract of its own; lives of 13 and of 50 entries by people, of several kinds.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter

from sqlalchemy import Engine, select

from lifecycle.commands.command import CommandContext
from lifecycle.machines.facts import When
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import DAY
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, alternating
from tests.commands import acts
from tests.commands.diary import Diary, tokyo

SHARE = 20  # of as many commands one contract is made: each has a life of its own
LIVES = {13: Wanted("≤", 2), 50: Wanted("≤", 4)}
BEGUN = tokyo("2022-06-01")
LATE = timedelta(days=5)


def folds(options: Options) -> Iterator[Figure]:
    """Measures on each database, the lives one after the other."""
    number = max(options.commands // SHARE, 2)
    for kind in options.kinds:
        for entries, wanted in LIVES.items():
            with filled(kind, partial(_lives, entries=entries, number=number)) as copies:

                def rate(late: timedelta) -> float:
                    with copies() as engine:
                        return number / _reported(engine, late)

                ours, other = alternating(options.repeats, lambda: rate(LATE), lambda: rate(timedelta()))
                yield Figure(
                    f"a late fact in a life of {entries} entries", kind, number, _us(ours), "µs", "one in time",
                    _us(other), wanted, of_ratio=True,
                )  # fmt: skip


def _us(rates: Sequence[float]) -> float:
    return median(1e6 / rate for rate in rates)


def _lives(engine: Engine, entries: int, number: int) -> None:
    """Contracts with so many entries each: notices taken back, and misuse reported, one a day."""
    diary = Diary(engine)
    for n in range(number):
        contract = diary.accepted(reference=f"F-{n}")
        diary.now = BEGUN
        for entry in range(2, entries):
            diary.now += DAY
            match entry % 3:
                case 2:
                    diary.do(acts.notify_cancellation, contract, When())
                case 0:
                    diary.do(acts.revoke_cancellation, contract, reason="by telephone")
                case _:
                    diary.do(acts.report_misuse, contract, diary.now, "change the key")


def _reported(engine: Engine, late: timedelta) -> float:
    """Reports misuse found so long before the newest entry, once for each contract; the seconds it takes."""
    contract = tables.contract.c
    with reading(engine) as conn:
        ids = list(conn.execute(select(contract.id)).scalars())
        newest = conn.execute(select(contract.line_at).limit(1)).scalar_one()
    now = newest + DAY
    order = CommandContext("desk", now, "found in the post room")
    begun = perf_counter()
    for id_ in ids:
        with writing(engine) as conn:
            acts.report_misuse(conn, id_, order, newest - late if late else now, "change the key")
    return perf_counter() - begun
