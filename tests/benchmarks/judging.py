"""The judge of exports: rows a second of CPU, of lives in time and of lives of which a third is late."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, select

from lifecycle.audit.judge import Judge
from lifecycle.audit.log import move_all_pending
from lifecycle.commands.command import CommandContext
from lifecycle.commands.corrections import correct
from lifecycle.machines.dossier import Dossier
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading
from lifecycle.records.migrate import migrate
from lifecycle.timers.sweep import sweep
from tests.benchmarks.report import Figure, Options, Wanted
from tests.commands import acts
from tests.commands.diary import Diary, on, tokyo

MOST = 1_500  # rows of a book: it is written command by command, and judged as often as is asked
END = tokyo("2023-12-01 09:00")


def run(options: Options) -> Iterator[Figure]:
    """Judges the rows of both books again and again."""
    for name, fill in (("in time", _in_time), ("a third late", _late)):
        rows = _book(fill, min(options.rows, MOST))
        rates = [_rate(rows) for _ in range(options.repeats)]
        yield Figure(f"judged, {name}", "none", len(rows), median(rates), "/s", wanted=Wanted("≥", 10_000))


def _rate(rows: Sequence[dict[str, Any]]) -> float:
    judge, begun = Judge(), process_time()
    for number, row in enumerate(rows, 2):
        judge.add(row, number)
    judge.over()
    rate = len(rows) / (process_time() - begun)
    assert not judge.skipped and judge.judged == len(rows), judge.says()
    return rate


def _book(fill: Any, number: int) -> list[dict[str, Any]]:
    """The rows of a book as an export has them."""
    with tempfile.TemporaryDirectory() as name:
        engine = open_engine(f"sqlite:///{Path(name) / 'book.db'}")
        migrate(engine)
        fill(engine, number)
        move_all_pending(engine)
        log, h = tables.log.c, tables.history.c
        asked = select(h.payload).join(tables.log, (log.subject_id == h.subject_id) & (log.seq == h.seq))
        with reading(engine) as conn:
            found = [orjson.loads(payload) for payload in conn.execute(asked.order_by(log.idx)).scalars()]
        engine.dispose()
    return sorted(found, key=lambda row: datetime.fromisoformat(row["recorded_at"]))


def _in_time(engine: Engine, number: int) -> None:
    diary = Diary(engine)
    contracts = [diary.accepted(reference=f"K-{n}") for n in range(number // 5)]
    diary.today("2022-06-10")
    sweep(engine, diary.now)
    for contract in contracts:
        diary.do(acts.notify_cancellation, contract, on("2022-06-10"))
    sweep(engine, END)


def _dated(conn: Connection, contract: str, context: CommandContext, notice: str) -> Dossier:
    return correct(conn, contract, notice, {"arrived_on": "2022-05-23"}, context).dossier


def _late(engine: Engine, number: int) -> None:
    diary = Diary(engine)
    contracts = [diary.accepted(reference=f"L-{n}") for n in range(number // 8)]
    sweep(engine, tokyo("2022-05-20"))
    for contract in contracts:
        diary.today("2022-05-20")
        diary.do(acts.notify_cancellation, contract, on("2022-04-28"), reason="It lay about.")
        diary.today("2022-05-25")
        diary.do(acts.revoke_cancellation, contract, reason="as agreed")
        diary.today("2022-06-10")
        diary.do(acts.notify_cancellation, contract, on("2022-05-24"), reason="It lay about.")
        notice = diary.contract(contract).notices[-1].id
        diary.today("2022-06-12")
        diary.do(_dated, contract, notice, reason="The stamp says so.")
    sweep(engine, END)
