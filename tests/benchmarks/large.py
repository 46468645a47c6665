"""A large book on PostgreSQL, whole or in partitions: what a row of a sweep costs, how reads answer, how it grows.

The book is a thousand real lives, copied by the server under other ids with honest chains: each payload names the
hash of the one before, each hash is that of its payload. One in ten is due to end; all have various people.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import httpx2
from sqlalchemy import Connection, Engine, text

from api.request.context import Context
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.migrate import migrate
from lifecycle.timers.sweep import sweep
from tests import postgres
from tests.api.desk import BEARER, TOKEN, InContext
from tests.api.inprocess import ADDRESS, InProcess
from tests.api.processes import UNBOUNDED, WITH_TOKEN
from tests.benchmarks.contracts import ARRIVED, PATTERNS, id_of
from tests.benchmarks.pages import sign_in
from tests.benchmarks.report import Figure, Options, Wanted, bar, percentile
from tests.benchmarks.searching import people_kinds, without_parts
from tests.benchmarks.service import PATIENCE, Api, process, until
from tests.benchmarks.sweeping import NOW
from tests.scheduler.books import DAY, Story, fill

FEW, PART, ENDING = 100_000, 20_000, 10  # one in so many ends
ASKED, WARM, FAST = 60, 3, Wanted("<", 100, " ms")
TODAY = datetime.fromisoformat("2026-01-20T09:00:00+09:00")
# New rows have no statistics yet: each is looked up by its key (LATERAL with OFFSET 0 keeps it so).
_BY_KEY = "SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; " \
    "SET LOCAL enable_mergejoin = off"  # fmt: skip
# as docs/operations.md advises
_LOGGED = """shared_buffers = 2GB
max_wal_size = 4GB
maintenance_work_mem = 512MB
autovacuum_naptime = 15s
"""
_READ = {
    "the first page": "/", "the list's page": "/contracts", "a contract's page": "/contracts/{id}",
    "the list": "/v1/contracts?limit=50", "the list by state": "/v1/contracts?state=cancel_notified&limit=50",
    "the list by end": "/v1/contracts?sort=effective_on&limit=50", "a contract": "/v1/contracts/{id}",
    "a history": "/v1/contracts/{id}/history", "search: a reference": "/v1/contracts?q=R-{half}",
    "search: a name": "/v1/contracts?q=株式会社サクラ放送{half}", "search: one sign": "/v1/contracts?q=桜",
    "search: nothing": "/v1/contracts?q=どこにもない名前",
    "due": "/v1/due?until=2026-02-28T00:00:00%2B09:00&limit=50",
    "worklist": "/v1/waiting",
}  # fmt: skip
_SOURCE = """
SELECT n, 'c_' || lpad(n::text, 26, '0') AS own, 'c_' || lpad((n % {patterns})::text, 26, '0') AS old,
       '"reference":"R-' || n || '"' AS its, '"reference":"R-' || n % {patterns} || '"' AS was
FROM generate_series({start}, {stop} - 1) AS n"""
_ROW = """
INSERT INTO history (subject_id, seq, contract_id, event, effective_at, recorded_at, actor, hash, payload)
SELECT own, seq, own, event, effective_at, recorded_at, actor,
       encode(sha256('\\x00'::bytea || convert_to(payload, 'UTF8')), 'hex'), payload
FROM (SELECT s.own, h.seq, h.event, h.effective_at, h.recorded_at, h.actor,
             replace(replace(replace(h.payload, old, own), was, its), coalesce(o.hash, ' '), coalesce(b.hash, ' '))
             AS payload
      FROM ({source}) AS s
      JOIN LATERAL (SELECT * FROM history WHERE subject_id = s.old AND contract_id = s.old AND seq = {seq}
                    OFFSET 0) AS h ON true
      LEFT JOIN LATERAL (SELECT hash FROM history WHERE subject_id = s.old AND contract_id = s.old
                         AND seq = {seq} - 1 OFFSET 0) AS o ON true
      LEFT JOIN LATERAL (SELECT hash FROM history WHERE subject_id = s.own AND contract_id = s.own
                         AND seq = {seq} - 1 OFFSET 0) AS b ON true) AS made"""
_CONTRACT = """
INSERT INTO contract ({names}) SELECT {values} FROM ({source}) AS s
JOIN LATERAL (SELECT * FROM contract WHERE id = s.old OFFSET 0) AS contract ON true
JOIN LATERAL (SELECT hash FROM history WHERE subject_id = s.own AND contract_id = s.own AND seq = contract.seq
              OFFSET 0) AS h ON true ORDER BY s.n"""
_OWN = {
    "id": "own", "reference": "'R-' || n", "reference_key": "'r-' || n", "head_hash": "h.hash",
    "notices": "replace(notices::text, old, own)::json", "billing_from": "replace(billing_from, old, own)",
}  # fmt: skip
_PEOPLE = """
INSERT INTO personal (contract_id, salt, data, search)
SELECT own, repeat('0', 64), replace(replace(data, '%n', n::text), '%p', lpad(n::text, 8, '0'))::json,
       replace(replace(search, '%n', n::text), '%p', lpad(n::text, 8, '0'))
