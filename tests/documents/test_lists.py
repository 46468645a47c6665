"""Lists as files: what the list shows, nothing that runs, and nobody's data to whom it is not shown."""

import asyncio

import pytest

from api.routes import files
from lifecycle.records.finding import ContractFilter
from lifecycle.sheets.reading import Sheet, read_sheet
from tests.api.desk import Desk
from tests.api.test_roles import bearer

HOSTILE = '=HYPERLINK("http://example.com","x")'


def sheet_of(desk: Desk, path: str, **query: str) -> Sheet:
    answer = desk.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return read_sheet(answer.content)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_holds_what_the_list_shows(desk: Desk, form: str) -> None:
    names = [HOSTILE, "＋81", "\t@x", "𠮟<b>"]
    for name in names:
        desk.accepted(customer={"name": name}, reference=f"-{name[:3].strip()}")
    desk.apply(item="basic")
    sheet = sheet_of(desk, f"/v1/contracts.{form}", state="accepted", q="-")
    rows = [dict(zip(sheet.headings.cells, row.cells, strict=True)) for row in sheet.rows]
    items = desk.get("/v1/contracts", state="accepted", q="-")["items"]
    assert [row["customer.name"] for row in rows] == names
    for row, item in zip(rows, items, strict=True):
        for name in ("reference", "id", "state", "item", "billing_starts_on"):
            assert row[name] == item[name]
    raw = desk.client.get(f"/v1/contracts.{form}").content
    assert form == "xlsx" or (raw.startswith(b"\xef\xbb\xbf") and b"\"'=HYPERLINK" in raw)


def test_a_long_list_comes_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART", 2)
    for _ in range(5):
        desk.apply()
    assert len(sheet_of(desk, "/v1/contracts.csv").rows) == 5


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_transaction_waits_for_who_takes_a_list(
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
    items = desk.get("/v1/due", until=until)["items"]
    assert [row.cells[:2] for row in sheet.rows] == [(item["due_at"], item["event"]) for item in items] != []
    desk.get(f"/v1/due.{form}", 422)
    desk.get("/v1/due.pdf", 422, until=until)


def test_customers_are_not_in_a_file_for_those_who_do_not_see_them(desk: Desk) -> None:
    contract = desk.apply()
    answer = desk.client.get("/v1/contracts.csv", headers=bearer(desk, "viewer"))
    assert contract["reference"] in answer.text and contract["customer"]["name"] not in answer.text
