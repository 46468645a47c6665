"""Query plans with many contracts; `make bench ARGS="plans"` checks them with a million."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, event

from lifecycle.history.rows import history_of
from lifecycle.queries.forecast import forecast
from lifecycle.queries.queue import waiting_page
from lifecycle.queries.waiting import waiting_items
from lifecycle.queries.waiting_kinds import Asked
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.records.finding import contract_ids, find
from lifecycle.records.listing import Order, assignees, numbers_by_item, page_of
from lifecycle.records.mapping import load
from lifecycle.timers import fuse, parked
from lifecycle.timers.claims import claim_due
from lifecycle.timers.clock import oldest_due
from lifecycle.timers.due import FIRST, DueGroup, next_due_at, next_instant, prepare_batch
from tests.postgres import owning

LARGE = ("contract", "history", "drm_option", "personal")
AT = datetime(2026, 1, 5, 15, tzinfo=UTC)
ONE = f"c_{5:026d}"
THIS_MONTH = ContractFilter(ends_from=date(2026, 1, 1), ends_to=date(2026, 1, 31))
PLACE = urlsafe_b64encode(orjson.dumps(["2026-01-05", ONE])).decode()
_PAD = {"sqlite": "printf('%026d', i)", "postgresql": "lpad(i::text, 26, '0')"}
_DAY = {
    "sqlite": "strftime('%Y-%m-%d 15:00:00.000000', '2026-01-01', '+' || (i % 1000) || ' days')",
    "postgresql": "timestamptz '2026-01-01 15:00:00+00' + (i % 1000) * interval '1 day'",
}
# Of a hundred contracts ninety are billed, eight end on some day, one starts on some day, one is applied for.
_CONTRACTS = """
INSERT INTO contract (id, reference, reference_key, state, received_on, billing_started, notices, due_event,
    due_at, version, seq, item, laws_accepted, rights_cleared, administrator_named, billing_held, holds)
SELECT 'c_' || {pad}, 'R-' || i, 'r-' || i,
    CASE WHEN i % 100 < 90 THEN 'billing' WHEN i % 100 < 98 THEN 'cancel_notified'
         WHEN i % 100 < 99 THEN 'accepted' ELSE 'applied' END,
    '2025-01-01', {true}, '[]',
    CASE WHEN i % 100 < 90 THEN NULL WHEN i % 100 < 98 THEN 'terminate' WHEN i % 100 < 99 THEN 'start_billing' END,
    CASE WHEN i % 100 BETWEEN 90 AND 98 THEN {day} END,
    3, 3, 'basic', {true}, {true}, {true}, {false}, 0 FROM numbers"""
_PEOPLE = """
INSERT INTO personal (contract_id, salt, data, search)
SELECT 'c_' || {pad}, '', '{{}}', 'さくら' || i || '株式会社' FROM numbers"""
_OPTIONS = """
INSERT INTO drm_option (id, contract_id, reference, state, received_on, billing_started, notices, due_event,
    due_at, version, seq, kind, minimum_term_cut_days)