FROM ({source}) AS s JOIN kind ON kind.number = n % (SELECT count(*) FROM kind)"""
_SIZE = """
SELECT coalesce(sum(pg_table_size(oid)), 0), coalesce(sum(pg_indexes_size(oid)), 0) FROM pg_class
WHERE relkind = 'r' AND relname ~ '^(contract|history)(_[0-9]+)?$'"""


def run(options: Options) -> Iterator[Figure]:
    """Fills, reads and sweeps; beside it sweeps a book of 100,000 made in the same way."""
    if "postgresql" not in options.kinds:
        return
    few = min(FEW, options.rows)
    with book(few, options.partitions, options.keep) as small:
        beside = _sweep(small, few)
    with book(options.rows, options.partitions, options.keep) as engine:
        named = f", {options.partitions} partitions" if options.partitions else ""
        figure = partial(Figure, database="postgresql", items=options.rows)
        wall, used = _start(engine)
        start = f"an API ready to answer{named}"
        yield figure(start, value=wall, unit="s", beside="its CPU time", other=used, wanted=Wanted("<", 3, " s"))
        for name, (took, used) in _reads(engine, options.rows).items():
            beside_it = f"its CPU time (p50 by the clock {percentile(took, 50):.1f} ms)"
            slow = percentile(took, 99)
            yield figure(f"{name}, p99{named}", value=slow, unit="ms", beside=beside_it, other=used, wanted=FAST)
        before, ahead = _sizes(engine), _written(engine)
        each = _sweep(engine, options.rows)
        ends = options.rows // ENDING
        for what, value, other in zip(("", ", its CPU time"), each, beside, strict=True):
            yield figure(
                f"a row of a sweep of one in {ENDING}{what}{named}", value=value, unit="µs", beside=f"of {few:,}",
                other=other, wanted=Wanted("≤", 1.2), of_ratio=True,
            )  # fmt: skip
        yield figure(f"an end in the write-ahead log{named}", value=(_written(engine) - ahead) / ends, unit="B")
        for what, was, now in zip(("tables", "indexes"), before, _sizes(engine), strict=True):
            yield figure(
                f"{what} after the sweep{named}", value=now / 2**20, unit="MiB", beside="before",
                other=was / 2**20, wanted=Wanted("≤", 1.5), of_ratio=True,
            )  # fmt: skip


@contextmanager
def book(number: int, partitions: int, keep: str = "") -> Iterator[Engine]:
    """A server with a book of so many contracts: a copy of the one that an earlier run has kept, if it has."""
    with ExitStack() as stack:
        if keep:
            home = Path(keep).resolve() / f"large-{number}-{partitions}"
            whole = home / "filled"
            if not whole.exists():
                rmtree(home, ignore_errors=True)
                home.mkdir(parents=True)
            server = stack.enter_context(postgres.kept(home, _LOGGED))
            if not whole.exists():
                _make(server.create("book"), number, partitions)
                whole.touch()
            url = stack.enter_context(server.database("book"))
        else:
            url = stack.enter_context(postgres.running(settings=_LOGGED)).create("book")
            _make(url, number, partitions)
        engine = open_engine(url)
        migrate(engine)  # one of an earlier version
        _execute_alone(engine, "CHECKPOINT")
        yield engine
        engine.dispose()


def _make(url: str, number: int, partitions: int) -> None:
    engine = open_engine(url)
    migrate(engine, partitions=partitions)
    with without_parts(engine):
        _fill(engine, number)
    _execute_alone(engine, "SET statement_timeout = 0", "VACUUM ANALYZE")
    engine.dispose()


def _execute_alone(engine: Engine, *statements: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)


def _fill(engine: Engine, number: int) -> None:
    stories = [_story(n) for n in range(PATTERNS)]
    fill(engine, stories)
    with writing(engine) as conn:
        conn.exec_driver_sql("CREATE TABLE kind (number int PRIMARY KEY, data text, search text)")
        kinds = [{"number": n, "data": data, "search": said} for n, (data, said) in enumerate(people_kinds())]
        conn.execute(text("INSERT INTO kind VALUES (:number, :data, :search)"), kinds)
        _people(conn, 0, PATTERNS)
        conn.exec_driver_sql("ANALYZE contract, history, personal, kind")
    most = max(len(story.entries) for story in stories)
    with bar(f"{number:,} contracts", number) as advance:
        for start in range(PATTERNS, number, PART):
            stop = min(start + PART, number)
            with writing(engine) as conn:
                conn.exec_driver_sql(_BY_KEY)
                copy_lives(conn, start, stop, most)
                _people(conn, start, stop)
            advance(stop - start)


def copy_lives(conn: Connection, start: int, stop: int, most: int) -> None:
    """Adds the contracts from a number up to another, after those of a thousand, with so many rows at most."""
    source = _SOURCE.format(patterns=PATTERNS, start=start, stop=stop)
    for seq in range(1, most + 1):
        conn.exec_driver_sql(_literal(_ROW.format(source=source, seq=seq)))
    names = [column.name for column in tables.contract.columns]
    values = ", ".join(_OWN.get(name, f"contract.{name}") for name in names)
    conn.exec_driver_sql(_literal(_CONTRACT.format(names=", ".join(names), values=values, source=source)))


def _story(number: int) -> Story:
    start = date(2023, 1, 1) + number * DAY
    made = Story(number).apply(start - 20 * DAY).accept(start - 10 * DAY, start).until(start)
    return made if number % ENDING else made.notify(ARRIVED)


def _people(conn: Connection, start: int, stop: int) -> None:
    source = _SOURCE.format(patterns=PATTERNS, start=start, stop=stop)
    conn.exec_driver_sql(_literal(_PEOPLE.format(source=source)))


def _literal(statement: str) -> str:
    return statement.replace("%", "%%")


def _start(engine: Engine) -> tuple[float, float]:
    """Seconds until an API process answers, and those of CPU that it used."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with TemporaryDirectory() as folder:
        api, begun = Api(url, Path(folder)), perf_counter()
        with process(*api.command, **UNBOUNDED, **WITH_TOKEN) as pid:
            until(api.ready, 10 * PATIENCE)
            took = perf_counter() - begun
            used = sum(map(int, Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]))
    return took, used / os.sysconf("SC_CLK_TCK")


