"""One row of a file: parses its cells, builds the body of /v1 and validates it by its model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from api.imports.cells import DayRead, ItemsRead, UnreadableCell, read_cell
from api.imports.file_kind import Column, FileKind
from api.imports.messages import Sentence, model_error, sentence
from lifecycle.sheets.reading import SheetRow
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import item_names, option_kinds, service_of_item


@dataclass(frozen=True, slots=True)
class RowFault:
    """An error in a row. place: the column, None for the row as a whole."""

    place: int | None
    said: Sentence


@dataclass(frozen=True, slots=True)
class RowEffect:
    """The effect of a row: the new state, the last day in force, and the yen of a month's statement. at_once: that
    day is already over, so the contract ends as soon as the row is stored.
    """

    state: str
    ends_on: date | None = None
    month: str | None = None
    yen: int | None = None
    at_once: bool = False


@dataclass(slots=True)
class ReadRow:
    """A parsed row. body: None if the row has an error; outside: the path parameters. days: as they were parsed;
    effect: known if the row was executed or rehearsed and is new.
    """

    row: SheetRow
    body: BaseModel | None = None
    outside: dict[str, str] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    days: list[DayRead] = field(default_factory=list)
    effect: RowEffect | None = None


class RowReader:
    """Parses the rows of one file; its kind and columns are analysed once."""

    def __init__(self, kind: FileKind, columns: Sequence[Column | None], today: date) -> None:
        self._kind, self._columns, self._today = kind, columns, today
        self._own = kind.own
        self._places = {column.name: place for place, column in enumerate(columns) if column is not None}
        self._needed = [(column.name, self._places[column.name]) for column in kind.columns if column.needed]
        self._of_a_service = "service" in kind.model.model_fields

    def read(self, row: SheetRow) -> ReadRow:
        """Parse a row and collect all its errors, not only the first."""
        found, flat = ReadRow(row), dict[str, Any]()
        columns, csv = self._columns, not row.kinds
        for place, cell in enumerate(row.cells):
            if not cell.strip():
                continue
            column = columns[place] if place < len(columns) else None
            if column is None:
                if place >= len(columns):
                    found.faults.append(RowFault(place, sentence("no_heading")))
                continue
            try:
                value = read_cell(column, cell, row.kind(place), csv, self._today)
            except UnreadableCell as error:
                found.faults.append(RowFault(place, error.said))
                continue
            if isinstance(value, DayRead):
                found.days.append(value)
                value = value.day
            elif isinstance(value, ItemsRead):
                found.days += value.days
                value = value.items
            flat[column.name] = value
        marked = {fault.place for fault in found.faults}
        for name, place in self._needed:
            if name not in flat and place not in marked:
                found.faults.append(RowFault(place, sentence("needed")))
                marked.add(place)
        found.outside = {name: value for name, value in flat.items() if name not in self._own}
        self._validate(found, flat, marked)
        return found

    def _validate(self, found: ReadRow, flat: dict[str, Any], marked: set[int | None]) -> None:
        own = {name: value for name, value in flat.items() if name in self._own}
        try:
            nested = _nested({**self._kind.constant, **own})
            body = self._kind.model.model_validate(_with_service(nested) if self._of_a_service else nested)
        except ValidationError as error:
            for one in error.errors(include_input=False, include_url=False):
                place = _place(one["loc"], self._places)
                if place not in marked:
                    found.faults.append(RowFault(place, model_error(one)))
        else:
            found.body = None if found.faults else body


def _place(loc: tuple[int | str, ...], places: dict[str, int]) -> int | None:
    """Return the column of an error of the model; for an object without a name, its first column."""
    dotted = ".".join(str(part) for part in loc)
    within = f"{dotted}."
    near = [place for name, place in places.items() if dotted and _overlap(f"{name}.", within)]
    return min(near, default=None)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Convert {"customer.name": …} to {"customer": {"name": …}}; fields of the option become a list of one."""
    body: dict[str, Any] = {}
    for name, value in flat.items():
        if name == "options.0.reference":
            body["options"] = [{"reference": value}]
            continue
        *path, last = name.split(".")
        here = body
        for part in path:
            here = here.setdefault(part, {})
        here[last] = value
    return body


def _with_service(body: dict[str, Any]) -> dict[str, Any]:
    """Add the service to an application if no column states it: from its item, and the service's option."""
    own = service_of_item(body["item"]) if body.get("item") in item_names() else DEFAULT_SERVICE
    service = body.get("service", own)
    options = [{"kind": option_kinds(service)[-1], **option} for option in body.get("options", ())]
    return body | {"service": service} | ({"options": options} if options else {})
