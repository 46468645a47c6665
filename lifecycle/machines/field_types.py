"""The types of the fields of bodies: days, instants, texts without refused characters, amounts."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)  # allowed although their category is refused
_REFUSED = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
_LINES = frozenset("\n\t")
_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]"
_JOINED = re.compile(f"(?<={_PICTURE})\u200d(?={_PICTURE})")  # joins pictures to one, as 👩‍👧
_TAGGED = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")  # the flag of a part of a country
_PLAIN = re.compile("[\n\t\x20-\x7e\xa1-\xac\xae-\xff\u3000-\u3163\u3165-\u318e\u4e00-\u9fff\uff01-\uff9f]*")
_LINE_BREAKS = re.compile(r"[\r\n]+")


def in_one_line(text: str) -> str:
    """A text with a space in place of each line break and the spaces around it."""
    lines = _LINE_BREAKS.split(text)
    return text if len(lines) == 1 else " ".join(filter(None, (line.strip(" \t") for line in lines)))


def refused_character(text: str) -> str | None:
    """The first refused character of a text, by number and name; None if there is none.

    Refused are control characters except line feed and tab, formats and other invisible characters, private use,
    noncharacters and lone surrogates. Variation selectors and combining marks are allowed.
    """
    if _PLAIN.fullmatch(text):
        return None
    for character in _TAGGED.sub("", _JOINED.sub("", text)):
        refused = unicodedata.category(character) in _REFUSED or character in _UNSEEN or _is_none(character)
        if refused and character not in _LINES:
            return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
    return None


def _is_none(character: str) -> bool:
    """Whether a code point is a noncharacter."""
    return ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"


FIRST_YEAR, LAST_YEAR = 2000, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def _day(value: Any) -> Any:
    """A civil day YYYY-MM-DD, as date."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("is not a day in the form YYYY-MM-DD")


def _instant(value: Any) -> Any:
    """An instant RFC 3339 with an offset, as datetime."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("is not an instant in the form YYYY-MM-DDThh:mm:ss+09:00; the offset is required")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an instant of the calendar") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _text(value: Any) -> Any:
    """Text as typed, without refused characters."""
    if not isinstance(value, str):
        raise ValueError("is not text")
    if refused := refused_character(value):
        raise ValueError(f"contains a sign that cannot be kept: {refused}")
    if not value.strip():
        raise ValueError("is empty")
    return value


def _reference(value: Any) -> Any:
    """A reference: text of one line, without surrounding spaces."""
    text = _text(value)
    if "\n" in text.strip() or "\t" in text.strip():
        raise ValueError("has more than one line")
    return text.strip()


def _decimal(value: Any) -> Any:
    """A decimal of 0 or more with at most six places, as plain text; numbers are taken as written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("is not a decimal")
    text = value if isinstance(value, str) else format(_exact(value), "f")
    if not _DECIMAL.fullmatch(text):
        raise ValueError("is not a decimal of 0 or more with at most 12 digits and 6 places")
    return text


def _exact(value: float) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError("is not a decimal") from None


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-05-01"]})
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2022-04-20T10:00:00+09:00"]}),
]
Amount = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"}, {"type": "number", "minimum": 0}]}
    ),
]
_IN_ONE_LINE = BeforeValidator(lambda value: _text(in_one_line(value) if isinstance(value, str) else value))
SearchTerm = Annotated[str, Field(max_length=100), BeforeValidator(_text)]  # the pattern to find
Text = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=500), _IN_ONE_LINE]
LongText = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(_text)]
Reference = Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_reference)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), BeforeValidator(_text)]
DomainName = Annotated[str, Field(max_length=253, pattern=r"^[^\s/@:]+\.[^\s/@:]+$"), BeforeValidator(_text)]
NoticeId = Annotated[str, Field(max_length=60), BeforeValidator(_text)]
EntryId = Annotated[str, Field(max_length=60, examples=["c_01g1793000mdgr1ppmy0ffgaq3.3"]), BeforeValidator(_text)]
SubjectId = Annotated[str, Field(max_length=60, examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), BeforeValidator(_text)]
CustomerNumber = Annotated[str, Field(min_length=1, max_length=50), _IN_ONE_LINE]
PostalCode = Annotated[str, Field(min_length=1, max_length=20), _IN_ONE_LINE]
Phone = Annotated[str, Field(min_length=1, max_length=40), _IN_ONE_LINE]
Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]