def _reads(engine: Engine, number: int) -> dict[str, tuple[list[float], float]]:
    """Milliseconds of each answer by the clock, warm, and of CPU on average, the server's processes too."""
    found: dict[str, tuple[list[float], float]] = {}
    app = InContext(Context(engine, lambda: TODAY, TOKEN))
    with httpx2.Client(transport=InProcess(app), base_url=ADDRESS, follow_redirects=True) as client:
        sign_in(client)
        for name, path in _READ.items():
            asked = path.format(id=id_of(number // 2), half=number // 2)
            headers = BEARER if path.startswith("/v1") else {}
            took, used = list[float](), 0.0
            for turn in range(-WARM, ASKED):
                used = used if turn else _used(engine)
                begun = perf_counter()
                answer = client.get(asked, headers=headers)
                took.append(1000 * (perf_counter() - begun))
                assert answer.status_code == 200, answer.text[:300]
            found[name] = took[WARM:], 1000 * (_used(engine) - used) / ASKED
    return found


def _sweep(engine: Engine, number: int) -> tuple[float, float]:
    """Microseconds of each row, by the clock and of CPU, the server's processes too."""
    ends = number // ENDING
    with bar(f"sweep of {ends:,}", ends) as advance:
        begun, used = perf_counter(), _used(engine)
        fired = sweep(engine, NOW, on_batch=lambda _, fired: advance(fired)).fired
        took, used = perf_counter() - begun, _used(engine) - used
    assert fired == ends
    return 1e6 * took / fired, 1e6 * used / fired


def _used(engine: Engine) -> float:
    """Seconds of CPU so far, of this process and of those of the server that serve it."""
    with reading(engine) as conn:
        asked = (
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_type <> 'autovacuum worker'"
        )
        pids = list(conn.exec_driver_sql(asked).scalars())
    files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
    return process_time() + sum(int(one.read_text("ascii").split()[0]) for one in files if one.exists()) / 1e9


def _written(engine: Engine) -> int:
    with reading(engine) as conn:
        return int(conn.exec_driver_sql("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").scalar_one())


def _sizes(engine: Engine) -> tuple[int, int]:
    with reading(engine) as conn:
        table, index = conn.exec_driver_sql(_literal(_SIZE)).one()
        return int(table), int(index)
