"""Realistic files: each kind in several formats, with the same result by page, command and API."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from api.imports.columns import KINDS
from api.imports.templates import make_template
from api.imports.upload import read_upload
from lifecycle.sheets.reading import Wanted
from tests.api.desk import Invoke, Json
from tests.lending import Lent
from tests.pages.browsing import Browser
from tests.pages.test_imports import sent
from tests.sheets.books import MAIN, SHEET, STYLES, by_openpyxl, by_xlsxwriter, changed, packed

pytestmark = pytest.mark.usefixtures("read_here")
NOTICE = ["契約（申込番号またはID）", "到達日", "解約希望日", "理由"]
USAGE = ["契約（申込番号またはID）", "対象月", "変換時間"]
APPLICATION = ["参照番号", "お客様名", "品目", "受付日"]
DAY = date(2022, 6, 10)


def csv(*rows: Sequence[str], encoding: str = "cp932", delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding)


def notice(*cells: Any, write: Callable[..., bytes] = by_openpyxl, **how: Any) -> bytes:
    return write(NOTICE, *([f"R-{n}", *row] for n, row in enumerate(cells, 1)), **how)


def formula(sheet: Any) -> None:
    sheet["C2"] = "=DATE(2022,9,30)"


def without_value(content: bytes) -> bytes:
    return changed(content, SHEET, lambda xml: re.sub(rb'<c r="C2".*?</c>', b'<c r="C2"><f>B2+9</f></c>', xml))


def merged(area: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.merge_cells(area)


def hidden(sheet: Any) -> None:
    sheet.auto_filter.ref = "A1:D4"
    sheet.row_dimensions[3].hidden = True


def numbers(shape: str) -> Callable[[Any], None]:
    def look(sheet: Any) -> None:
        sheet["B2"].number_format = shape

    return look


def two_sheets(first: str, states: tuple[str, str]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, state, contract in (("前月分", states[0], "R-1"), (first, states[1], "R-2")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        sheet.append(NOTICE)
        sheet.append([contract, DAY])
    book.active = 1
    book.save(file)
    return file.getvalue()


def strict(content: bytes) -> bytes:
    for part in (SHEET, "xl/workbook.xml", "xl/styles.xml"):
        content = changed(
            content, part, lambda xml: xml.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        )
    return content


def built_in(content: bytes, shape: int) -> bytes:
    """A workbook whose dates have a built-in format, by number and without text in the file."""
    return changed(content, STYLES, lambda xml: re.sub(rb'<xf numFmtId="164"', b'<xf numFmtId="%d"' % shape, xml))


def application(reference: Any = "A-1", name: str = "株式会社検査") -> list[Any]:
    return [reference, name, "basic", "2022/6/20"]


def escaped(end: bytes) -> bytes:
    name = "株式会社".encode()
    content = by_openpyxl(APPLICATION, application(name="株式会社検査"))
    return changed(content, SHEET, lambda xml: xml.replace(name, name + end))


NEW = "new"
# what it is: its shapes (made where they are asked for), and for all of them how many rows are new, or the
# sentence that refuses them
KINDS_OF_FILES: dict[str, tuple[Callable[[], list[bytes]], int | str]] = {
    "a hidden sheet is never read": (
        lambda: [two_sheets("今月分", ("hidden", "visible")), two_sheets("六月", ("veryHidden", "visible"))],
        1,
    ),
    "several sheets require a choice": (
        lambda: [two_sheets("今月分", ("visible", "visible"))],
        "シート名を指定してください",
    ),
    "merged cells have no single meaning": (
        lambda: [
            notice([DAY, date(2022, 9, 30)], [DAY], change=merged("C2:C3")),
            notice([DAY], [DAY], change=merged("B2:B3")),
            notice([DAY], [DAY], change=merged("A2:B2")),
        ],
        "結合されています",
    ),
    "a formula without a value is no blank": (
        lambda: [notice([DAY], change=formula), without_value(notice([DAY, 0]))],
        "数式の値がファイルに保存されていません",
    ),
    "an error of Excel is no blank": (
        lambda: [notice([DAY, "#REF!"]), notice([DAY, "#N/A"])],
        "Excel のエラー値です",
    ),
    "a plain number is no day": (
        lambda: [
            notice([6.10]),
            notice([44722]),
            notice([20220610], write=by_xlsxwriter),
            csv(NOTICE, ["R-1", "6.1", "", ""]),
        ],
        "のような日付で入力してください",
    ),
    "a plain number is no month": (
        lambda: [by_openpyxl(USAGE, ["R-1", 2022.10, 5]), csv(USAGE, ["R-1", "2022.1", "5"])],
        "のような月で入力してください",
    ),
    "a comma separates thousands only": (
        lambda: [
            csv(USAGE, ["R-1", "2022-06", number], delimiter=";") for number in ("110,5", "1,23", ",5", "1234,567")
        ],
        "カンマは",
    ),
    "thousands are read": (
        lambda: [
            csv(USAGE, ["R-1", "2022-06", n], delimiter=";") for n in ("1,234", "1,234.5", "12,345,678", "110.5")
        ],
        1,
    ),
    "a day and its weekday disagree": (
        lambda: [csv(NOTICE, ["R-1", day, "", ""]) for day in ("2022/6/10(木)", "R4.6.10（土）", "6/10(月曜日)")],
        "日付と曜日が一致しません",
    ),
    "a day and its weekday agree": (
        lambda: [
            csv(NOTICE, ["R-1", day, "", ""]) for day in ("2022/6/10(金)", "令和4年6月10日（金）", "6/10(金曜日)")
        ],
        1,
    ),
    "dates are read as they look in Japan": (
        lambda: [
            notice([DAY], change=numbers(shape))
            for shape in ('ge.m.d', '[$-411]ggge"年"m"月"d"日"', 'yyyy"年"m"月"d"日"', "m/d")
        ]
        + [notice([DAY], write=by_xlsxwriter), notice([DAY], write=by_xlsxwriter, date_1904=True)]
        + [built_in(notice([DAY]), shape) for shape in (27, 31, 36, 50, 55, 58)],
        1,
    ),
    "a month is read from a date": (
        lambda: [built_in(by_openpyxl(USAGE, ["R-1", date(2022, 6, 1), 5]), shape) for shape in (27, 55)],
        1,
    ),
    "an escaped line break in a name is a blank": (
        lambda: [escaped(end) for end in (b"_x000D_\n", b"_x000A_", b"_x000d__x000a_")],
        1,
    ),
    "two encodings fit": (
        lambda: [
            "reference,customer.name,item\r\nA-1,株式会社検査,basic\r\n".encode("euc_jp"),
            "reference,customer.name,item\r\nA-1,ﾃｽ,basic\r\n".encode("cp932"),
        ],
        "文字コードが一つに決まりません",
    ),
    "characters that cannot be typed": (
        lambda: [
            csv(APPLICATION, application(name="\ue000田商店")),
            csv(APPLICATION, application("A-1\u200b"), encoding="utf-8"),
            by_openpyxl(APPLICATION, application("A-\ufeff1")),
        ],
        "使えない文字が含まれています：U+",
    ),
    "titles, marks and old ends of file are passed over": (
        lambda: [
            csv(["申込一覧（2022年4月）", "", ""], ["", "", ""], APPLICATION, application()),
            csv([f"{APPLICATION[0]}※", "お客様名（必須）", "品目*", "受付日"], application()),
            b"sep=,\r\n" + csv(APPLICATION, application()),
            b"\xef\xbb\xbf" * 2 + csv(APPLICATION, application(), encoding="utf-8"),
            csv(APPLICATION, application()) + b"\x1a",
            strict(by_openpyxl(APPLICATION, application())),
            by_openpyxl([], APPLICATION, [], application()),
        ],
        1,
    ),
    "an unknown column requires a choice": (
        lambda: [
            csv([*APPLICATION, "担当営業"], [*application(), "佐藤"]),
            by_openpyxl([*NOTICE, "担当"], ["R-1", DAY]),
        ],
        "ひな形にない見出しです",
    ),
    "a mistyped heading is not passed over": (
        lambda: [
            csv([*NOTICE[:2], name, "理由"], ["R-1", "2022/6/10", "2022/9/30", ""])
            for name in ("解約希望目", "解約希望")
        ],
        "「お客様が指定した日 chosen_on」の誤りではありませんか",
    ),
    "a day or a rounded number is no reference": (
        lambda: [
            by_openpyxl(APPLICATION, application(reference))
            for reference in (date(2022, 12, 1), datetime(2022, 1, 1, 9), 1.2e19, 12.5)
        ]
        + [csv(APPLICATION, application(text)) for text in ("1.2E+19", "2022/12/1 00:00:00", "12月1日", "1-Dec")]
        + [csv([*APPLICATION, "他の参照番号"], [*application(), "PO-1;1.2E+19"])],
        "「文字列」にして入力し直してください",
    ),
    "other containers are named": (
        lambda: [
            packed({"april.csv": csv(APPLICATION, application())}),
            packed({"xl/workbook.bin": b""}),
            packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""}),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ],
        ".xlsx または CSV",
    ),
    "a sample is no application": (
        lambda: [make_template(kind, form) for kind in KINDS.values() for form in ("csv", "xlsx")],
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_a_realistic_file_gives_the_same_result_by_page_command_and_api(
    standing_browser: Browser, invoke: Invoke, tmp_path: Path, kind: str
) -> None:
    shapes, right = KINDS_OF_FILES[kind]
    browser, url = standing_browser, str(standing_browser.desk.engine.url)
    before = browser.desk.counts()
    for number, content in enumerate(shapes()):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(content)
        answer = browser.desk.client.post("/v1/imports?dry_run=true", content=content)
        page = sent(browser, content)
        command = ["import", str(file), "--dry-run", "--database-url", url]
        if isinstance(right, int):
            assert (answer.json()["new"], answer.json()["errors"]) == (right, []), answer.text
            assert f"新規{right}行、取込済み0行、誤り0行" in page.text
            assert f"{right} would be new" in invoke(*command)
        else:
            assert answer.status_code == 422 or answer.json()["errors"], answer.text
            assert right in page.text and right in invoke(*command, status=1), (kind, number)
    assert browser.desk.counts() == before


def posted(browser: Browser, content: bytes, **query: Any) -> Json:
    answer = browser.desk.client.post("/v1/imports", content=content, params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_hidden_rows_are_reported_and_taken_where_they_are_wanted(browser: Browser) -> None:
    content = notice([DAY], [DAY], [DAY], change=hidden)
    found = posted(browser, content, dry_run=True)
    assert (found["hidden_rows"], [row["row"] for row in found["rehearsal"]]) == ([3], [2, 4])
    assert "非表示のため取り込まない行：3" in sent(browser, content).text
    everything = posted(browser, content, dry_run=True, hidden_rows=True)
    assert (everything["hidden_rows"], everything["new"]) == ([], 3)
    assert "新規3行" in sent(browser, content, hidden_rows="yes").text


def test_a_rehearsal_shows_days_and_what_follows(
    browser: Browser, sqlite_lent: Lent, invoke: Invoke, tmp_path: Path
) -> None:
    content = csv(NOTICE, ["R-1", "6/10", "", ""], ["R-2", "2022/5/10", "", "書面"])
    rows = posted(browser, content, dry_run=True)["rehearsal"]
    assert rows[0] == {
        "row": 2, "days": [{"column": "arrived_on", "on": "2022-06-10", "weekday": "Fri", "year_guessed": True}],
        "state": "cancel_notified", "ends_on": "2022-07-10", "month": "2022-07",
        "month_total_yen": rows[0]["month_total_yen"], "ends_at_once": False,
    }  # fmt: skip
    assert rows[0]["month_total_yen"] > 0
    assert (rows[1]["ends_on"], rows[1]["ends_at_once"]) == ("2022-06-09", True)
    page = sent(browser, content).text
    assert "到達日 2022年6月10日（金）（年は推定）、お客様が指定した日 空欄" in page and "直ちに終了します" in page
    file = tmp_path / "notices.csv"
    file.write_bytes(content)
    said = invoke("import", str(file), "--dry-run", "--database-url", sqlite_lent.url)
    first, second = (line for line in said.splitlines() if "→" in line)
    assert first.startswith("3: 【直ちに終了】") and "2022年7月10日（日）に終了" in second
    usage = posted(browser, csv(USAGE, ["R-1", "2022-06", "110.5"]), dry_run=True)["rehearsal"][0]
    assert usage["month"] == "2022-06" and usage["month_total_yen"] > rows[0]["month_total_yen"]


def test_references_that_differ_by_blanks_are_one_by_every_way(
    browser: Browser, sqlite_lent: Lent, invoke: Invoke, tmp_path: Path
) -> None:
    assert posted(browser, by_openpyxl(APPLICATION, application("OD-1")))["new"] == 1
    for again in ("OD-1 ", "　ＯＤ－１", "od‐1"):
        content = by_openpyxl(APPLICATION, application(again, "株式会社別"))
        assert "番号は、別の" in posted(browser, content)["errors"][0]["detail_ja"]
        assert "誤り1行" in sent(browser, content).text
        file = tmp_path / "again.xlsx"
        file.write_bytes(content)
        assert "1 wrong" in invoke("import", str(file), "--database-url", sqlite_lent.url, status=1)
    assert len(browser.desk.get("/v1/contracts", reference="od-1")["items"]) == 1


def test_the_ways_to_read_a_file_may_be_given(
    browser: Browser, sqlite_lent: Lent, invoke: Invoke, tmp_path: Path
) -> None:
    sheets = two_sheets("今月分", ("visible", "visible"))
    euc = csv(["reference", "customer.name", "item"], ["A-1", "株式会社検査", "basic"], encoding="euc_jp")
    extra = csv([*APPLICATION, "担当営業"], [*application(), "佐藤"])
    for content, option, value in (
        (sheets, "sheet", "今月分"), (euc, "encoding", "euc-jp"), (extra, "ignore_columns", "担当営業"),
    ):  # fmt: skip
        file = tmp_path / "given.csv"
        file.write_bytes(content)
        assert posted(browser, content, dry_run=True, **{option: value})["new"] == 1
        name = "ignore" if option == "ignore_columns" else option
        assert "新規1行" in sent(browser, content, **{name: value}).text
        words = ("--dry-run", f"--{option.replace('_', '-')}", value, "--database-url", sqlite_lent.url)
        assert "1 would be new" in invoke("import", str(file), *words)
    assert 'name="ignore" value="担当営業" form="import"' in sent(browser, extra).text


def test_a_template_is_text_all_the_way_down_and_its_copy_keeps_the_rows(browser: Browser) -> None:
    from openpyxl import load_workbook

    content = make_template(KINDS["applications"], "xlsx")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    columns = sheet.column_dimensions["A"]
    assert (columns.number_format, columns.min, columns.max >= 16) == ("@", 1, True)
    book = by_openpyxl(["title"], [], APPLICATION, [], ["A-1", "x", "gold", "2022/6/1"], [], application("A-2"))
    copy = sent(browser, book, do="copy").content
    again = read_upload(copy)
    assert (again.headings.number, [row.number for row in again.rows]) == (3, [5, 7])
    text = csv(["title", "", ""], ["", "", ""], APPLICATION, ["", "", ""], ["A-1", "x", "gold", "2022/6/1"])
    again = read_upload(sent(browser, text, do="copy").content)
    assert (again.headings.number, [row.number for row in again.rows]) == (3, [5])


def test_the_api_imports_a_file_once_and_only_for_permitted_roles(browser: Browser) -> None:
    from tests.api.test_roles import bearer

    content = notice([DAY], [DAY])
    closed = browser.desk.client.post("/v1/imports", content=content, headers=bearer(browser.desk, "operator"))
    assert closed.status_code == 403 and "contracts-notify_cancellation" in closed.json()["detail"]
    assert posted(browser, content)["new"] == 2
    again = posted(browser, content)
    assert (again["new"], again["there"], again["stored"], again["kind"]) == (0, 2, False, "notices")
    assert read_upload(content) == read_upload(content) and Wanted() == Wanted()
    too_large = browser.desk.client.post("/v1/imports", content=bytes(11 * 1024 * 1024))
    assert too_large.status_code == 413
    nothing = browser.desk.client.post("/v1/imports", content=b"")
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (422, "/body")


def test_a_container_is_recognised_by_its_content_and_not_by_its_name(browser: Browser) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("april.csv", "a,b")
    assert "圧縮ファイル" in sent(browser, file.getvalue(), name="april.xlsx").text
    assert "新規1行" in sent(browser, by_openpyxl(APPLICATION, application()), name="april.xls").text
