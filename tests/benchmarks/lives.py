"""The bytes of a contract's life: its rows, the tables with their indexes, and what an end writes ahead."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, Engine, func, select, text

from lifecycle.audit.log import move_all_pending
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading
from lifecycle.timers.sweep import sweep
from tests.benchmarks.contracts import OVER
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted
from tests.scheduler import books
from tests.scheduler.books import DAY, Story, midnight

LIVES = 2000
NO_IMAGES = "full_page_writes = off"  # how many images of pages there are depends on the checkpoints
BOUNDS = {"terminate": Wanted("≤", 800), "a life": Wanted("≤", 8192)}
_SIZES = {
    "sqlite": "SELECT sum(CASE WHEN s.type = 'table' THEN b.pgsize END), sum(CASE WHEN s.type = 'index' "
    "THEN b.pgsize END) FROM dbstat b JOIN sqlite_schema s ON s.name = b.name "
    "WHERE s.tbl_name IN ('contract', 'history', 'log')",
    "postgresql": "SELECT sum(pg_table_size(oid)), sum(pg_indexes_size(oid)) FROM pg_class "
    "WHERE relkind IN ('r', 'p') AND relname IN ('contract', 'history', 'log')",
}


def run(options: Options) -> Iterator[Figure]:
    """Fills each database with contracts that are due to end, and ends them."""
    made = list(lives(LIVES))
    for kind in options.kinds:
        with filled(kind, lambda engine: books.fill(engine, made), NO_IMAGES) as copies, copies() as engine:
            written = _written(engine)
            assert sweep(engine, midnight(OVER)).fired == LIVES
            ahead = _written(engine) - written
            move_all_pending(engine)
            with reading(engine) as conn:
                rows = _rows(conn)
                table, index = map(int, conn.execute(text(_SIZES[kind])).one())
            packed = _packed(engine, kind)
        for name, size in rows.items():
            yield Figure(f"row of {name}", kind, LIVES, size, "B", wanted=BOUNDS.get(name))
        yield Figure("the rows of a life", kind, LIVES, sum(rows.values()), "B")
        yield Figure("tables of a life", kind, LIVES, table / LIVES, "B")
        yield Figure("indexes of a life", kind, LIVES, index / LIVES, "B")
        yield Figure("a life", kind, LIVES, (table + index) / LIVES, "B", wanted=BOUNDS["a life"])
        yield Figure("a life, packed", kind, LIVES, packed / LIVES, "B", wanted=BOUNDS["a life"])
        if ahead:
            yield Figure("an end in the write-ahead log", kind, LIVES, ahead / LIVES, "B")


def lives(number: int) -> Iterator[Story]:
    """Contracts that all end with one day; their billing started on a thousand days."""
    for n in range(number):
        start = date(2023, 1, 1) + n % 1000 * DAY
        story = Story(n).apply(start - 20 * DAY).accept(start - 10 * DAY, start).until(start)
        yield story.notify(OVER - 31 * DAY)


def _packed(engine: Engine, kind: str) -> int:
    """The bytes without free space in pages and without dead rows, as in a restored backup."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for what in ("",) if is_sqlite(engine) else ("FULL contract", "FULL history"):
            conn.connection.cursor().execute(f"VACUUM {what}")
        return sum(map(int, conn.execute(text(_SIZES[kind])).one()))


def _rows(conn: Connection) -> dict[str, float]:
    h = tables.history.c
    asked = select(h.event, func.avg(func.length(h.payload))).group_by(h.event).order_by(func.min(h.seq))
    return {event: float(size) for event, size in conn.execute(asked)}


def _written(engine: Engine) -> int:
    """Bytes of PostgreSQL's write-ahead log so far, 0 on SQLite."""
    if is_sqlite(engine):
        return 0
    with reading(engine) as conn:
        return int(conn.execute(text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")).scalar_one())
