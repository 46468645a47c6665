"""Lists as files: the content of the list, no formula, and no personal data without the right to it."""

import asyncio
from io import BytesIO

import pytest
from openpyxl import load_workbook

from api.routes import files
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.sheets.reading import Sheet, read_sheet
from lifecycle.sheets.rows import CellKind
from tests.api.desk import Desk
from tests.api.test_roles import bearer

HOSTILE = '=HYPERLINK("http://example.com","x")'


def sheet_of(desk: Desk, path: str, **query: str) -> Sheet:
    answer = desk.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return read_sheet(answer.content)


def filled(desk: Desk) -> list[str]:
    """Contracts with names that would like to run; the names."""
    names = [HOSTILE, "＋81", "\t@x", "𠮟<b>"]
    for name in names:
        desk.accepted(customer={"name": name}, reference=f"-{name[:3].strip()}")
    desk.apply(item="basic")
    return names


def test_csv_holds_what_the_list_shows_under_the_names_of_the_interface(desk: Desk) -> None:
    names = filled(desk)
    sheet = sheet_of(desk, "/v1/contracts.csv", state="accepted", q="-")
    rows = [dict(zip(sheet.headings.cells, row.cells, strict=True)) for row in sheet.rows]
    items = desk.get("/v1/contracts", state="accepted", q="-")["items"]
    assert [row["customer.name"] for row in rows] == names
    for row, item in zip(rows, items, strict=True):
        for name in ("reference", "id", "state", "item", "billing_starts_on"):
            assert row[name] == item[name]
    raw = desk.client.get("/v1/contracts.csv").content
    assert raw.startswith(b"\xef\xbb\xbf") and b"\"'=HYPERLINK" in raw


@pytest.mark.parametrize(
    ("lang", "state", "item", "first"),
    [("ja", "状態", "品目", ("承諾済み", "プレミアム")), ("en", "State", "Item", ("Accepted", "Premium"))],
)
def test_an_xlsx_list_has_translated_words_and_real_dates(
    desk: Desk, lang: str, state: str, item: str, first: tuple[str, str]
) -> None:
    names = filled(desk)
    path = "/v1/contracts.xlsx"
    sheet = sheet_of(desk, path, state="accepted", q="-", lang=lang)
    rows = [dict(zip(sheet.headings.cells, row.cells, strict=True)) for row in sheet.rows]
    name, starts = {"ja": ("お客様名", "課金開始日"), "en": ("Customer", "Billing starts on")}[lang]
    assert [row[name] for row in rows] == names
    assert (rows[0][state], rows[0][item]) == first
    assert sheet.rows[0].kind(sheet.headings.cells.index(starts)) is CellKind.DAY
    assert rows[0][starts] == "2022-05-01"
    book = load_workbook(BytesIO(desk.client.get(path, params={"lang": lang}).content))
    page = book.active
    assert page is not None and page.freeze_panes == "B2" and page.auto_filter.ref == "A1:R6"


def test_a_long_list_is_complete(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART", 2)
    for _ in range(5):
        desk.apply()
    assert len(sheet_of(desk, "/v1/contracts.csv").rows) == 5


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_transaction_waits_for_the_reader_of_a_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, form: files.FileFormat
) -> None:
    monkeypatch.setattr(files, "SENT", 100)
    desk.apply()
    rows = files.contract_rows(ContractFilter())
    taken = files.sheet("contracts", form, rows, desk.context).body_iterator  # type: ignore[attr-defined]

    async def take() -> bytes:
        first = await anext(taken)
        assert desk.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        return bytes(first + b"".join([piece async for piece in taken]))

    assert len(read_sheet(asyncio.run(take())).rows) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_coming_days_as_a_file(desk: Desk, form: str) -> None:
    desk.accepted()
    until = "2022-06-01T00:00:00+09:00"
    sheet = sheet_of(desk, f"/v1/due.{form}", until=until)
    (item,) = desk.get("/v1/due", until=until)["items"]
    said = dict(zip(sheet.headings.cells, sheet.rows[0].cells, strict=True))
    if form == "csv":
        assert (said["due_at"], said["event"], said["kind"]) == (item["due_at"], "start_billing", "contract")
    else:
        assert (said["期限"], said["処理"], said["対象"]) == ("2022-05-01", "課金開始", "契約")
        assert said["条項"] == "第7条、別紙1" and "課金開始日" in said["理由"]
        assert said["お客様名"] == "株式会社サンプル配信"
    desk.get(f"/v1/due.{form}", 422)
    desk.get("/v1/due.pdf", 422, until=until)


def test_customers_are_not_in_a_file_for_those_who_do_not_see_them(desk: Desk) -> None:
    contract = desk.apply()
    answer = desk.client.get("/v1/contracts.csv", headers=bearer(desk, "viewer"))
    assert contract["reference"] in answer.text and contract["customer"]["name"] not in answer.text


def test_statements_for_people_name_the_party_of_the_months_last_day(desk: Desk) -> None:
    applied = desk.apply(received_on="2022-03-01", requested_billing_start_on="2022-03-15", item="basic")
    contract = desk.accept(applied, accepted_on="2022-03-01", reason="entered late")
    former = contract["customer"]["name"]
    desk.do(contract, "succeed", on="2022-04-20", ground="inheritance", customer={"name": "山田 一子"})
    for month, name in (("2022-03", former), ("2022-04", "山田 一子")):
        sheet = sheet_of(desk, f"/v1/statements/{month}", format="xlsx")
        (row,) = [dict(zip(sheet.headings.cells, one.cells, strict=True)) for one in sheet.rows]
        assert (row["参照番号"], row["お客様名"], row["契約番号"]) == (contract["reference"], name, contract["id"])
    assert "customer.name" not in sheet_of(desk, "/v1/statements/2022-04", format="csv").headings.cells
    answer = desk.client.get("/v1/statements/2022-04", params={"format": "xlsx"}, headers=bearer(desk, "viewer"))
    assert "お客様名" not in read_sheet(answer.content).headings.cells
