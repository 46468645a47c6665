"""What views are made of: described fields with unit and example, named sets of values, marks on fields."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import core_schema
from typing_extensions import get_type_hints, is_typeddict

Answer = Mapping[str, Any]  # any view, where it does not matter which
ClassT = TypeVar("ClassT", bound=type)


def view(cls: ClassT) -> ClassT:
    """Names a view for the public: the OpenAPI document leaves out the suffix View."""
    cls.__name__ = cls.__qualname__ = cls.__name__.removesuffix("View")
    return cls


def about(meaning: str, *examples: Any, **schema: Any) -> Any:
    """The meaning of a field, its unit included, and examples where its type has none. schema: further members."""
    found: FieldInfo = (
        Field(description=meaning, examples=list(examples), json_schema_extra=schema or None)
        if examples
        else Field(description=meaning, json_schema_extra=schema or None)
    )
    return found


@dataclass(frozen=True)
class OneOf:
    """A closed set of values: a schema of its own in the OpenAPI document, by its name.

    values: a function where the loaded services decide.
    """

    name: str
    values: tuple[str, ...] | Callable[[], tuple[str, ...]]
    meaning: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return handler.generate_schema(_enum(self))


@cache
def _enum(values: OneOf) -> type[StrEnum]:
    """The set as an enumeration, which the OpenAPI document names."""
    known = values.values() if callable(values.values) else values.values
    found = StrEnum(values.name, [(value, value) for value in known])  # type: ignore[misc]
    found.__doc__ = values.meaning
    return found


@dataclass(frozen=True)
class InPreview:
    """Marks a field that a page shows before a command is confirmed, where the command changes it.

    line: the name of its line, the field's own by default. read: what is shown of its value. first: before the
    lines of other fields. A field that holds another view needs no mark for what is marked in that view.
    """

    line: str | None = None
    read: Callable[[Any], Any] = lambda value: value
    first: bool = False


@cache
def previewed(kind: Any) -> Mapping[str, Callable[[Answer], Any]]:
    """By line, how a marked field's value is read from a view of a type; None where a view inside is missing."""
    found = sorted(_previewed(kind), key=lambda one: not one[0].first)
    return {line: read for _, line, read in found}


def _previewed(kind: Any) -> Iterator[tuple[InPreview, str, Callable[[Answer], Any]]]:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        for mark in (one for one in _metadata(hint) if isinstance(one, InPreview)):
            yield mark, mark.line or name, _reader(name, mark.read)
        for inner in (part for part in _parts(hint) if is_typeddict(part)):
            for mark, line, read in _previewed(inner):
                yield mark, line, _reader(name, read)


def _reader(name: str, read: Callable[[Any], Any]) -> Callable[[Answer], Any]:
    return lambda found: None if (value := found.get(name)) is None else read(value)


def _metadata(hint: Any) -> Iterable[Any]:
    return getattr(hint, "__metadata__", ())


def _parts(hint: Any) -> Iterator[Any]:
    """The types of which a field's value may be, but for those in a list."""
    value = hint.__origin__ if _metadata(hint) else hint
    yield from get_args(value) if type(None) in get_args(value) else (value,)


def _is_day(value: str) -> str:
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError("is not a day in the form YYYY-MM-DD")
    return value


def _is_instant(value: str) -> str:
    if datetime.fromisoformat(value).utcoffset() != timedelta(hours=9):
        raise ValueError("is not an instant in Japan's time")
    return value


def _text(format_: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": format_, "examples": [example]})


Day = Annotated[str, AfterValidator(_is_day), _text("date", "2022-05-01")]  # a civil day in Japan
Instant = Annotated[str, AfterValidator(_is_instant), _text("date-time", "2022-04-22T09:00:00+09:00")]  # +09:00
MonthText = Annotated[str, Field(examples=["2022-05"])]
Yen = Annotated[int, Field(examples=[100_000])]
ContractId = Annotated[str, Field(examples=["c_01g1793000mdgr1ppmy0ffgaq3"])]
RowId = Annotated[str, Field(examples=["c_01g1793000mdgr1ppmy0ffgaq3.3"])]
ProposalId = Annotated[str, Field(examples=["a_01g1793000mdgr1ppmy0ffgaq8"])]
OutageId = Annotated[str, Field(examples=["x_01g1793000mdgr1ppmy0ffgaq7"])]
OptionId = Annotated[str, Field(examples=["o_01g1793000mdgr1ppmy0ffgaq3"])]
Reference = Annotated[str, Field(examples=["OD-2022-0001"])]
Version = Annotated[int, about("The version, which grows with every change; send it in If-Match.", 3)]
Reason = Annotated[str, Field(examples=["The customer called: the launch is put off."])]
Actor = Annotated[str, Field(examples=["tanaka"])]
NextPage = Annotated[
    str | None, about("The cursor of the next page; null on the last one.", "c_01g1793000mdgr1ppmy0ffgaq3")
]
