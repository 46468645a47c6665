"""Every readable address of the service, and the texts in an answer of any format."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import orjson
from icalendar import Calendar
from pypdf import PdfReader

from lifecycle.sheets.reading import read_sheet
from tests.api.desk import routes

PAPERS = ("acceptance", "cancellation", "statement-2022-04")
ELSEWHERE = ("/docs", "/redoc", "/sign-in/openid")  # the document's own pages; another site's


def addresses() -> list[str]:
    """The address of every GET, as its route writes it."""
    found = {path for path, methods in routes().items() if "GET" in methods}
    return sorted(path for path in found if not path.startswith(ELSEWHERE))


def filled_in(address: str, ids: dict[str, str]) -> Iterator[str]:
    """An address with its places filled in; several if a place accepts several names."""
    if address.endswith("/papers/{name}"):
        several = [address.replace("{name}", paper) for paper in PAPERS]
    elif "{form}" in address:
        several = [address.replace("{form}", form) for form in ("csv", "xlsx")]
    else:
        several = [address]
    for one in several:
        yield re.sub(r"\{(\w+)\}", lambda place: ids.get(place[1], ids["contract_id"]), one)


def texts(answer: Any) -> list[str]:
    """All texts of an answer: text and attributes of a page, cells of a file, strings of JSON."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    match kind:
        case "text/html":
            return _Page(answer.text).found
        case "application/json" | "application/problem+json":
            return list(_strings(answer.json()))
        case "application/pdf":
            pages = PdfReader(io.BytesIO(answer.content)).pages
            return ["".join(page.extract_text() for page in pages).replace("\0", "")]
        case "text/calendar":
            events = Calendar.from_ical(answer.content).walk("VEVENT")
            return [str(value) for event in events for value in event.values()]
        case "text/csv" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            sheet = read_sheet(answer.content)
            return [cell for row in (sheet.headings, *sheet.rows) for cell in row.cells]
    if answer.text.startswith("{"):  # an export: JSON line by line
        return [text for line in answer.text.splitlines() for text in _strings(orjson.loads(line))]
    return [answer.text]


class _Page(HTMLParser):
    """A page as a browser reads it; what lies between tags is one text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = [""]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        assert not [name for name in values if name.startswith("on")], values
        assert tag != "script" or (values["src"] or "").startswith("/static/"), values
        for value in filter(None, values.values()):
            # What a form has agreed to is JSON.
            self.found += _strings(orjson.loads(value)) if value.startswith("[[") else [value]
        self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.found.append("")

    def handle_data(self, data: str) -> None:
        self.found[-1] += data


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value
