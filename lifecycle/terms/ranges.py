"""The company's range of domains and certificates (Art. 3(1)(1) and (3)), as dated lists.

They are in the file `ranges.toml` of a service. Without a list nothing is checked.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE = "ranges.toml"
_HEAD = re.compile(r"\s*\[\[\s*ranges\s*\]\]")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


class FaultyRanges(ValueError):
    """The file is invalid; the text names the fault with line and pointer."""


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    from_on: date
    domains: list[Annotated[str, Field(max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})*$")]] = []
    certificates: list[Annotated[str, Field(min_length=1, max_length=100)]] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    ranges: list[_List] = []


@dataclass(frozen=True, slots=True)
class RangeList:
    """A list from a day on. domains: each includes its subdomains. certificates: their kinds."""

    from_on: date
    domains: tuple[str, ...]
    certificates: tuple[str, ...]

    def has_domain(self, name: str) -> bool:
        """Whether a domain is in the range; in Unicode or as xn--."""
        plain = _ascii(name)
        return any(plain == one or plain.endswith(f".{one}") for one in self.domains)

    def has_certificate(self, kind: str) -> bool:
        """Whether a kind of certificate is in the range."""
        return kind.strip().casefold() in {one.casefold() for one in self.certificates}

    def stored(self) -> dict[str, Any]:
        """The list as the recorded edition contains it."""
        return {
            "from_on": self.from_on.isoformat(),
            "domains": [*self.domains],
            "certificates": [*self.certificates],
        }


def parse_ranges(text: str) -> tuple[RangeList, ...]:
    """The lists of a file, by their days. Raises FaultyRanges."""
    try:
        found = _File.model_validate(tomllib.loads(text)).ranges
    except tomllib.TOMLDecodeError as error:
        raise FaultyRanges(f"{FILE}: {error}") from None
    except ValidationError as error:
        raise FaultyRanges("; ".join(_said(text, one["loc"], one["msg"]) for one in error.errors())) from None
    for number, one in enumerate(found):
        if any(one.from_on == other.from_on for other in found[:number]):
            raise FaultyRanges(_said(text, ("ranges", number, "from_on"), "two lists start on this day"))
    lists = (RangeList(one.from_on, tuple(one.domains), tuple(one.certificates)) for one in found)
    return tuple(sorted(lists, key=lambda one: one.from_on))


def list_on(lists: Iterable[RangeList], day: date) -> RangeList | None:
    """The list of a day: the newest that has started."""
    begun = [one for one in lists if one.from_on <= day]
    return begun[-1] if begun else None


def claimed(delivery: Mapping[str, Any] | None) -> Iterator[tuple[str, str | None]]:
    """What a delivery claims as obtained: the condition, and the domain or the certificate's kind."""
    said = delivery or {}
    domain = said.get("custom_domain") or {}
    if domain.get("acquired"):
        yield "domain", domain["name"]
    if said.get("https") and said.get("certificate_obtained"):
        yield "certificate", said.get("certificate_kind")


def _ascii(name: str) -> str:
    plain = name.rstrip(".").casefold()
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain


def _said(text: str, place: tuple[int | str, ...], why: str) -> str:
    pointer = "".join(f"/{one}" for one in place)
    return f"{FILE} line {_line(text, place)}: {pointer}: {why}"


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """The line of a key, else of the head of its table."""
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines, 1) if _HEAD.match(line)]
    number = place[1] if len(place) > 1 else None
    if not isinstance(number, int) or number >= len(heads):
        return next((n for n, line in enumerate(lines, 1) if line.strip().startswith(str(place[0]))), 1)
    begin, end = heads[number], heads[number + 1] if number + 1 < len(heads) else len(lines) + 1
    key = str(place[2]) if len(place) > 2 else ""
    within = range(begin, end)
    return next((n for n in within if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[n - 1])), begin)
