"""Files as people send them: cells are read as typed, and hostile files are refused by name."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from lifecycle.sheets import reading, structure
from lifecycle.sheets.containers import MAX_PARTS
from lifecycle.sheets.reading import EXCEL_ERROR, UnreadableFile, read_sheet
from lifecycle.sheets.rows import NO_VALUE
from lifecycle.sheets.workbooks import xlsx_pieces
from lifecycle.sheets.writing import csv_pieces
from tests.sheets.books import SHEET, by_openpyxl, changed, packed, read_here

SIGNS = "=+-@＝＋－＠\t'"
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40) | st.builds(
    str.__add__, st.text(SIGNS, min_size=1, max_size=3), st.text("1A(|!/C", max_size=4)
)
WRITERS: list[Callable[[Any], Any]] = [csv_pieces, xlsx_pieces]
WORLDS_OWN = "𠮟 髙 ① ㈱ é — ¥ 〜 ～ <script>alert(1)</script> مرحبا 👩‍💻 " + "鬱" * 500


@pytest.mark.parametrize("write", WRITERS)
@settings(max_examples=25)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_written_texts_round_trip(write: Callable[..., Any], texts: list[str]) -> None:
    sheet = read_here(b"".join(write([["heading"], *([text, "x"] for text in [*texts, WORLDS_OWN])])))
    assert [row.cells[0] for row in sheet.rows] == [*texts, WORLDS_OWN]


@settings(max_examples=25)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_no_cell_becomes_a_formula(texts: list[str]) -> None:
    rows = [["heading"], *([text] for text in texts)]
    written = io.StringIO(b"".join(csv_pieces(rows)).decode("utf-8-sig"), newline="")
    assert not [row for row in csv.reader(written) if row and row[0][:1] in tuple(SIGNS[:-1])]
    cells = load_workbook(io.BytesIO(b"".join(xlsx_pieces(rows)))).active["A"]
    assert "f" not in {cell.data_type for cell in cells}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp932", "cp932"), ("utf-16", "utf-16")],
)
def test_an_encoding_is_recognised(encoding: str, name: str) -> None:
    sheet = read_sheet("番号,名前\r\nA-1,㈱髙①ｱ～\r\n".encode(encoding))
    assert (sheet.encoding, sheet.rows[0].cells) == (name, ("A-1", "㈱髙①ｱ～"))


def test_cells_hold_commas_lines_and_quotes() -> None:
    sheet = read_sheet(b'a;b\n"1,5";"two\nlines ""quoted"""\n\n;\n9;10')
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("1,5", 'two\nlines "quoted"')),
        (5, ("9", "10")),
    ]


def test_values_of_excel_are_read_as_they_are_seen() -> None:
    from datetime import date, datetime

    row = [date(2022, 4, 1), datetime(2022, 4, 1, 9, 30), 12, 12.5, 3.0, True, None, "0012", "#REF!"]
    sheet = read_sheet(by_openpyxl(list("abcdefghi"), row))
    assert sheet.rows[0].cells == (
        "2022-04-01", "2022-04-01 09:30:00", "12", "12.5", "3", "TRUE", "", "0012", EXCEL_ERROR,
    )  # fmt: skip


def test_only_the_value_of_a_formula_is_read() -> None:
    plain = by_openpyxl(["a", "b"], ["=1+1", "x"])
    seen = changed(plain, SHEET, lambda xml: xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
        b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))  # fmt: skip
    assert seen != plain
    assert [read_sheet(found).rows[0].cells[0] for found in (plain, seen)] == [NO_VALUE, "2"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (b"a,b\n\0,1", "not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\x09\x02\x06\x00\x00\x00", "xls"),
        (b"%PDF-1.7", "pdf"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "markup"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "markup"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""}), "ods"),
        (packed({"xl/workbook.bin": b""}), "xlsb"),
        (packed({"april.csv": b"a,b"}), "zip"),
        (packed({"word/document.xml": b""}), "zip"),
        (b'a,b\n"open,1\n', "csv"),
        (b"a,b\n1,\xff\xfe\xfd\n", "encoding"),
        (b"PK\x03\x04 nothing", "xlsx"),
        (packed({"mimetype": b"application/epub+zip"}), "zip"),
        (lambda: changed(by_openpyxl(["a"]), SHEET, lambda xml: xml + b" " * structure.MAX_UNPACKED), "bomb"),
        (lambda: packed({f"part{n}": b"" for n in range(MAX_PARTS + 1)}), "bomb"),
        (b"a\n" + b"1\n" * (reading.MAX_ROWS + 1), "too_many_rows"),
        (b"a" + b",a" * reading.MAX_COLUMNS, "too_many_columns"),
        (b"a\n" + b"x" * (reading.MAX_CELL + 1), "cell_too_long"),
        (b"a\n" + bytes(b"x" * reading.MAX_BYTES), "too_large"),
    ],
    ids=lambda found: found if isinstance(found, str) else "",
)
def test_an_unsupported_file_is_refused_by_its_kind(content: bytes | Callable[[], bytes], key: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_sheet(content() if callable(content) else content)
    assert refused.value.key == key


def test_an_entity_bomb_is_refused() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "{"ha" * 50}">{levels}]>'
    bomb = changed(
        by_openpyxl(["a"], ["x"]), SHEET,
        lambda xml: doctype.encode() + xml.replace(b"<t>x</t>", b"<t>&a11;</t>").replace(b"<v>1<", b"<v>&a11;<"),
    )  # fmt: skip
    with pytest.raises(UnreadableFile, match="xlsx"):
        read_sheet(bomb)


def test_a_cell_far_down_is_not_lost_and_one_beyond_the_sheet_is_refused() -> None:
    rows = by_openpyxl(["a"], ["x"])
    for row, fine in ((900_000, True), (9_999_999_999, False)):

        def moved(xml: bytes, row: int = row) -> bytes:
            return xml.replace(b'r="A2"', f'r="A{row}"'.encode()).replace(
                b'<row r="2"', f'<row r="{row}"'.encode()
            )

        far = changed(rows, SHEET, moved)
        if fine:
            assert read_sheet(far).rows[0].number == row
        else:
            with pytest.raises(UnreadableFile):
                read_sheet(far)


def test_a_sheet_that_declares_a_huge_range_is_read_to_its_last_row() -> None:
    vast = changed(
        by_openpyxl(["a"], ["x"]), SHEET, lambda xml: xml.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    )
    assert len(read_sheet(vast).rows) == 1
