"""Random workbooks of both libraries and CSV in five encodings: each cell round-trips or is refused."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.sheets.reading import UnreadableFile, Wanted
from lifecycle.sheets.rows import marker
from tests.how_many import some_of
from tests.sheets.books import by_openpyxl, by_xlsxwriter, read_here

JAPANESE = "株式会社髙﨑①㈱ｱﾃﾞ〜ー・　漢字かなカナ"
XML = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = st.text(XML | st.sampled_from(JAPANESE), min_size=1, max_size=20) | st.text(
    "_x0041FA5", min_size=1, max_size=9
)
DAYS = st.dates(date(1900, 3, 1), date(2199, 12, 31))
INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2199, 1, 1)).map(lambda at: at.replace(microsecond=0))
NUMBERS = st.integers(-(10**14), 10**14) | st.decimals(-(10**9), 10**9, places=5).map(float)
VALUES = TEXTS | DAYS | INSTANTS | NUMBERS | st.booleans() | st.none()
ROWS = st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=8)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp"]


def seen(value: Any) -> str:
    """A value as text, as the reader writes it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime():
            return value.isoformat(" ") if value.hour or value.minute or value.second else seen(value.date())
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def stripped(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row = row[:-1]
    return row


@pytest.mark.parametrize("library", [by_openpyxl, by_xlsxwriter])
@settings(max_examples=some_of(80), deadline=None)
@given(rows=ROWS)
def test_a_random_workbook_round_trips(library: Callable[..., bytes], rows: list[list[Any]]) -> None:
    written = [["heading"], *rows]
    options = {"strings_to_urls": False} if library is by_xlsxwriter else {}
    formats = {"default_date_format": "yyyy-mm-dd hh:mm:ss"} if library is by_xlsxwriter else {}
    found = {row.number: row for row in read_here(library(*written, **options, **formats)).rows}
    for number, values in enumerate(written[1:], 2):
        expected = stripped([seen(value) for value in values])
        cells = stripped(list(found[number].cells)) if number in found else []
        assert len(cells) == len(expected)
        for place, (cell, wanted) in enumerate(zip(cells, expected, strict=True)):
            escaped = library is by_openpyxl and "_x" in wanted  # it writes them as they are
            assert cell == wanted or marker(cell) or escaped, (number, place, values[place])


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=some_of(80), deadline=None)
@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=5), min_size=1, max_size=6))
def test_random_text_round_trips_or_requires_a_choice_of_encoding(encoding: str, rows: list[list[str]]) -> None:
    held = [[cell.encode(encoding, "ignore").decode(encoding) for cell in row] for row in rows]
    held = [["h1", "h2", "h3", "h4", "h5"], *(["x", *row] for row in held)]
    quoted = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in held)
    content = quoted.encode(encoding)
    try:
        found = read_here(content)
    except UnreadableFile as error:
        if error.key != "which_encoding":
            raise
        found = read_here(content, Wanted(encoding=encoding))
    for row, wanted in zip(found.rows, held[1:], strict=True):
        expected = [
            cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@＝＋－＠'") else cell for cell in wanted
        ]
        assert stripped(list(row.cells)) == stripped(expected) or stripped(list(row.cells)) == stripped(wanted)
