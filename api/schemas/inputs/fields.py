"""The fields that every body is made of: days, instants, texts, amounts, and the strict model around them."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.schemas.examples.contracts import with_examples

FIRST_YEAR, LAST_YEAR = 2000, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # categories Cc, but for \\n and \\t, and Cs
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
        raise ValueError("is not an instant in the form YYYY-MM-DDThh:mm:ss+09:00; the offset is needed")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an instant of the calendar") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _text(value: Any) -> Any:
    """Text as typed, without signs that cannot be kept: control characters and lone surrogates."""
    if not isinstance(value, str):
        raise ValueError("is not text")
    if found := _UNKEPT.search(value):
        raise ValueError(f"contains a sign that cannot be kept: U+{ord(found[0]):04X}")
    if not value.strip():
        raise ValueError("is empty")
    return value


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-05-01"]})
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2022-04-20T10:00:00+09:00"]}),
]
SearchTerm = Annotated[str, Field(max_length=100), BeforeValidator(_text)]  # what is looked for
Text = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(_text)]
LongText = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(_text)]
Reference = Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_text)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), BeforeValidator(_text)]
DomainName = Annotated[str, Field(max_length=253, pattern=r"^[^\s/@:]+\.[^\s/@:]+$"), BeforeValidator(_text)]
NoticeId = Annotated[str, Field(max_length=60), BeforeValidator(_text)]
Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]
ItemName = Literal["basic", "premium"]


class Input(BaseModel):
    """Unknown fields are refused, types are not coerced, NaN and Infinity are no numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=with_examples)


class Reasoned(Input):
    """An event's body; the reason is written into the history."""

    reason: LongText | None = None


class NeedsReason(Input):
    """An event that is not possible without a reason."""

    reason: LongText


def one_of(model: Any, on: str, at: str) -> None:
    """Raises ValueError where both a day and an instant are given for one fact."""
    if getattr(model, on) is not None and getattr(model, at) is not None:
        raise ValueError(f"give {on} or {at}, not both")
