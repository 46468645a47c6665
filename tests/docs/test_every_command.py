"""Every complete `lifecycle …` command of a page is run, in order, against a database with the needed data.

The tests of a page run the blocks that the page marks, and the commands that run until they are stopped.
"""

import re
import shlex
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.history.operations_log import TRIP, Note, note
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, writing
from lifecycle.timers.parked import StepFault, park
from tests.api.desk import Invoke, Json, opened
from tests.commands.diary import tokyo
from tests.docs.pages import name, pages, text

GOES_ON = ("serve", "api", "scheduler --", "demo --keep")
# of PostgreSQL alone: tests/docs/database_roles.py, tests/records/test_partitions.py
ELSEWHERE = ("roles ", "partition ", "migrate --partitions")
KEY = SigningKey("contracts.example.com", Random(5).randbytes(32))
NEWER = SigningKey("contracts.example.com/2", Random(6).randbytes(32))
PAGES = [page for page in pages() if not name(page).startswith(("CHANGELOG", "docs/decisions/"))]


def commands_on(page: str) -> list[str]:
    """Return the complete commands of a page: lines of unmarked blocks, and those in prose."""
    found: list[str] = []
    fenced = marked = False
    before = ""
    for line in map(str.strip, page.splitlines()):
        if line.startswith("```"):
            fenced, marked = not fenced, before.startswith("<!--")
        elif fenced and not marked:
            found += re.findall(r"^(?:\.venv/bin/)?lifecycle (.+)$", line)
        elif not fenced:
            found += re.findall(r"(?<!`)`lifecycle ([^`]+ --[^`]+)`", line)
        before = line
    return [one for one in found if "…" not in one and not one.startswith((*GOES_ON, *ELSEWHERE))]


def test_commands_without_a_test_are_detected() -> None:
    said, block = (
        "`lifecycle due --until 2022-12-31`, `lifecycle erase`\n",
        "```bash\nlifecycle parked list\n```\n",
    )
    assert commands_on(said + block) == ["due --until 2022-12-31", "parked list"]
    assert commands_on(f"<!-- run:x -->\n{block}") == []
    assert sum(len(commands_on(text(page))) for page in PAGES) > 30


@pytest.fixture
def stand_ins(sqlite_url: str, document: Json, tmp_path: Path) -> dict[str, str]:
    """Data for the examples: a terminated contract, a parked timer, held ends, a failing receiver."""
    engine = open_engine(sqlite_url)
    with opened(engine, document) as desk:
        contract = desk.accepted(received_on="2022-04-20")["id"]
        desk.do(contract, "notify_cancellation")
        desk.move_to("2022-07-20")
        webhook = desk.post("/v1/webhooks", {"url": "https://elsewhere.example.com/hooks"}, 201)["id"]
    now = tokyo("2022-07-20 09:00")
    assert seal(engine, now, Seals(KEY, None)).refused is None
    failed = {"webhook_id": webhook, "idx": 1042, "contract_id": contract, "attempts": 10, "tried_at": now}
    with writing(engine) as conn:
        park(conn, [StepFault(contract, "terminate", now, 4, "no such state")], now)
        note(conn, Note(now, TRIP, "clock", "the clock was set"))
        conn.execute(insert(tables.undelivered), [failed])
    engine.dispose()
    (tmp_path / "audit.vkey").write_text(f"{KEY.public}\n")
    (tmp_path / "audit-2.vkey").write_text(f"{NEWER.public}\n")
    return {
        r"c_01g1793000mdgr1ppmy0ffgaq3|\bCONTRACT\b": contract,
        "w_01g1793000mdgr1ppmy0ffgaq9": webhook,
        r"/etc/lifecycle/audit(-2)?\.key": r"audit\1.key",
        r"contracts\.example\.com\+ba7816bf\+AZ\.\.\.": "audit.vkey",
    }


def test_every_command_that_a_page_gives_in_full_does_its_work(
    sqlite_url: str, stand_ins: dict[str, str], invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", sqlite_url)
    for page in PAGES:
        for command in dict.fromkeys(commands_on(text(page))):
            for shown, there in stand_ins.items():
                command = re.sub(shown, there, command)
            invoke(*shlex.split(command))
