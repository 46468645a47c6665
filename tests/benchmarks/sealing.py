"""What the audit costs: sealing compared with its sweep, verifying compared with mere reading, as-of."""

import json
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from sqlalchemy import Engine

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.queries.as_of import as_of
from lifecycle.queries.views.contracts import contract_view
from lifecycle.records.engine import open_engine, reading
from lifecycle.records.mapping import load
from lifecycle.records.migrate import migrate
from lifecycle.timers.sweep import sweep
from tests.audit.tampering import Case, digest, line_of
from tests.audit.world import case_of
from tests.benchmarks.command import chained
from tests.benchmarks.contracts import fill
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Result, Wanted, alternating
from tests.benchmarks.sweeping import NOW
from tests.commands import acts as contract_events
from tests.commands import acts as contracts
from tests.commands.diary import NOW as ARRIVAL
from tests.commands.diary import Diary, day, tokyo

ARRIVAL_AT = tokyo("2022-04-20 09:00")
KEY = SigningKey("contracts.example.com", Random(1).randbytes(32))


def sealing(options: Options) -> Iterator[Result]:
    """A command with chain and pending row, and one without; the sealing of a sweep's rows, and the sweep."""
    yield from chained(options)
    for kind in options.kinds:
        with filled(kind, lambda engine: fill(engine, options.rows, notified=True)) as copies:
            ours, swept = [], []
            for _ in range(options.repeats):
                with copies() as engine:
                    begun = perf_counter()
                    fired = sweep(engine, NOW).fired
                    between = perf_counter()
                    sealed = seal(engine, NOW, Seals(KEY))
                    done = perf_counter()
                    assert fired == sealed.rows == options.rows
                    swept.append(fired / (between - begun))
                    ours.append(fired / (done - between))
            beside = "the sweep that wrote them"
            yield Result("sealing", kind, options.rows, ours, swept, beside=beside, wanted=Wanted("≥", 5))


def verifying(options: Options) -> Iterator[Result]:
    """An export of ten times the rows, verified; the bare minimum reads its lines and hashes each once."""
    number = 10 * options.rows
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "history.jsonl"
        rows = _many(_small(Path(name)), number, file)

        def ours() -> float:
            begun = perf_counter()
            assert verify(file, [], KEY.public, legal_steps()).code == GOOD
            return rows / (perf_counter() - begun)

        def bare() -> float:
            begun = perf_counter()
            with file.open("rb") as lines:
                for line in lines:
                    sha256(line).digest()
            return rows / (perf_counter() - begun)

        yield Result(
            "verifying an export", "none", rows, *alternating(options.repeats, ours, bare), wanted=Wanted("≥", 0.5)
        )


def looking_back(options: Options) -> Iterator[Figure]:
    """Contracts with fifty rows each as of a past moment, compared with reading the same contracts of today."""
    for kind in options.kinds:
        with filled(kind, None) as copies, copies() as engine:
            diary = Diary(engine)
            for what, act in LIVES.items():
                contract = diary.accepted(reference=what)
                for n in range(24):
                    act(diary, contract, n)
                looked, plain = _looks(diary, contract, options)
                yield Figure(f"as of a past moment, 50 rows: {what}", kind, options.commands, looked, "µs",
                             "a plain read", plain, Wanted("<", 3), of_ratio=True)  # fmt: skip


def _looks(diary: Diary, contract: str, options: Options) -> tuple[float, float]:
    """The medians of the microseconds of answers about the past and about the present, as requests give them."""

    def rate(plain: bool) -> float:
        begun = perf_counter()
        for _ in range(options.commands):
            with reading(diary.engine) as conn:
                found = load(conn, contract) if plain else as_of(conn, contract, diary.now, diary.now)
                assert found is not None
                contract_view(found, None, diary.now)
        return 1e6 * (perf_counter() - begun) / options.commands

    looked, plain = alternating(options.repeats, lambda: rate(False), lambda: rate(True))
    return median(looked), median(plain)


def _rescheduled(diary: Diary, contract: str, number: int) -> None:
    for day_ in (number % 28 + 1, number % 27 + 2):
        diary.do(contracts.reschedule_billing, contract, day(f"2022-05-{day_:02d}"), reason="as agreed")


def _noticed(diary: Diary, contract: str, number: int) -> None:
    diary.do(contracts.notify_cancellation, contract, ARRIVAL, reason="by post")
    diary.do(contracts.revoke_cancellation, contract, reason="by telephone")


def _noticed_by_name(diary: Diary, contract: str, number: int) -> None:
    noticed = diary.do(contracts.notify_cancellation, contract, ARRIVAL, reason="by post")
    notice = noticed.contract.notices[-1].id
    diary.do(contracts.revoke_cancellation, contract, reason="by telephone", notice=notice)


def _misused(diary: Diary, contract: str, number: int) -> None:
    reported = diary.do(contract_events.report_misuse, contract, ARRIVAL_AT, f"change key {number}")
    diary.do(contract_events.follow_up_misuse, contract, reported.contract.misuse[-1].id, "all were changed")


LIVES = {
    "moved again and again": _rescheduled, "24 notices, each taken back": _noticed,
    "24 notices, each taken back by name": _noticed_by_name, "24 reports of misuse": _misused,
}  # fmt: skip


def _engine(folder: Path) -> Engine:
    engine = open_engine(f"sqlite:///{folder / 'small.db'}")
    migrate(engine)
    return engine


def _small(folder: Path) -> Case:
    engine = _engine(folder)
    found = case_of(Diary(engine), KEY, folder)
    engine.dispose()
    return found


def _many(case: Case, number: int, file: Path) -> int:
    """Writes an export of so many rows or a few more: the small world again and again, under other ids."""
    rows = [case.row(n) for n in range(case.logged)]
    ids = sorted({row["subject"] for row in rows})
    states = [json.loads(line)["state"] for line in case.lines if line.startswith(b'{"state"')]
    written, tail = 0, []
    with file.open("wb") as out:
        out.write(case.lines[0])
        while written < number:
            own = {id_: f"{id_[:2]}{written:010d}{id_[12:]}" for id_ in ids}
            heads: dict[str, str] = {}
            for row in rows:
                caused = row["caused_by"] and row["caused_by"].replace(
                    row["caused_by"][:28], own[row["caused_by"][:28]]
                )
                mine = row | {"subject": own[row["subject"]], "caused_by": caused}
                mine["previous_hash"] = heads.get(mine["subject"])
                heads[mine["subject"]] = digest(mine)
                out.write(line_of(mine))
            written += len(rows)
            for state in states:
                tail.append(
                    {"state": state | {"subject": own[state["subject"]], "hash": heads[own[state["subject"]]]}}
                )
        out.write(b'{"log":%d}\n' % written)
        out.writelines(json.dumps(said, separators=(",", ":")).encode() + b"\n" for said in tail)
        out.write(b'{"end":{"rows":%d,"subjects":%d}}\n' % (written, len(tail)))
    return written
