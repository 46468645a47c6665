"""One row of a file: its cells read as people type them, made the body of /v1 and held to its model."""

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
    """What is wrong in a row. place: the column's, None where it is the row's as a whole."""

    place: int | None
    said: Sentence


@dataclass(frozen=True, slots=True)
class RowEffect:
    """What follows from a row: the state then, the last day in force, and the yen of a month's statement.

    at_once: that day is over already, so that the contract ends as soon as the row is stored.
    """

    state: str
    ends_on: date | None = None
    month: str | None = None
    yen: int | None = None
    at_once: bool = False


@dataclass(slots=True)
class ReadRow:
    """A row as it was read. body: None where something is wrong with it; outside: what stands in the path.

    days: as they were read; effect: what follows, known where the row was carried out or rehearsed and is new.
    """

    row: SheetRow
    body: BaseModel | None = None
    outside: dict[str, str] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    days: list[DayRead] = field(default_factory=list)
    effect: RowEffect | None = None


def read_row(kind: FileKind, columns: Sequence[Column | None], row: SheetRow, today: date) -> ReadRow:
    """Reads a row; everything that is wrong with it, not only the first."""
    found, flat = ReadRow(row), dict[str, Any]()
    for place, cell in enumerate(row.cells):
        column = columns[place] if place < len(columns) else None
        if column is None:
            if place >= len(columns) and cell.strip():
                found.faults.append(RowFault(place, sentence("no_heading")))
        elif cell.strip():
            try:
                flat[column.name] = value = read_cell(column, cell, row.kind(place), not row.kinds, today)
            except UnreadableCell as error:
                found.faults.append(RowFault(place, error.said))
                continue
            if isinstance(value, DayRead):
                flat[column.name] = value.day
                found.days.append(value)
            elif isinstance(value, ItemsRead):
                flat[column.name] = value.items
                found.days += value.days
    places = {column.name: place for place, column in enumerate(columns) if column is not None}
    marked = {fault.place for fault in found.faults}
    for column in kind.columns:
        if column.needed and column.name not in flat and places[column.name] not in marked:
            found.faults.append(RowFault(places[column.name], sentence("needed")))
            marked.add(places[column.name])
    found.outside = {name: flat[name] for name in flat if name not in kind.own}
    _validate(kind, found, flat, places, marked)
    return found


def _validate(
    kind: FileKind, found: ReadRow, flat: dict[str, Any], places: dict[str, int], marked: set[int | None]
) -> None:
    try:
        nested = _nested({**kind.constant, **{name: flat[name] for name in flat if name in kind.own}})
        body = kind.model.model_validate(_with_service(nested) if "service" in kind.model.model_fields else nested)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            place = _place(one["loc"], places)
            if place not in marked:
                found.faults.append(RowFault(place, model_error(one)))
    else:
        found.body = None if found.faults else body


def _place(loc: tuple[int | str, ...], places: dict[str, int]) -> int | None:
    """The column that an error of the model speaks of; of an object without a name, its first column."""
    dotted = ".".join(str(part) for part in loc)
    within = f"{dotted}."
    near = [place for name, place in places.items() if dotted and _overlap(f"{name}.", within)]
    return min(near, default=None)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """{"customer.name": …} as {"customer": {"name": …}}; what concerns the option makes a list of one."""
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
    """An application that names its service, where no column does that of its item, and the service's option."""
    own = service_of_item(body["item"]) if body.get("item") in item_names() else DEFAULT_SERVICE
    service = body.get("service", own)
    options = [{"kind": option_kinds(service)[-1], **option} for option in body.get("options", ())]
    return body | {"service": service} | ({"options": options} if options else {})
