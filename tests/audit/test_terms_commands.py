"""`lifecycle terms rehearse` and `resettle` on the command line."""

import json
from datetime import date
from pathlib import Path

import pytest

from lifecycle.audit.checks.check import Checker
from lifecycle.records.engine import writing
from lifecycle.timers.clock import move_sandbox, open_sandbox
from tests.api.desk import Invoke
from tests.audit.late_terms import correct_notice, notified, under_wrong_terms
from tests.commands.diary import Diary, tokyo
from tests.terms.worlds import TEXTS


@pytest.fixture
def book(diary: Diary) -> Diary:
    """A sandbox, so that commands know the day."""
    with writing(diary.engine) as conn:
        open_sandbox(conn, tokyo("2022-04-01"))
    return under_wrong_terms(diary)


def at_day(diary: Diary, on: str) -> None:
    with writing(diary.engine) as conn:
        move_sandbox(conn, tokyo(on))


def dearer(folder: Path) -> str:
    """A file: the newest terms with a dearer premium from 1 September 2022."""
    text = TEXTS["2022-05-01.toml"].replace("in_force_from = 2022-05-01", "in_force_from = 2022-09-01")
    file = folder / "2022-09-01.toml"
    file.write_text(text.replace("monthly_fee_yen = 200_000", "monthly_fee_yen = 210_000"), "utf-8")
    return str(file)


def test_the_rehearse_command_prints_totals_and_every_difference(
    book: Diary, database_url: str, invoke: Invoke, tmp_path: Path
) -> None:
    contract = book.accepted(reference="OD-1")
    words = ("terms", "rehearse", dearer(tmp_path), "--until", "2022-10-31", "--database-url", database_url)
    *lines, last = invoke(*words, "--format", "jsonl").splitlines()
    totals = json.loads(last)["totals"]
    assert (totals["contracts"], totals["worse"], totals["yen_more"]) == (1, 1, 20_000)
    (told,) = map(json.loads, lines)
    assert (told["contract_id"], told["yen"], told["effect"]) == (contract, 20_000, "worse")
    rows = invoke(*words, "--format", "csv").splitlines()
    assert "contract_id,reference,subject_id,field,then,otherwise,effect" in rows
    assert f"{contract},OD-1,{contract},charges/monthly_base_fee,1200000,1220000,worse" in rows
    assert "20,000" in invoke(*words)


def test_rehearse_refuses_what_is_no_file_of_terms(database_url: str, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("in_force_from = 2022-09-01", "utf-8")
    said = invoke("terms", "rehearse", str(tmp_path / "bad.toml"), "--database-url", database_url, status=1)
    assert "items: Field required" in said


def test_resettle_shows_first_and_then_does_it(book: Diary, database_url: str, invoke: Invoke) -> None:
    contract = notified(book)
    correct_notice(book)
    at_day(book, "2022-07-21")
    words = ("terms", "resettle", "--reason", "60 days were wrong", "--by", "sato", "--database-url", database_url)
    before = book.everything()
    said = invoke(*words, "--dry-run")
    assert "2022-08-09" in said and "2022-07-10" in said and "1 of 1 contracts would change" in said
    assert book.everything() == before
    told = [json.loads(line) for line in invoke(*words, "--format", "jsonl").splitlines()]
    assert told[0]["contract_id"] == contract and told[0]["applied"]
    assert told[1] == {"totals": {"examined": 1, "changed": 1, "waiting": 0}}
    assert book.contract(contract).terminated_on == date(2022, 7, 10)
    assert "0 of 1 contracts changed" in invoke(*words)


def test_an_announcement_is_recorded_and_listed(book: Diary, database_url: str, invoke: Invoke) -> None:
    at_day(book, "2022-05-10")
    words = ("terms", "announce", "2022-05-01", "--how", "website", "--reason", "not in the file")
    url = ("--database-url", database_url)
    assert "announced on 2022-04-01" in invoke(*words, "--on", "2022-04-01", *url)
    assert "2022-04-01" in invoke("terms", "editions", *url)
    assert "announced_on lies in the future" in invoke(*words, "--on", "2022-05-11", *url, status=1)
    assert "2022-05-02" in invoke(
        "terms", "announce", "2022-05-02", *words[3:], "--on", "2022-04-01", *url, status=1
    )
    assert [finding for part in Checker(book.engine).parts() for finding in part.findings] == []
    invoke(*words, "--on", "2022-05-02", *url)
    assert "2022-05-02 (late" in invoke("terms", "editions", *url)
