"""Bulk import by the same rules: every error at once, nothing imported twice, all or nothing on request."""

import io
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, func, select, text

from api.imports import templates
from api.imports.columns import KINDS, Headings, recognised, samples_in
from api.imports.import_file import ImportOptions, ImportResult, import_file
from api.imports.upload import read_upload
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.mapping import load
from lifecycle.sheets.reading import Sheet, SheetRow, read_sheet
from lifecycle.sheets.workbooks import xlsx_pieces
from lifecycle.sheets.writing import csv_pieces
from lifecycle.terms.calendar import TOKYO
from lifecycle.timers import clock
from tests.api.desk import Invoke
from tests.api.processes import Process
from tests.pages.browsing import Browser
from tests.sheets.books import all_read_here

NOW = datetime(2022, 6, 20, 9, tzinfo=TOKYO)
APPLICATION = {
    "reference": "A-1",
    "received_on": "R4.4.20",
    "customer.name": "株式会社サンプル配信",
    "administrator.name": "山田太郎",
    "item": "プレミアム",
    "requested_billing_start_on": "2022/5/1",
    "declarations.laws_accepted": "はい",
    "declarations.rights_cleared": "○",
    "options.0.reference": "A-1-D",
}


def file_of(*rows: dict[str, str]) -> bytes:
    """Return a CSV file whose headings are all columns of the rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return b"".join(csv_pieces([names, *([row.get(name, "") for name in names] for row in rows)]))


def take(engine: Engine, *rows: dict[str, str], **how: bool) -> ImportResult:
    """What becomes of rows."""
    with all_read_here():
        sheet = read_sheet(file_of(*rows))
    return import_file(engine, sheet, ImportOptions("sato", NOW, **how))


def applications(number: int, **changes: str) -> list[dict[str, str]]:
    """Applications that are right."""
    own = ({"reference": f"A-{n}", "options.0.reference": f"A-{n}-D"} for n in range(1, number + 1))
    return [APPLICATION | one | changes for one in own]


def said(outcome: ImportResult) -> list[tuple[int, str]]:
    """The errors in English, by row."""
    return [(taken.row.number, fault.said.en) for taken in outcome.wrong for fault in taken.faults]


def rows_in(engine: Engine, table: Any) -> int:
    with reading(engine) as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def contract(engine: Engine, reference: str = "A-1") -> Any:
    with reading(engine) as conn:
        found = select(tables.contract.c.id).where(tables.contract.c.reference == reference)
        return load(conn, conn.execute(found).scalar_one())


def test_imported_rows_become_contracts_like_other_applications(engine: Engine) -> None:
    done = take(engine, *applications(3))
    assert (done.new, done.there, done.wrong, done.stored) == (3, 0, [], True)
    found = contract(engine)
    assert str(found.contract.requested_billing_start_on) == "2022-05-01"
    assert (found.contract.item, found.contract.laws_accepted, len(found.options)) == ("premium", True, 1)
    with reading(engine) as conn:
        assert set(conn.execute(select(tables.history.c.actor)).scalars()) == {"sato"}


def test_a_second_import_of_a_file_finds_its_rows(engine: Engine) -> None:
    take(engine, *applications(2))
    assert rows_in(engine, tables.history) == 4
    done = take(engine, *applications(3), *applications(1))
    assert (done.new, done.there, done.wrong) == (1, 3, [])
    assert rows_in(engine, tables.history) == 6


def test_wrong_rows_are_reported_with_all_errors_and_the_others_are_imported(engine: Engine) -> None:
    wrong = {
        "reference": "", "received_on": "2022/2/30", "customer.name": "a\0b", "customer.email": "nobody",
        "item": "gold", "declarations.laws_accepted": "perhaps", "delivery.certificate_obtained": "はい",
    }  # fmt: skip
    late = {"reference": "A-9", "options.0.reference": "", "received_on": "2022/12/1"}
    with_nul = file_of(APPLICATION, APPLICATION | wrong | {"customer.name": " "}, APPLICATION | late)
    done = import_file(engine, read_sheet(with_nul), ImportOptions("sato", NOW))
    assert (done.new, done.there) == (1, 0)
    of_second = {(fault.place, fault.said.en) for fault in done.rows[1].faults}
    headings = [column.name if column else "" for column in done.columns]
    assert {(headings[place or 0], text) for place, text in of_second} == {
        ("reference", "is required"),
        ("received_on", "is not a day of the calendar"),
        ("customer.name", "is required"),
        ("customer.email", r"is not in the form ^[^@\s]+@[^@\s]+$"),
        ("item", "is none of the items: basic, premium"),
        ("declarations.laws_accepted", "is neither yes nor no"),
        ("delivery.certificate_obtained", "certificate_obtained goes with https: true only"),
    }
    assert [number for number, _ in said(done)][-1] == 4 and "1 December 2022" in said(done)[-1][1]


def test_all_or_nothing_stores_nothing_where_one_row_is_wrong(engine: Engine) -> None:
    done = take(engine, *applications(3), APPLICATION | {"reference": "A-7"}, whole=True)
    assert [number for number, _ in said(done)] == [5] and not done.stored  # the option's reference is taken
    assert rows_in(engine, tables.contract) == rows_in(engine, tables.history) == 0
    assert take(engine, *applications(3), whole=True).stored


def test_a_row_refused_half_way_leaves_nothing_behind(engine: Engine) -> None:
    done = take(engine, APPLICATION, APPLICATION | {"reference": "A-2"})
    assert said(done)[0][1].startswith("the reference is taken by another one: o_")
    assert rows_in(engine, tables.contract) == rows_in(engine, tables.personal) == 1


def test_a_dry_run_answers_the_same_and_stores_nothing(engine: Engine) -> None:
    rows = [*applications(2), APPLICATION | {"item": "basic"}]
    rehearsed, done = take(engine, *rows, dry_run=True), None
    assert rows_in(engine, tables.history) == rows_in(engine, tables.personal) == 0
    done = take(engine, *rows)
    assert (
        (rehearsed.new, rehearsed.there, len(rehearsed.wrong))
        == (done.new, done.there, len(done.wrong))
        == (2, 0, 1)
    )


def test_others_can_write_between_the_batches_of_a_rehearsal(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.imports.import_file.BATCH", 2)
    rows, others = [*applications(5), *applications(1), APPLICATION | {"reference": "A-4", "item": "basic"}], []

    def meanwhile(_: int) -> None:
        with writing(engine) as conn:
            others.append(conn.execute(text("UPDATE clock SET sweep_ms = 1")).rowcount)

    found = import_file(engine, read_sheet(file_of(*rows)), ImportOptions("sato", NOW, dry_run=True), meanwhile)
    assert (found.new, found.there, [number for number, _ in said(found)]) == (5, 1, [8])
    assert len(others) == 4 and rows_in(engine, tables.history) == 0


def accepted(engine: Engine, number: int = 2) -> None:
    """Contracts A-1 … in force since 1 May."""
    from lifecycle.commands.command import CommandContext
    from lifecycle.machines.facts import When
    from tests.commands import acts as contracts

    take(engine, *applications(number, **{"options.0.reference": ""}))
    with writing(engine) as conn:
        for found in conn.execute(select(tables.contract.c.id)).scalars().all():
            contracts.accept(conn, found, CommandContext("desk", NOW, "late"), When(NOW.date().replace(month=4)))


def test_a_revoked_notice_is_not_imported_again(engine: Engine) -> None:
    from lifecycle.commands.command import CommandContext
    from tests.commands import acts as contracts

    accepted(engine)
    ids = contract(engine, "A-2").contract.id
    rows = [
        {"contract": named, "arrived_on": "令和４年６月１０日", "reason": "by post"}
        for named in ("A-1", ids, "A-9")
    ]
    done = take(engine, *rows)
    assert (done.new, said(done)) == (2, [(4, "no contract has this reference or id")])
    assert str(contract(engine).contract.effective_on) == "2022-07-10"
    with writing(engine) as conn:
        contracts.revoke_cancellation(conn, ids, CommandContext("desk", NOW, "by consent"))
    again = take(engine, *rows)
    assert (again.new, again.there) == (0, 2)
    assert contract(engine, "A-2").contract.state == "billing"
    other = take(engine, {"contract": "A-1", "arrived_on": "6/10", "chosen_on": "2022/8/31"})
    assert other.new == 1


def test_the_limit_on_ends_per_hour_applies_to_imported_files(engine: Engine) -> None:
    accepted(engine, 4)
    rows = [{"contract": f"A-{n}", "arrived_on": "2022-06-10"} for n in (1, 2, 3, 4)]
    content = read_sheet(file_of(*rows))
    whole = import_file(engine, content, ImportOptions("sato", NOW, whole=True, ends_per_hour=3))
    assert (whole.stored, whole.too_many_in_hour) == (False, True)
    some = import_file(engine, content, ImportOptions("sato", NOW, ends_per_hour=3))
    assert (some.new, [number for number, _ in said(some)], some.too_many_in_hour) == (3, [5], True)
    rest = import_file(engine, content, ImportOptions("ito", NOW, ends_per_hour=3))
    assert (rest.new, rest.there, rest.wrong) == (1, 3, [])


def test_a_row_that_the_terms_refuse_is_reported_with_every_reason(engine: Engine) -> None:
    accepted(engine, 1)
    done = take(engine, {"contract": "A-1", "arrived_on": "2022-06-25"})
    assert "25 June 2022" in said(done)[0][1] and "(Art. " in said(done)[0][1]
    done = take(
        engine, {"contract": "A-1", "arrived_on": ""}, {"contract": "A-1", "arrived_on": "2022-04-20 9:00"}
    )
    assert said(done) == [(2, "is required"), (3, "takes a day without a time")]


def test_usage_is_recorded_corrected_or_there_already(engine: Engine) -> None:
    accepted(engine, 1)
    row = {"contract": "A-1", "month": "2022年5月", "storage_gb": "1,200.5"}
    for rows, new in (([row], 1), ([row], 0), ([row | {"live_hours": "3"}], 1)):
        assert take(engine, *rows).new == new
    (usage,) = contract(engine).usages
    assert (usage.storage_gb, usage.live_hours, usage.version) == ("1200.5", "3", 2)
    done = take(engine, row | {"month": "2022-13", "storage_gb": "-1"}, row | {"month": "2023-01"})
    assert [number for number, _ in said(done)] == [2, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_is_taken_as_it_is_handed_out(sqlite_url: str, kind: str, form: str) -> None:
    content = templates.make_template(*templates.template_kind(f"{kind}.{form}"))
    sheet = read_upload(content)
    found, columns = recognised(sheet.headings.cells)
    assert (found.name, len(sheet.rows), None in columns) == (kind, 1, False)
    assert samples_in(found, columns, sheet.rows[:1])
    for name in (f"{kind}.pdf", f"{kind}", f"../{kind}.csv"):
        with pytest.raises(KeyError):
            templates.template_kind(name)


def test_headings_are_known_by_either_language_and_others_are_named() -> None:
    kind, columns = recognised(
        ["契約（申込番号またはID）", "ARRIVED_ON ", "解約希望日 chosen_on", "エラー errors", ""]
    )
    assert kind.name == "notices" and [c.name if c else None for c in columns][2:] == ["chosen_on", None, None]
    with pytest.raises(Headings) as refused:
        recognised(["申込番号", "reference", "colour"])
    assert refused.value.wrong == {1: "twice", 2: "unknown"}
    assert [column.name for column in refused.value.missing] == ["customer.name", "item"]


def test_the_marked_copy_shows_each_error_at_its_cell_and_can_be_corrected(engine: Engine) -> None:
    headings = ["申込番号", "契約者名", "品目", "受付日"]
    rows = [["=1+1", "<script>", "gold", "R4.4.31"], ["B-2", "𠮟", "basic", "4/20"]]
    for write in (xlsx_pieces, csv_pieces):
        sheet = read_sheet(b"".join(write([headings, *rows])))
        copy = templates.marked(sheet, import_file(engine, sheet, ImportOptions("sato", NOW, dry_run=True)))
        again = read_sheet(copy)
        assert again.headings.cells == (*headings, "エラー errors")
        assert [row.cells[:4] for row in again.rows] == [tuple(row) for row in rows]
        assert "品目 item: basic" in again.rows[0].cells[4] and "暦にない日付です" in again.rows[0].cells[4]
        assert len(import_file(engine, again, ImportOptions("sato", NOW, dry_run=True)).wrong) == 1
        if write is xlsx_pieces:
            cells = load_workbook(io.BytesIO(copy)).active
            assert [cells[at].fill.fgColor.rgb for at in ("C2", "D2", "B2", "C3")] == [
                "FFFFC7CE", "FFFFC7CE", "00000000", "00000000",
            ]  # fmt: skip
            assert "none of the items" in cells["C2"].comment.text and cells["B2"].comment is None


def test_wrong_headings_are_marked_too() -> None:
    sheet = Sheet("csv", SheetRow(1, ("colour", "reference")), [SheetRow(2, ("red", "1"))])
    with pytest.raises(Headings) as refused:
        recognised(sheet.headings.cells)
    marked = read_sheet(templates.marked(sheet, refused.value))
    assert "見出しがありません：お客様名 customer.name" in marked.headings.cells[2]


def test_the_import_command_reports_errors_and_writes_a_marked_copy(
    invoke: Invoke,
    database_url: str,
    engine: Engine,
    tmp_path: Path,
) -> None:
    with writing(engine) as conn:
        clock.open_sandbox(conn, NOW)
    file = tmp_path / "四月.csv"
    file.write_bytes(file_of(*applications(2), APPLICATION | {"item": "gold"}).decode("utf-8-sig").encode("cp932"))
    at = ("--database-url", database_url)
    dry = invoke("import", str(file), "--by", "sato", "--dry-run", *at, status=1)
    assert "3 rows, 2 would be new, 0 there already, 1 wrong" in dry and rows_in(engine, tables.contract) == 0
    whole = invoke("import", str(file), "--all-or-nothing", *at, status=1)
    assert "0 new, since not all rows are right" in whole
    told = invoke("import", str(file), "--by", "sato", *at, status=1)
    assert "2 new, 0 there already, 1 wrong" in told and "4: 品目 item: basic" in told
    assert len(read_sheet((tmp_path / "四月.errors.csv").read_bytes()).rows) == 3
    file.write_bytes(b"a,b\n1,2\n")
    assert "見出しがひな形と合いません" in invoke("import", str(file), *at, status=1)
    file.write_bytes(b"\xd0\xcf\x11\xe0")
    assert ".xls" in invoke("import", str(file), *at, status=1)
    invoke("import", "--template", str(tmp_path / "usage.xlsx"))
    assert recognised(read_upload((tmp_path / "usage.xlsx").read_bytes()).headings.cells)[0].name == "usage"
    invoke("import", "--template", str(tmp_path / "colours.xlsx"), status=2)
    invoke("import", status=2)


def test_an_import_killed_half_way_is_resumed(sqlite_url: str, tmp_path: Path) -> None:
    file, rows = tmp_path / "many.csv", 2500
    file.write_bytes(file_of(*applications(rows, **{"options.0.reference": ""})))
    engine = open_engine(sqlite_url)
    words = ("import", str(file), "--by", "sato", "--database-url", sqlite_url)
    with Process(tmp_path / "log", *words) as process:
        while rows_in(engine, tables.contract) == 0:
            assert process.is_running
            time.sleep(0.01)
        process.end(signal.SIGKILL)
    kept = rows_in(engine, tables.contract)
    assert 0 < kept < rows
    done = import_file(engine, read_sheet(file.read_bytes()), ImportOptions("sato", NOW))
    assert (done.there, done.new, done.wrong) == (kept, rows - kept, [])
    assert rows_in(engine, tables.history) == rows
    engine.dispose()


def test_the_service_answers_during_a_long_import(browser: Browser) -> None:
    hostile = b"a,b\n" + b"\n" * 5_000_000
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(browser.desk.client.post, "/v1/imports", content=hostile)
        waited = []
        while not reading.done():
            begun = time.perf_counter()
            browser.desk.get("/v1/clock")
            waited.append(time.perf_counter() - begun)
            time.sleep(0.01)
    assert reading.result().status_code == 422
    assert len(waited) > 10 and sorted(waited)[len(waited) // 2] < 0.25
