"""Lists for people: headings, states and reasons in words, formatted days."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from api.messages.catalogue import Language, find_message
from api.messages.format import Formatter
from lifecycle.sheets.lists import Form, ListCell, ListColumn
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import TOKYO

WORDS = {  # columns whose cells are code names, by the group of their texts
    "state": "state", "from_state": "state", "to_state": "state", "item": "item", "event": "event",
    "next.event": "event", "kind": "thing", "figure": "figure", "cancellation.decided_by": "decided_by",
}  # fmt: skip


def list_columns(names: Sequence[str], language: Language) -> list[ListColumn]:
    """Return the headings of a list, by the field names of the API."""
    return [ListColumn(_heading(name, language), _form(name)) for name in names]


def list_rows(
    names: Sequence[str], rows: Iterator[Sequence[Cell]], language: Language
) -> Iterator[list[ListCell]]:
    """Convert rows of the API to words and formats of a language."""
    show = Formatter(language)
    for row in rows:
        yield [_cell(name, cell, show) for name, cell in zip(names, row, strict=True)]


def _heading(name: str, language: Language) -> str:
    return find_message(language, f"column.{name}") or name


def _form(name: str) -> Form:
    if name.endswith("_on"):
        return "day"
    if name.endswith("_at"):
        return "instant"
    return "number" if name.endswith("_yen") else "text"


def _cell(name: str, cell: Cell, show: Formatter) -> ListCell:
    if cell is None or isinstance(cell, int) or cell == "":
        return cell
    if name == "month":
        return show.month(cell)
    if name == "flags":
        return "、".join(show.word("flag", flag) for flag in cell.split("; "))
    if name == "billed_elsewhere":
        return show.word("base", "yes" if cell == "true" else "no")
    if name in WORDS:
        return show.word(WORDS[name], cell)
    if name == "of":
        return find_message(show.language, f"item.{cell}") or show.word("charge", cell)
    if name == "article":
        return show.article(cell)
    form = _form(name)
    if form == "day":
        return date.fromisoformat(cell)
    return datetime.fromisoformat(cell).astimezone(TOKYO) if form == "instant" else cell
