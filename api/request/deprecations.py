"""What is deprecated: one table, from which answers and the document take it, and which the docs repeat.

An answer to a request that uses an old name says so: `Deprecation` (RFC 9745) since when, `Sunset` (RFC 8594)
when it goes, `Link` where it is explained.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import NamedTuple

from starlette.types import Scope


class Deprecated(NamedTuple):
    """An old name of a parameter. routes: where it works; instead: the new name; since, until: as announced."""

    parameter: str
    routes: frozenset[str]
    instead: str
    since: date
    until: date


DEPRECATED = (
    Deprecated(
        "after",
        frozenset({"/v1/audit/transitions", "/v1/audit/checkpoints", "/v1/webhooks/{webhook_id}/undelivered"}),
        "cursor",
        date(2026, 12, 1),
        date(2027, 12, 1),
    ),
)
EXPLAINED = '</docs>; rel="deprecation"; type="text/html"'


def deprecated_in(scope: Scope) -> Deprecated | None:
    """What a request uses that is deprecated."""
    query: bytes = scope["query_string"]
    if not query:
        return None
    route = getattr(scope.get("route"), "path", None)
    names = {pair.partition(b"=")[0].decode("latin-1") for pair in query.split(b"&")}
    return next((one for one in DEPRECATED if route in one.routes and one.parameter in names), None)


def headers_of(one: Deprecated) -> Iterator[tuple[str, str]]:
    """The headers that say so."""
    yield "Deprecation", f"@{int(_start(one.since).timestamp())}"
    yield "Sunset", format_datetime(_start(one.until), usegmt=True)
    yield "Link", EXPLAINED


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
