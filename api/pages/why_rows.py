"""The page of reasons as the rows of a file: the end, other days, a month's amounts, each with its reasons."""

from collections.abc import Iterator, Sequence

from api.messages.catalogue import Language, find_message
from api.messages.format import Formatter
from api.routes.files import FileFormat
from lifecycle.queries.views.audit import Why
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.history import HistoryItem
from lifecycle.queries.why_values import ValueReasons
from lifecycle.sheets.writing import Cell

_OF_ENTRY = ("recorded_at", "effective_at", "event", "actor", "approver", "reason")
WHY_COLUMNS = ("what", "value", *_OF_ENTRY, "because", "article", "id")


def why_rows(
    found: Why, values: tuple[Sequence[ValueReasons], Sequence[ValueReasons]], form: FileFormat, language: Language
) -> Iterator[Sequence[Cell]]:
    """Return a row for each reason of a value, then one for each reason of the entries on which it is based.
    values: other days, and amounts. form: labels in words for people, code names for machines.
    """
    writer = _Writer(found["subject_id"], form, language)
    entries = {one["id"]: one for one in (*found["decisions"], *found["causes"])}
    yield from writer.rows("ends_at", found["ends_at"], found["rulings"], [*entries.values()])
    for kind in values:
        for one in kind:
            value = one.value if one.value is None or isinstance(one.value, int) else one.value.isoformat()
            yield from writer.rows(one.name, value, one.rulings, one.rows)


class _Writer:
    def __init__(self, subject_id: str, form: FileFormat, language: Language) -> None:
        self._subject_id, self._in_words, self._language = subject_id, form == "xlsx", language
        self._show = Formatter(language)

    def rows(
        self, name: str, value: Cell, rulings: Sequence[RulingView], entries: Sequence[HistoryItem]
    ) -> Iterator[Sequence[Cell]]:
        head = (self._what(name), self._value(value))
        for ruling in rulings or (None,):
            yield (*head, *(None,) * len(_OF_ENTRY), *self._why(ruling), self._subject_id)
        for entry in entries:
            said = tuple(entry[one] for one in _OF_ENTRY)  # type: ignore[literal-required]
            for ruling in entry["rulings"] or (None,):
                yield (*head, *said, *self._why(ruling), entry["id"])

    def _why(self, ruling: RulingView | None) -> tuple[Cell, Cell]:
        if ruling is None:
            return None, None
        return ruling["because_ja"] if self._language == "ja" else ruling["because"], ruling["article"]

    def _what(self, name: str) -> str:
        if not self._in_words:
            return name
        found = (find_message(self._language, f"{group}.{name}") for group in ("line", "field", "charge"))
        return next((text for text in found if text), name)

    def _value(self, value: Cell) -> Cell:
        if not self._in_words or not isinstance(value, str):
            return value
        return self._show.instant(value) if "T" in value else self._show.day(value)