SELECT 'o_' || {pad}, 'c_' || {pad}, 'D-' || i, CASE WHEN i % 100 < 99 THEN 'billing' ELSE 'applied' END,
    '2025-01-01', {true}, '[]', CASE WHEN i % 100 BETWEEN 90 AND 97 THEN 'terminate' END,
    CASE WHEN i % 100 BETWEEN 90 AND 97 THEN {day} END, 3, 3, 'drm', 0 FROM numbers WHERE i % 3 = 0"""
_HISTORY = """
INSERT INTO history (subject_id, seq, contract_id, event, effective_at, recorded_at, actor, hash, payload)
SELECT 'c_' || {pad}, 3, 'c_' || {pad}, 'start_billing', {day}, {day}, 'clock', '', '{{}}' FROM numbers"""
_NUMBERS = "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows}) "


def fill(engine: Engine, rows: int) -> None:
    """Makes so many contracts, a third with an option, with statistics about them."""
    kind = engine.dialect.name
    words = {"pad": _PAD[kind], "day": _DAY[kind], "true": "true", "false": "false"}
    with writing(engine) as conn:
        for statement in (_CONTRACTS, _PEOPLE, _OPTIONS, _HISTORY):
            made = _NUMBERS.format(rows=rows) + statement.format(**words)
            conn.exec_driver_sql(made if kind == "sqlite" else made.replace("%", "%%"))
    with (
        owning(engine) as owner,  # statistics are the owner's to make
        owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
    ):
        conn.exec_driver_sql("ANALYZE")


# What is asked, each a function of a connection.
ENDS, OPTIONS = DueGroup(AT, "contract", ("terminate",)), DueGroup(AT, "option", ("reject", "terminate"))
QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "the next instant": lambda conn: next_instant(conn, AT, FIRST, AT),
    "the next after now": lambda conn: next_due_at(conn, AT),
    "a batch of ends": lambda conn: (prepare_batch(conn), claim_due(conn, ENDS, AT, "", None, 1000)),
    "a batch of options": lambda conn: (
        prepare_batch(conn), claim_due(conn, OPTIONS, AT, "", None, 1000)
    ),
    "the oldest due": oldest_due,
    "the list": lambda conn: contract_ids(conn, ContractFilter(), 101),
    "the next page": lambda conn: contract_ids(conn, ContractFilter(after=ONE), 101),
    "the list by state": lambda conn: contract_ids(conn, ContractFilter(state="accepted"), 101),
    "the list of ends": lambda conn: contract_ids(
        conn, ContractFilter(due_before=AT, state="cancel_notified"), 101
    ),
    "the ends of a month": lambda conn: page_of(conn, THIS_MONTH, Order("effective_on"), 51),
    "the next of them": lambda conn: page_of(conn, THIS_MONTH, Order("effective_on"), 51, after=PLACE),
    "all by their end": lambda conn: page_of(conn, ContractFilter(), Order("effective_on"), 51),
    "all by their start, the last first": lambda conn: page_of(
        conn, ContractFilter(), Order("billing_starts_on", descending=True), 51
    ),
    "all by their reference": lambda conn: page_of(conn, ContractFilter(), Order("reference_key"), 51),
    "how many end in a month": lambda conn: numbers_by_item(conn, THIS_MONTH),
    "who looks after contracts": assignees,
    "the list of another service": lambda conn: contract_ids(conn, ContractFilter(service="another"), 101),
    "the newest of an item": lambda conn: find(conn, ContractFilter(item="premium"), 51),
    "a reference": lambda conn: find(conn, ContractFilter(text="R-77"), 9),
    "whoever bears a reference": lambda conn: contract_ids(conn, ContractFilter(reference="R-77"), 101),
    "the newest that bears a reference": lambda conn: find(
        conn, ContractFilter(reference="R-77", state="billing"), 9
    ),
    "a customer": lambda conn: find(conn, ContractFilter(text="ｻｸﾗ77"), 9),
    "an end of a number": lambda conn: find(conn, ContractFilter(text="77777"), 9),
    "two Latin letters": lambda conn: find(conn, ContractFilter(text="zq"), 9),
    "a Latin letter": lambda conn: find(conn, ContractFilter(text="R"), 9),
    "two signs of a name": lambda conn: find(conn, ContractFilter(text="佐藤"), 9),
    "one sign of a name, by state": lambda conn: find(
        conn, ContractFilter(text="藤", state="accepted"), 9
    ),
    "a text, by the order of id": lambda conn: contract_ids(
        conn, ContractFilter(text="77", after=ONE), 101
    ),
    "the worklist": lambda conn: waiting_page(conn, Asked(), [], 51, 0),
    "how much waits": lambda conn: waiting_page(conn, Asked(), [], 1, 0),
    "what waits for one person": lambda conn: waiting_page(conn, Asked(assigned_to="a"), [], 51, 0),
    "a contract": lambda conn: load(conn, ONE),
    "a history": lambda conn: history_of(conn, ONE, 0, 101),
    "the coming day": lambda conn: list(islice(forecast(conn, AT - timedelta(days=9), AT - timedelta(days=9)), 1)),
    "what waits": lambda conn: waiting_items(conn, Asked(), 101, ""),
    "what is parked": lambda conn: parked.parked_timers(conn, 101),
    "the fuse's count": lambda conn: (prepare_batch(conn), fuse._due(conn, AT, 1000)),
    "the fuse's forecast": lambda conn: fuse._forecast_events(conn, AT - timedelta(days=60), fuse.DEFAULT),
    "the last thing recorded": fuse._mark,
}  # fmt: skip


def read_whole(engine: Engine, ask: Callable[[Connection], Any]) -> list[str]:
    """The large tables that the database would read from end to end to answer a question, with the statement."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and not many:
            asked.append((statement, parameters))

    with undone(engine) as conn:
        event.listen(engine, "before_cursor_execute", note)
        ask(conn)
        event.remove(engine, "before_cursor_execute", note)
        return [f"{table}: {said}" for said, given in asked for table in _whole(conn, said, given)]


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    with engine.connect() as conn:
        transaction = conn.begin()
        yield conn
        transaction.rollback()


def _whole(conn: Connection, statement: str, parameters: Any) -> list[str]:
    if is_sqlite(conn):
        plan = "\n".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
        names = re.findall(r"^SCAN (\w+)(?! USING)$", plan, re.MULTILINE)
        return [table for table in LARGE if table in names]
    found = conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    plans = orjson.loads(found) if isinstance(found, str) else found
    return [node["Relation Name"] for node in _nodes(plans[0]["Plan"])
            if node["Node Type"].endswith("Seq Scan") and node["Relation Name"] in LARGE]  # fmt: skip


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)
