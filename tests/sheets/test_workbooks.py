"""Workbooks from offices: visible values are read; hidden or uncomputed ones are not guessed."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from lifecycle.sheets.reading import UnreadableFile, Wanted, read_sheet
from lifecycle.sheets.rows import EXCEL_ERROR, NO_VALUE, CellKind, marker
from tests.sheets.books import MAIN, SHEET, by_openpyxl, by_xlsxwriter, changed, read_here, sheet_of

KNOWN = frozenset(("契約", "到達日", "解約希望日"))
HEADINGS = ["契約", "到達日", "解約希望日"]
BOTH: list[Callable[..., bytes]] = [by_openpyxl, by_xlsxwriter]
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def cells(content: bytes, wanted: Wanted | None = None) -> list[tuple[str, ...]]:
    return [row.cells for row in read_here(content, wanted).rows]


def book(**sheets: str) -> bytes:
    """A workbook of two sheets and more: by name, its state; each holds its name below the headings."""
    from io import BytesIO

    from openpyxl import Workbook

    made, file = Workbook(), BytesIO()
    made.remove(made.active)
    for name, state in sheets.items():
        sheet = made.create_sheet(name)
        sheet.sheet_state = state.split()[0]
        if "empty" not in state:
            sheet.append(HEADINGS if "notes" not in state else ["note", "by"])
            sheet.append([name, "2022-06-10"])
    made.active = len(sheets) - 1
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("sheets", "wanted", "answer"),
    [
        ({"May": "hidden", "June": "visible"}, None, "June"),
        ({"May": "veryHidden", "June": "visible"}, None, "June"),
        ({"notes": "visible notes", "June": "visible"}, None, "June"),
        ({"June": "visible", "blank": "visible empty"}, None, "June"),
        ({"May": "visible", "June": "visible"}, "May", "May"),
        ({"May": "visible", "June": "visible"}, None, "which_sheet: May、June"),
        ({"one": "visible notes", "two": "visible notes"}, None, "which_sheet: one、two"),
        ({"May": "hidden", "June": "visible"}, "May", "sheet_unknown: June"),
        ({"May": "visible", "June": "visible"}, "July", "sheet_unknown: May、June"),
    ],
)
def test_the_visible_sheet_is_read_and_of_several_the_one_that_fits_or_is_named(
    sheets: dict[str, str], wanted: str | None, answer: str
) -> None:
    content, known = book(**sheets), Wanted(KNOWN, sheet=wanted)
    if answer in sheets:
        found = read_sheet(content, known)
        assert (found.name, found.rows[0].cells[0]) == (answer, answer)
        return
    with pytest.raises(UnreadableFile) as refused:
        read_sheet(content, known)
    assert str(refused.value) == answer


def test_a_workbook_with_hidden_sheets_alone_is_refused() -> None:
    hidden = changed(by_openpyxl(["a"]), "xl/workbook.xml", lambda xml: xml.replace(b'"visible"', b'"hidden"'))
    with pytest.raises(UnreadableFile, match="no_sheet"):
        read_sheet(hidden)


def _filtered(sheet: Any) -> None:
    sheet.auto_filter.ref = "A1:B4"
    sheet.row_dimensions[3].hidden = True


def _folded(sheet: Any) -> None:
    sheet.row_dimensions.group(3, 3, hidden=True)


@pytest.mark.parametrize("hide", [_filtered, _folded])
def test_a_hidden_row_is_passed_over_and_named_unless_it_is_wanted(hide: Callable[[Any], None]) -> None:
    content = by_openpyxl(["a", "b"], ["1", "x"], ["2", "y"], ["3", "z"], change=hide)
    found = read_sheet(content)
    assert ([row.number for row in found.rows], found.hidden) == ([2, 4], [3])
    everything = read_sheet(content, Wanted(hidden_rows=True))
    assert ([row.number for row in everything.rows], everything.hidden) == ([2, 3, 4], [])


def test_a_row_without_height_is_hidden() -> None:
    rows = '<row><c><v>1</v></c></row><row ht="0"><c><v>2</v></c></row><row ht="9"><c><v>3</v></c></row>'
    assert read_here(sheet_of(f"<sheetData>{rows}</sheetData>")).hidden == [2]


def test_a_hidden_row_of_xlsxwriter_is_passed_over_too() -> None:
    content = by_xlsxwriter(
        ["a"], ["1"], ["2"], change=lambda sheet: sheet.set_row(1, None, None, {"hidden": True})
    )
    assert read_here(content).hidden == [2]


@pytest.mark.parametrize(
    ("area", "rows"),
    [
        ("C2:C3", [("1", "2", "#MERGED!C2:C3"), ("4", "", "#MERGED!C2:C3")]),
        ("A2:B2", [("#MERGED!A2:B2", "#MERGED!A2:B2", "3"), ("4", "", "6")]),
        ("B3:C3", [("1", "2", "3"), ("4", "#MERGED!B3:C3", "#MERGED!B3:C3")]),
        ("A1:C1", [("1", "2", "3"), ("4", "", "6")]),
    ],
)
@pytest.mark.parametrize("library", BOTH)
def test_merged_cells_have_no_value_but_their_mark(
    library: Callable[..., bytes], area: str, rows: list[tuple[str, ...]]
) -> None:
    def merge(sheet: Any) -> None:
        if library is by_openpyxl:
            sheet.merge_cells(area)
        else:
            sheet.merge_range(area, sheet_values[area.split(":")[0]])

    sheet_values = {"C2": "3", "A2": "1", "B3": "", "A1": "a"}
    content = library(["a", "b", "c"], ["1", "2", "3"], ["4", "", "6"], change=merge)
    assert cells(content) == rows
    assert marker("#MERGED!C2:C3") == ("merged", "C2:C3") and marker("#4") is None


@pytest.mark.parametrize(
    ("formula", "seen"),
    [
        ("<f>DATE(2022,9,30)</f>", NO_VALUE),
        ("<f>DATE(2022,9,30)</f><v></v>", NO_VALUE),
        ("<f>DATE(2022,9,30)</f><v/>", NO_VALUE),
        ('<f t="shared" si="0"/>', NO_VALUE),
        ("<f>1+1</f><v>2</v>", "2"),
        ("<f><![CDATA[A1]]></f><v> </v>", NO_VALUE),
    ],
)
def test_a_formula_counts_as_what_excel_last_saw(formula: str, seen: str) -> None:
    row = f'<row r="2"><c r="A2"><v>1</v></c><c r="B2">{formula}</c><c r="C2"><f>1</f><v>3</v></c></row>'
    only = f'<row r="3"><c r="B3">{formula}</c></row>'
    found = cells(sheet_of(f'<sheetData><row r="1"><c r="A1"><v>0</v></c></row>{row}{only}</sheetData>'))
    assert found == [("1", seen, "3"), ("", seen, "")] or found == [("1", seen, "3"), ("", seen)]


def test_a_formula_can_result_in_an_empty_cell() -> None:
    row = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="str"><f>""</f><v></v></c><c r="C2"><v>2</v></c></row>'
    assert cells(sheet_of(f'<sheetData><row r="1"><c r="A1"><v>0</v></c></row>{row}</sheetData>')) == [
        ("1", "", "2")
    ]


@pytest.mark.parametrize("error", ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"])
def test_an_error_of_excel_is_never_a_blank(error: str) -> None:
    assert cells(by_openpyxl(["a", "b"], ["x", error])) == [("x", EXCEL_ERROR)]


@pytest.mark.parametrize("number", [*range(27, 37), *range(50, 59)])
def test_the_dates_of_japanese_excel_are_dates(number: int) -> None:
    formats = f'<cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs>'
    rows = '<row><c><v>1</v></c></row><row><c s="1"><v>44722</v></c><c><v>44722</v></c></row>'
    content = sheet_of(
        f"<sheetData>{rows}</sheetData>", styles=f'<styleSheet xmlns="{MAIN}">{formats}</styleSheet>'
    )
    row = read_here(content).rows[0]
    assert (row.cells, row.kind(0), row.kind(1)) == (("2022-06-10", "44722"), CellKind.DAY, CellKind.NUMBER)


@pytest.mark.parametrize(
    "shape", ["ge.m.d", '[$-411]ggge"年"m"月"d"日"', 'yyyy"年"m"月"d"日"', "m/d", "yyyy/m/d(aaa)"]
)
def test_a_date_is_one_whatever_it_looks_like(shape: str) -> None:
    def look(sheet: Any) -> None:
        sheet["A2"].number_format = shape

    row = read_here(by_openpyxl(["a"], [date(2022, 6, 10)], change=look)).rows[0]
    assert (row.cells, row.kinds) == (("2022-06-10",), "d")


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_count_from_1904_in_a_workbook_with_that_setting(since_1904: bool) -> None:
    content = by_xlsxwriter(["a", "b"], [date(2022, 6, 10), datetime(2022, 6, 10, 9, 30)], date_1904=since_1904)
    assert cells(content) == [("2022-06-10", "2022-06-10 09:30:00")]


def test_strict_open_xml_is_read_with_its_written_dates() -> None:
    row = '<row r="2"><c r="A2" t="d"><v>2022-06-10</v></c><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>'
    content = sheet_of(f'<sheetData><row r="1"><c r="A1" t="b"><v>1</v></c></row>{row}</sheetData>')
    strict = changed(content, SHEET, lambda xml: xml.replace(MAIN.encode(), STRICT.encode()))
    found = read_here(strict).rows[0]
    assert (found.cells, found.kind(0), found.kind(1)) == (("2022-06-10", "x"), CellKind.DAY, CellKind.TEXT)


def test_each_value_has_its_kind() -> None:
    row = [
        date(2022, 4, 1),
        datetime(2022, 4, 1, 9, 30),
        12,
        6.10,
        True,
        time(9, 30),
        timedelta(hours=72),
        "12",
        1.2e19,
    ]
    found = read_here(by_openpyxl(list("abcdefghi"), row)).rows[0]
    assert found.kinds == "dinnblltn"
    assert found.cells[2:4] == ("12", "6.1") and found.cells[7:] == ("12", "1.2e+19")


def test_escaped_characters_are_undone_and_what_may_be_either_is_marked() -> None:
    def text(value: str) -> str:
        row = '<row><c t="inlineStr"><is><t>{}</t></is></c></row>'
        return cells(sheet_of(f"<sheetData>{row.format('h')}{row.format(value)}</sheetData>"))[0][0]

    assert text("a_x000D_\nb") == "a\r\nb" and text("_x0041_") == "A" and text("_x005F_x0041_") == "_x0041_"
    assert text("_x3042_") == "#ESCAPE!" and text("_x41_") == "_x41_"


def test_reading_aids_above_kanji_are_no_part_of_a_name() -> None:
    name = "<is><r><t>山田</t></r><r><t>太郎</t></r><rPh sb='0' eb='2'><t>ヤマダ</t></rPh></is>"
    xml = f'<sheetData><row><c><v>1</v></c></row><row><c t="inlineStr">{name}</c></row></sheetData>'
    assert cells(sheet_of(xml)) == [("山田太郎",)]


def test_rows_keep_the_numbers_that_excel_shows() -> None:
    content = by_openpyxl([], ["a"], [], [], ["x"], [""], ["y"])
    found = read_sheet(content)
    assert (found.headings.number, [row.number for row in found.rows]) == (2, [5, 7])


def test_the_headings_are_looked_for_below_a_title() -> None:
    content = by_openpyxl(
        ["申込一覧（2022年4月）"], [], ["作成", "佐藤"], ["契約 ※", "到達日（必須）"], ["A-1", "6/10"]
    )
    found = read_sheet(content, Wanted(KNOWN))
    assert ([row.number for row in found.above], found.headings.number, len(found.rows)) == ([1, 3], 4, 1)
    assert read_sheet(content).headings.number == 1
