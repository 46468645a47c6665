"""The facts of an event: a frozen typed class, its form in the history, and when a fact happened."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from types import UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

from lifecycle.terms.calendar import TOKYO, start_of, tokyo_day

Read = Callable[[Any], Any]
Reader = tuple[str, Read | None, Any, bool]  # of a fact: name, reader, default, whether it can be omitted
ByName = tuple[dict[str, Read | None], dict[str, Any]]  # of each fact of a class: its reader, its default


def absent(default: Any = None) -> Any:
    """A fact that the history omits if it has this default."""
    return field(default=default, metadata={"absent": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one event. Days are `date` (civil days in Japan), instants are `datetime` with zone.

    The names of the fields are the names in the history row.
    """

    def to_json(self) -> dict[str, Any]:
        """The facts in the history: days and instants as ISO text, tuples as lists."""
        return {
            name: value if (written := _WRITTEN.get(type(value))) is None else written(value)
            for name, _, default, may_be_absent in _readers(type(self))
            if (value := getattr(self, name)) != default or not may_be_absent
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The facts from a history row.

        A field that a row of an earlier version lacks has its default, or None. Other members are ignored.
        """
        readers, defaults = _BY_NAME.get(cls) or _by_name(cls)
        given = {
            name: value if (read := readers[name]) is None else read(value)
            for name, value in stored.items()
            if value is not None and name in readers
        }
        return cls(**(defaults | given))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the facts, in order."""
        return tuple(name for name, *_ in _readers(cls))


class NoFacts(Facts):
    """An event without facts of its own."""


def _readers(cls: type[Facts]) -> tuple[Reader, ...]:
    """Name, reader and default of each fact. The reader is None if JSON contains the value itself."""
    if (found := _READERS.get(cls)) is None:
        hints = get_type_hints(cls)
        found = _READERS[cls] = tuple(
            (
                one.name,
                _reader(hints[one.name]),
                None if one.default is MISSING else one.default,
                "absent" in one.metadata,
            )
            for one in fields(cls)
        )
    return found


_READERS: dict[type[Facts], tuple[Reader, ...]] = {}


def _by_name(cls: type[Facts]) -> ByName:
    readers = _readers(cls)
    found = {name: read for name, read, *_ in readers}, {name: default for name, _, default, _ in readers}
    _BY_NAME[cls] = found
    return found


_BY_NAME: dict[type[Facts], ByName] = {}


def _reader(hint: Any) -> Read | None:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = [inner for inner in get_args(hint) if inner is not type(None)] or [str]
    if get_origin(hint) is tuple:
        return tuple
    return {date: date.fromisoformat, datetime: datetime.fromisoformat}.get(hint)


_WRITTEN: dict[type, Callable[[Any], Any]] = {
    datetime: lambda at: at.astimezone(TOKYO).isoformat(),
    date: date.isoformat,
    tuple: list,
}  # how the history writes types that JSON lacks


@dataclass(frozen=True, slots=True)
class When:
    """A day, or an instant, or neither, which means now."""

    on: date | None = None
    at: datetime | None = None

    def instant(self, now: datetime) -> datetime:
        """The legal instant; for a day its start in Japan."""
        if self.at is not None:
            return self.at
        return start_of(self.on) if self.on is not None else now

    def day(self, now: datetime) -> date:
        """The civil day in Japan (R1)."""
        return self.on if self.on is not None else tokyo_day(self.at or now)
