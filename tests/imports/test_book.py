"""Existing contracts as a file: one row each, read, rehearsed, imported and found again (R41)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.imports.columns import KINDS, recognised
from api.imports.templates import make_template
from api.imports.upload import read_upload
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.timers.clock import read_clock
from tests.api.desk import Invoke
from tests.imports.test_import import contract, file_of, rows_in, said, take
from tests.pages.browsing import Browser
from tests.pages.test_imports import sent

ROW = {
    "reference": "B-1", "received_on": "R2.11.20", "accepted_on": "2020/12/4", "billing_starts_on": "2021/1/1",
    "billed_until": "2022-05", "customer.name": "株式会社サンプル配信", "administrator.name": "山田太郎",
    "item": "プレミアム",
}  # fmt: skip
OPTION = {
    "option.reference": "B-1-D", "option.accepted_on": "2021/3/1", "option.billing_starts_on": "2021/4/1",
    "option.initial_fee_yen": "30,000円", "option.monthly_fee_yen": "¥5,000",
}  # fmt: skip


def book(number: int, **changes: str) -> list[dict[str, str]]:
    """Rows of a book that are right."""
    return [ROW | {"reference": f"B-{n}"} | changes for n in range(1, number + 1)]


def test_the_kind_is_known_by_its_headings_in_either_language() -> None:
    columns = KINDS["book"].columns
    for headings in ([c.ja for c in columns], [c.name for c in columns], [c.heading for c in columns]):
        kind, places = recognised(headings)
        assert kind.name == "book" and list(places) == list(columns)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_is_recognised_by_its_required_columns(kind: str) -> None:
    least = [column for column in KINDS[kind].columns if column.needed]
    for headings in ([c.ja for c in least], [c.heading for c in least]):
        assert recognised(headings)[0].name == kind


def test_rows_become_running_contracts(engine: Engine) -> None:
    items = "ベーシック 2021/1/1；premium R3.3.1(月)"
    done = take(engine, ROW | OPTION | {"items": items, "notice.arrived_on": "2022/6/10"})
    assert (done.kind.name, done.new, said(done)) == ("book", 1, [])
    dossier = contract(engine, "B-1")
    found, (option,), (change,) = dossier.contract, dossier.options, dossier.item_changes
    assert (found.state, found.item, str(found.effective_on)) == ("cancel_notified", "premium", "2022-07-10")
    assert (found.taken_over, found.billed_until, str(found.received_on)) == (True, "2022-05", "2020-11-20")
    assert (option.initial_fee_yen, option.monthly_fee_yen, option.state) == (30_000, 5_000, "billing")
    assert (change.state, str(change.effective_on)) == ("effective", "2021-03-01")


def test_a_second_import_of_a_book_finds_its_rows(engine: Engine) -> None:
    rows = [*book(3), ROW | OPTION | {"reference": "B-9"}]
    assert take(engine, *rows).new == 4
    again = take(engine, *rows, *book(5)[3:])
    assert (again.new, again.there, said(again)) == (2, 4, [])
    assert rows_in(engine, tables.contract) == 6


def test_a_row_that_contradicts_the_record_is_an_error_and_changes_nothing(engine: Engine) -> None:
    take(engine, ROW)
    again = take(engine, ROW | {"billing_starts_on": "2021/2/1"})
    ((_, what),) = said(again)
    assert again.new == 0 and "what was recorded then differs" in what
    assert contract(engine, "B-1").contract.billing_starts_on == date(2021, 1, 1)


def test_every_error_of_every_row_is_reported_at_once(engine: Engine) -> None:
    wrong = [
        {"accepted_on": "2020/11/30"}, {"billed_until": "2022-13"}, {"items": "premium 4/1"},
        {"items": "premium 2021-01-01; basic 2021-05-01"},
        {"option.reference": "D", "option.monthly_fee_yen": "5.5"},
        {"billed_until": ""}, {"billed_until": "2023-01"}, {"accepted_on": "2021/2/1"}, {"administrator.name": ""},
        {"notice.chosen_on": "2022/8/31"}, {"laws_accepted": "いいえ"}, {"items": "premium 2021-02-01"},
    ]  # fmt: skip
    rows = [row | one for row, one in zip(book(len(wrong)), wrong, strict=True)]
    done = take(engine, *rows, ROW | {"reference": "RIGHT"})
    told: dict[int, list[str]] = {}
    for row, what in said(done):
        told.setdefault(row, []).append(what)
    expected = [
        "No version of the terms is in force on 30 November 2020", "is not a month",
        "is not items with their first days",
        "the last item is not the item in force", "is not a whole number of yen", "is required: billing began",
        "lies in the future", "Billing cannot start on 1 January 2021", "is required", "is required", "Art. 3(3)",
        "the first item begins neither",
    ]  # fmt: skip
    assert sorted(told) == [number + 2 for number in range(len(wrong))]
    for number, what in enumerate(expected):
        assert any(what in one for one in told[number + 2]), (what, told[number + 2])
    assert (done.new, rows_in(engine, tables.contract)) == (1, 1)


def test_an_option_needs_its_fees(engine: Engine) -> None:
    done = take(engine, ROW | {"option.reference": "B-1-D"})
    (wrong,) = done.wrong
    assert {fault.said.en for fault in wrong.faults} == {"is required"} and len(wrong.faults) == 2


def test_references_of_options_and_changes_are_taken_once(engine: Engine) -> None:
    done = take(engine, ROW | OPTION, ROW | OPTION | {"reference": "B-2"})
    ((row, what),) = said(done)
    assert done.new == 1 and row == 3 and "the reference is taken by another one" in what


def test_a_rehearsal_shows_days_and_results_and_stores_nothing(engine: Engine) -> None:
    done = take(engine, ROW | {"items": "premium 2021/1/1", "notice.arrived_on": "2022/5/1"}, dry_run=True)
    (row,) = done.rows
    assert row.effect and row.effect.state == "terminated" and row.effect.at_once
    assert [read.column.name for read in row.days].count("items") == 1
    assert rows_in(engine, tables.contract) == 0


def test_all_or_nothing_holds_for_a_book(engine: Engine) -> None:
    done = take(engine, *book(2), ROW | {"reference": "B-3", "item": "gold"}, whole=True)
    assert not done.stored and rows_in(engine, tables.contract) == 0


def test_the_page_imports_a_book_where_one_person_may_accept(browser: Browser) -> None:
    answer = sent(browser, file_of(*book(2)), do="rehearse")
    assert "新規2行" in answer.text and "課金中" in answer.text
    assert "新規2行" in sent(browser, file_of(*book(2)), do="take").text


def test_with_four_eyes_no_file_accepts_anything(browser: Browser) -> None:
    browser.desk.context.four_eyes = True
    answer = browser.desk.client.post("/v1/imports", content=file_of(*book(1))).json()
    assert (answer["kind"], answer["new"], answer["wrong"]) == ("book", 0, 1)
    assert "second person" in answer["errors"][0]["detail"]


def test_the_api_imports_a_book_and_its_dry_run_shows_the_result(browser: Browser) -> None:
    post: Any = browser.desk.client.post
    rehearsed = post("/v1/imports?dry_run=true", content=file_of(ROW | {"items": "premium 2021-01-01"})).json()
    (row,) = rehearsed["rehearsal"]
    assert (rehearsed["kind"], rehearsed["stored"], row["state"]) == ("book", False, "billing")
    assert {"column": "items", "on": "2021-01-01", "weekday": "Fri", "year_guessed": False} in row["days"]
    assert post("/v1/imports", content=file_of(ROW)).json()["new"] == 1


def test_the_command_imports_a_book_and_its_own_template(
    invoke: Invoke, sqlite_url: str, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "book.csv"
    file.write_bytes(file_of(*book(250)))
    at = ("--database-url", str(engine.url.render_as_string(hide_password=False)))
    assert "book: 250 rows, 250 new" in invoke("import", str(file), "--by", "sato", *at)
    assert "book: 250 rows, 0 new, 250 there already" in invoke("import", str(file), "--by", "sato", *at)
    sheet = read_upload(make_template(KINDS["book"], "xlsx"))
    assert recognised(sheet.headings.cells)[0].name == "book"


def test_a_row_with_an_end_waits_while_ends_are_held(engine: Engine) -> None:
    from lifecycle.history.operations_log import TRIP, Note, note
    from tests.imports.test_import import NOW

    with writing(engine) as conn:
        read_clock(conn)
        note(conn, Note(NOW, TRIP, "clock", "too many"))
    done = take(engine, ROW | {"notice.arrived_on": "2022/5/1"}, ROW | {"reference": "B-2"})
    assert done.new == 1 and [what for _, what in said(done)] == ["is held until a person has looked"]
