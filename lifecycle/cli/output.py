"""Output of answers to auditors: tables on the terminal, CSV, JSON as in the API."""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.table import Table

from lifecycle.cli.options import out
from lifecycle.queries.as_known import field_differences
from lifecycle.queries.statements import plain_cell

AnswerItem = Mapping[str, Any]
LONG = 1_000  # rows of a table
LangOption = Annotated[Literal["en", "ja"], typer.Option(help="Language of headings and reasons.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API answers.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
JA = {
    "actor": "担当者", "against": "比較時点", "arrived_on": "到達日", "basis": "根拠", "because": "理由",
    "believed": "その日の認識", "caused_by": "原因", "clock_late_by_s": "処理の遅れ（秒）", "contract_id": "契約",
    "corrects": "訂正", "days": "日数", "due_at": "期限", "effective_at": "効力の生じた日時", "event": "処理",
    "facts": "内容", "field": "項目", "from_state": "前の状態", "hash": "ハッシュ", "id": "記録",
    "issued_at": "発行日時", "issued_by": "発行した担当者", "keyed_on": "入力日", "late_by_days": "遅れ（日）",
    "late_by_s": "遅れ（秒）", "month": "対象月", "otherwise": "変えた場合", "reading": "解釈", "reason": "備考",
    "recorded_at": "記録日時", "reference": "参照番号", "rows": "件数", "subject_id": "対象", "then": "比べるもと",
    "title": "表題", "to_state": "後の状態", "total_yen": "合計（円）",
}  # fmt: skip


class AnswerTable:
    """A table with some columns of its items. lang: of the headings."""

    def __init__(self, columns: Sequence[str], lang: str) -> None:
        self.columns, self.lang = columns, lang

    def show(
        self,
        items: Iterator[Any],
        *,
        as_json: bool = False,
        as_csv: bool = False,
        beside: AnswerItem | None = None,
    ) -> None:
        """Print the items. beside: other members of the JSON."""
        if as_json:
            print_json({**(beside or {}), "items": list(items), "next": None})
        elif as_csv:
            writer = csv.writer(sys.stdout)
            writer.writerow(self.columns)
            writer.writerows([plain_cell(item.get(name)) for name in self.columns] for item in items)
        else:
            headings = [JA.get(name, name) if self.lang == "ja" else name for name in self.columns]
            rows = ([_cell(item.get(name)) for name in self.columns] for item in items)
            _print_table(headings, rows)


def _print_table(headings: Sequence[str], rows: Iterator[list[str]]) -> None:
    """Print a table; more than LONG rows as lines, because laying out the table would take a minute."""
    first = list(islice(rows, LONG + 1))
    if len(first) > LONG:
        for row in chain([headings], first, rows):
            print("\t".join([cell if cell.isprintable() else _one_line(cell) for cell in row]))
        return
    table = Table(*headings)
    for row in first:
        table.add_row(*row)
    out.print(table)


def _one_line(text: str) -> str:
    return "".join([sign if sign.isprintable() else " " for sign in text])


def print_why(answer: AnswerItem, lang: str, *, as_json: bool) -> None:
    """Prints why something ended."""
    if as_json:
        print_json(answer)
        return
    day = answer["ended_on"] or (answer["ends_at"] or "–")
    ended = ("終了日", "終了予定日時") if lang == "ja" else ("ended on", "ends at")
    out.print(f"{answer['reference']} ({answer['subject_id']}): {answer['state']}, "
              f"{ended[0] if answer['ended_on'] else ended[1]} {day}, {answer['decided_by'] or '–'}")  # fmt: skip
    _print_rulings(answer["rulings"], lang)
    columns = ("id", "event", "effective_at", "recorded_at", "actor", "reason", "facts")
    for heading, name in (
        (("終了の原因", "causes"), "causes"),
        (("終了日を決めた入力", "decisions"), "decisions"),
    ):
        out.print(heading[0] if lang == "ja" else heading[1])
        AnswerTable(columns, lang).show(iter(answer[name]))


def print_as_known(answer: AnswerItem, lang: str, *, as_json: bool) -> None:
    """Print what was known, or the differences."""
    if as_json:
        print_json(answer)
        return
    if "differences" not in answer:
        AnswerTable(("field", "believed"), lang).show(iter(field_differences(answer["believed"], None)))
        return
    AnswerTable(("field", "believed", "against"), lang).show(iter(answer["differences"]))
    columns = ("id", "event", "effective_at", "recorded_at", "actor", "late_by_days", "corrects", "reason")
    AnswerTable(columns, lang).show(iter(answer["rows"]))


def print_json(content: Any) -> None:
    """Prints JSON to standard output, indented."""
    print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def _print_rulings(rulings: Iterable[AnswerItem], lang: str) -> None:
    for ruling in rulings:
        said = ruling["because_ja"] if lang == "ja" else ruling["because"]
        out.print(f"  {ruling['article']}, {ruling['reading']} ({ruling['basis']}): {said}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
