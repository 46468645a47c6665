"""The files that users download: templates, and copies of a file with its errors marked."""

from collections.abc import Iterator, Sequence

from api.imports.columns import ERRORS, KINDS, SAMPLE, Column, FileKind, Headings
from api.imports.file_kind import ITEMS_EXAMPLE, item_choices
from api.imports.import_file import ImportResult
from api.imports.messages import Sentence, sentence
from lifecycle.sheets.reading import Sheet, UnreadableFile
from lifecycle.sheets.writing import Cell, csv_pieces

NUMBERED = 50  # rows named in one note
Listed = tuple[int, str, Sentence]  # row as Excel counts, column's heading or "", what is wrong
_READS = {
    "text": Sentence("文字", "text"),
    "texts": Sentence("文字（複数は ; で区切る）", "texts, separated by ;"),
    "day": Sentence("日付（2022/4/1、R4.4.1、令和4年4月1日）", "day"),
    "yes": Sentence("はい・いいえ", "yes or no"),
    "service": Sentence("サービス", "service"),
    "month": Sentence("月（2022-05）", "month"),
    "amount": Sentence("0以上の数", "number, 0 or more"),
    "yen": Sentence("円の整数", "whole yen"),
    "items": Sentence(f"品目と開始日（{ITEMS_EXAMPLE}）", "items with their first days, oldest first"),
}


def _reads(column: Column) -> Sentence:
    return item_choices() if column.reads == "item" else _READS[column.reads]


def make_template(kind: FileKind, form: str) -> bytes:
    """Return a file with the headings and a row marked as a sample; an XLSX file also has a sheet that explains
    them.
    """
    first, *others = kind.columns
    sample: list[Cell] = [f"{SAMPLE} {first.example}", *(c.example for c in others)]
    rows: list[list[Cell]] = [[c.heading for c in kind.columns], sample]
    if form == "csv":
        return b"".join(csv_pieces(rows))
    from lifecycle.sheets.workbooks import Marks, marked_xlsx

    needed = Sentence("必須", "needed")
    about: list[list[Cell]] = [["見出し heading", "必須 needed", "内容 holds"]]
    about += [[c.heading, str(needed) if c.needed else "", str(_reads(c))] for c in kind.columns]
    return marked_xlsx(enumerate(rows, 1), Marks({}), more=[("説明 about", about)])


def template_kind(name: str) -> tuple[FileKind, str]:
    """Return the kind and the format of a template's name: applications.xlsx. Raises KeyError."""
    stem, _, form = name.rpartition(".")
    if form not in ("csv", "xlsx"):
        raise KeyError(name)
    return KINDS[stem], form


def listed(sheet: Sheet, outcome: ImportResult) -> Iterator[Listed]:
    """Every error by row and column."""
    for taken in outcome.wrong:
        for fault in taken.faults:
            column = _column(sheet, outcome, fault.place)
            yield taken.row.number, column, fault.said


def listed_headings(sheet: Sheet, error: Headings) -> Iterator[Listed]:
    """What is wrong with the headings."""
    number = sheet.headings.number
    for place in sorted(error.wrong):
        yield number, sheet.headings.cells[place], _wrong_heading(error, place)
    for column in error.missing:
        yield number, "", sentence("heading_missing", name=column.heading)


def _wrong_heading(error: Headings, place: int) -> Sentence:
    like = error.like.get(place)
    return sentence(f"heading_{error.wrong[place]}", name=like.heading if like else "")


def notes(sheet: Sheet, outcome: ImportResult) -> Iterator[Sentence]:
    """Return what a person should know about how the file was read."""
    if sheet.name:
        yield sentence("sheet", name=sheet.name)
    if sheet.encoding:
        yield sentence("encoding", name=sheet.encoding)
    if sheet.hidden:
        yield sentence("hidden", rows=_numbers(sheet.hidden))
    if outcome.samples:
        yield sentence("samples", rows=_numbers(outcome.samples))
    if names := ignored_columns(sheet, outcome):
        yield sentence("ignored", names="、".join(names))


def ignored_columns(sheet: Sheet, outcome: ImportResult) -> list[str]:
    """Return the headings of ignored columns, except the error column of a copy."""
    return [
        heading.strip()
        for heading, column in zip(sheet.headings.cells, outcome.columns, strict=True)
        if column is None and heading.strip() and not heading.startswith(ERRORS)
    ]


def _numbers(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:NUMBERED])) + (", …" if len(rows) > NUMBERED else "")


def why_unreadable(error: UnreadableFile) -> Sentence:
    """Return the reason why a file is refused as a whole."""
    return sentence(error.key, place=error.place)


def marked(sheet: Sheet, found: ImportResult | Headings) -> bytes:
    """Return a copy of the file in the same format with the errors marked; it can be corrected and imported.

    Rows keep their numbers; hidden rows are blank.
    """
    faults = _by_row(sheet, found)
    rows = {row.number: row.cells for row in (*sheet.above, sheet.headings, *sheet.rows)}
    errors = _errors_at(sheet)
    if errors is None:
        errors = max(map(len, rows.values()))
    comments: dict[tuple[int, int], str] = {}
    copied: dict[int, list[Cell]] = {}
    for number, texts in rows.items():
        cells: list[Cell] = [*texts, *[""] * (errors + 1 - len(texts))]
        said_here = faults.get(number, [])
        all_said = [f"{column}: {what}" if column else str(what) for _, column, what in said_here]
        if number == sheet.headings.number:
            all_said.insert(0, ERRORS)
        cells[errors] = "\n".join(all_said)
        copied[number] = cells
        for place, _, what in said_here:
            if place is not None:
                comments[number, place] = "\n".join(filter(None, [comments.get((number, place)), str(what)]))
    if sheet.format == "csv":
        return b"".join(csv_pieces(copied.get(number, ()) for number in range(1, max(copied) + 1)))
    from lifecycle.sheets.workbooks import Marks, marked_xlsx

    return marked_xlsx(copied.items(), Marks(comments, sheet.headings.number))


def _by_row(sheet: Sheet, found: ImportResult | Headings) -> dict[int, list[tuple[int | None, str, Sentence]]]:
    if isinstance(found, Headings):
        number, cells = sheet.headings.number, sheet.headings.cells
        wrong = [(place, cells[place], _wrong_heading(found, place)) for place in sorted(found.wrong)]
        return {
            number: [*wrong, *((None, "", sentence("heading_missing", name=c.heading)) for c in found.missing)]
        }
    return {
        taken.row.number: [(f.place, _column(sheet, found, f.place), f.said) for f in taken.faults]
        for taken in found.wrong
    }


def _column(sheet: Sheet, outcome: ImportResult, place: int | None) -> str:
    if place is None:
        return ""
    column = outcome.columns[place] if place < len(outcome.columns) else None
    return column.heading if column else _letter(place)


def _letter(place: int) -> str:
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _errors_at(sheet: Sheet) -> int | None:
    """Return the place of the error column if the file is such a copy."""
    found: Sequence[int] = [i for i, cell in enumerate(sheet.headings.cells) if cell.startswith(ERRORS)]
    return found[0] if found else None
