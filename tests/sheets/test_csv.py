"""CSV of programs of all ages; a file with two possible readings is refused with both."""

import pytest

from lifecycle.sheets.headings import near, plain
from lifecycle.sheets.reading import UnreadableFile, Wanted, read_sheet
from tests.sheets.books import read_here

TEXT = "番号,名前\r\nA-1,株式会社サンプル\r\n"
ROW = ("A-1", "株式会社サンプル")


def refusal(content: bytes, encoding: str | None = None) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_here(content, Wanted(encoding=encoding))
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("cp932"), "cp932"),
        (TEXT.encode("cp932") + b"\x1a", "cp932"),
        (TEXT.encode() + b"\x1a\x1a", "utf-8"),
        (TEXT.encode("euc_jp"), "euc-jp"),
        (TEXT.encode("iso2022_jp"), "iso-2022-jp"),
        (TEXT.replace("株", "ｶﾌﾞ").encode("cp932"), "cp932"),
    ],
)
def test_an_unambiguous_encoding_is_detected(content: bytes, encoding: str) -> None:
    found = read_here(content)
    assert (found.encoding, found.rows[0].cells[-1].replace("ｶﾌﾞ", "株")) == (encoding, ROW[1])


@pytest.mark.parametrize(
    ("text", "written", "samples"),
    [
        ("ref,name\n1,株式会社検査\n", "euc_jp", ["euc-jp「株式会社検査」", "cp932「"]),
        ("ref,name\n1,ﾃｽ\n", "cp932", ["utf-8「ý」", "cp932「ﾃｽ」", "euc-jp「"]),
        ("ref,name\n1,ﾀﾅｶﾀﾛｳ\n", "cp932", ["cp932「ﾀﾅｶﾀﾛｳ」", "euc-jp「"]),
        ("ref,name\n1,José\n", "utf-8", ["utf-8「José」", "cp932「Josﾃｩ」"]),
    ],
)
def test_a_file_with_two_possible_encodings_is_refused_until_one_is_chosen(
    text: str, written: str, samples: list[str]
) -> None:
    content = text.encode(written)
    said = refusal(content)
    assert said.startswith("which_encoding: ") and all(sample in said for sample in samples)
    told = read_sheet(content, Wanted(encoding=written))
    assert told.rows[0].cells == tuple(text.split("\n")[1].strip().split(","))


def test_a_character_of_windows_in_euc_jp_is_never_stored_as_another() -> None:
    assert refusal(b"a,b\n1,\xad\xa1\xa5\xc6\n").startswith("which_encoding")  # ①テ


def test_an_encoding_that_does_not_fit_is_refused_with_its_line() -> None:
    assert refusal(TEXT.encode("cp932"), "utf-8") == "encoding: 1"
    assert refusal("a,b\n1,é\n".encode("latin-1"), "utf-8") == "encoding: 2"
    assert refusal(b"a,b\n", "klingon") == "encoding_unknown: klingon"


@pytest.mark.parametrize("mark", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_a_line_for_excel_is_no_row(mark: str, bom: str) -> None:
    found = read_here(f"{bom}{mark}\r\na,b;c\r\n1,2;3\r\n".encode())
    assert (found.headings.number, found.headings.cells, found.rows[0].cells) == (1, ("a,b", "c"), ("1,2", "3"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_seen_in_the_first_rows_outside_of_quotes(delimiter: str) -> None:
    rows = [["一覧", "", ""], ["", "", ""], ["a", "b", "c"], ["1", '"x,;,;\ty"', "2"]]
    found = read_here("\n".join(delimiter.join(row) for row in rows).encode(), Wanted(frozenset("abc")))
    assert found.rows[-1].cells == ("1", "x,;,;\ty", "2")


def test_a_comma_in_a_number_is_left_as_it_is_typed() -> None:
    assert read_here("契約;対象月;変換時間\nB-1;2022-05;110,5\n".encode()).rows[0].cells[2] == "110,5"


@pytest.mark.parametrize(
    "heading", ["品目*", "品目※", "品目＊", "品目（必須）", "品 目", "【必須】品目", "品目(任意)"]
)
def test_marks_on_a_heading_do_not_matter(heading: str) -> None:
    assert plain(heading) == "品目"


def test_a_mistyped_heading_has_its_like() -> None:
    known = {plain(name) for name in ("解約希望日", "到達日", "理由", "chosen_on")}
    assert near("解約希望目", known) == "解約希望日" and near("chosenon", known) == "chosen_on"
    assert near("担当営業", known) is None
