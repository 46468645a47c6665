"""Names in bodies that depend on the loaded services: a service, an item, an option."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from lifecycle.errors import Malformed
from lifecycle.machines.parts import METER_FIELDS
from lifecycle.terms.editions import SERVICES, item_names, meter_names, option_kinds

NO_METER = "is no meter of the contract's service"


@dataclass(frozen=True)
class OneOfLoaded:
    """One of the names of the loaded services, checked when the body arrives."""

    names: Callable[[], Iterable[str]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._known)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        names = list(self.names())
        return {"type": "string", "const": names[0]} if len(names) == 1 else {"type": "string", "enum": names}

    def _known(self, value: Any) -> str:
        return known_name(value, self.names())


def known_name(value: Any, names: Iterable[str]) -> str:
    """Return the value if it is one of the names. Raises PydanticKnownError."""
    known = tuple(names)
    if not isinstance(value, str) or value not in known:
        raise PydanticKnownError("literal_error", {"expected": _listed(known)})
    return value


def refuse_item_of_another_service(item: str | None, service: str, pointer: str = "/item") -> None:
    """Raise Malformed for an item that the contract's service does not have."""
    if item is not None and item not in (known := item_names(service)):
        raise Malformed([(pointer, f"is no item of the contract's service: {_listed(known)}")])


def refuse_option_of_another_service(kind: str, service: str, pointer: str = "/kind") -> None:
    """Raise Malformed for an option that the contract's service does not have."""
    if kind not in (known := option_kinds(service)):
        raise Malformed([(pointer, f"is no option of the contract's service: {_listed(known)}")])


def refuse_meters_of_another_service(meters: Iterable[str], service: str, pointer: str = "") -> None:
    """Raise Malformed for a meter that the contract's service does not have."""
    if strange := [meter for meter in meters if meter not in meter_names(service)]:
        within = {meter: pointer if meter in METER_FIELDS else f"{pointer}/meters" for meter in strange}
        raise Malformed([(f"{place}/{meter}", NO_METER) for meter, place in within.items()])


def _listed(names: Iterable[str]) -> str:
    *first, last = [f"'{name}'" for name in names]
    return f"{', '.join(first)} or {last}" if first else last


ServiceName = Annotated[str, OneOfLoaded(lambda: SERVICES)]
ItemName = Annotated[str, OneOfLoaded(item_names)]
OptionKind = Annotated[str, OneOfLoaded(option_kinds)]
