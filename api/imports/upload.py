"""An uploaded file: its options, and the preview of its rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.imports.cells import DayRead
from api.imports.columns import known_headings
from api.imports.import_file import ImportResult
from api.imports.messages import Sentence
from api.imports.rows import ReadRow
from api.messages.catalogue import LANGUAGES, Language
from api.messages.format import Formatter
from lifecycle.sheets.reading import Sheet, Wanted, read_sheet

_GUESSED = {"ja": "（年は推定）", "en": " (year guessed)"}
_BLANK = {"ja": "空欄", "en": "blank"}


@dataclass(frozen=True, slots=True)
class RehearsedRow:
    """A row of a preview in words. days: each day as it was parsed; follows: the effect of the row."""

    number: int
    days: Sentence
    follows: Sentence
    at_once: bool


def read_upload(
    content: bytes, *, sheet: str | None = None, hidden_rows: bool = False, encoding: str | None = None
) -> Sheet:
    """Reads a file whose headings are those of the templates. Raises UnreadableFile."""
    return read_sheet(content, Wanted(known_headings(), sheet or None, hidden_rows, encoding or None))


def rehearsed_rows(outcome: ImportResult) -> Iterator[RehearsedRow]:
    """Return the new rows, first those that would end a contract at once."""
    rows = [taken for taken in outcome.rows if taken.effect is not None]
    rows.sort(key=lambda taken: not (taken.effect and taken.effect.at_once))
    for taken in rows:
        assert taken.effect is not None
        days = Sentence(*(_days(outcome, taken, language) for language in LANGUAGES))
        follows = Sentence(*(_follows(taken, language) for language in LANGUAGES))
        yield RehearsedRow(taken.row.number, days, follows, taken.effect.at_once)


def _days(outcome: ImportResult, taken: ReadRow, language: Language) -> str:
    """Return every day of the kind of row; a blank one has a meaning too."""
    form, found = Formatter(language), list[str]()
    read: dict[str, list[DayRead]] = {}
    for one in taken.days:
        read.setdefault(one.column.name, []).append(one)
    for column in outcome.kind.columns:
        name = column.ja if language == "ja" else column.name
        if days := read.get(column.name):
            found += [f"{name} {form.day(day.day)}{_GUESSED[language] * day.guessed}" for day in days]
        elif column.reads == "day":
            found.append(f"{name} {_BLANK[language]}")
        elif column.name == "month":
            found.append(f"{name} {taken.outside['month']}")
    return {"ja": "、", "en": ", "}[language].join(found)


def _follows(taken: ReadRow, language: Language) -> str:
    form, effect = Formatter(language), taken.effect
    assert effect is not None
    found = [form.word("state", effect.state)]
    if effect.ends_on is not None:
        found.append(f"{form.day(effect.ends_on)}{'に終了' if language == 'ja' else ' is the last day'}")
    if effect.month is not None:
        found.append(f"{effect.month}{'の請求' if language == 'ja' else ':'} {form.yen(effect.yen)}")
    return {"ja": "、", "en": ", "}[language].join(found)
