"""The effect of another reading on all contracts, computed part by part; nothing is stored."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import thread_time
from typing import Any, NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, sheet
from lifecycle.queries.views.audit import Affected
from lifecycle.queries.what_if import KINDS, NoSuchSetting, decided, what_if
from lifecycle.records.engine import reading
from lifecycle.sheets.writing import Cell
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.readings import READINGS

router = pages()
COLUMNS = ("reference", "contract_id", "subject_id", "field", "then", "otherwise")
PATIENCE_S = 0.05  # computing time of one page; the next page continues, automatically with scripts


class OtherReading(NamedTuple):
    """A setting that can be changed. values: its other values, empty for a number."""

    reading: str
    setting: str
    now: Any
    values: Sequence[Any]


@router.get("/audit/otherwise")
def otherwise_page(request: Request, visit: SignedInSession) -> Response:
    """Show the readings that can be changed, and the contracts that differ under the chosen one."""
    visit.need("audit-otherwise")
    context, after = context_of(request), request.query_params.get("after", "").replace("\0", "")[:60]
    seen, differed = (_number(request.query_params.get(name, "")) for name in ("seen", "differed"))
    choice, number = _typed(request)
    settings, service = _settings(choice, number), chosen_service(request, visit)
    found: list[Affected] = []
    examined, last, begun, full = seen, "", thread_time(), False
    if settings:
        with reading(context.engine) as conn:
            for contract_id, item in what_if(conn, settings, context.clock(), after, service=service):
                examined, last = examined + 1, contract_id
                found += [item] if item else []
                full = len(found) == visit.own.rows
                if full or thread_time() - begun > PATIENCE_S:
                    break
            else:
                last = ""
    wrong = bool(choice) and settings is None
    on = {"after": last, "seen": examined, "differed": differed + len(found)}
    typed = {"choice": choice, "number": number} | ({"service": service} if service is not None else {})
    return page(
        request, visit, "otherwise.html", status=422 if wrong else 200, readings=list(other_readings()),
        choice=choice, number=number, asked=settings, wrong=wrong, found=found, examined=examined,
        differed=differed, following=last, full=full,
        query=urlencode({**typed, **on}), typed=typed, service=service,
        services=services_to_choose(visit), link=Linking("/audit/otherwise", typed),
    )  # fmt: skip


@router.get("/audit/otherwise.{form}")
def otherwise_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return all differences as a file."""
    visit.need("audit-otherwise")
    settings, service = _settings(*_typed(request)), chosen_service(request, visit)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield COLUMNS
        for _, item in what_if(conn, settings, now, service=service) if settings else ():
            if item:
                of = item["reference"], item["contract_id"]
                for one in item["differences"]:
                    yield *of, one["subject_id"], one["field"], one["then"], one["otherwise"]
                yield from ((*of, entry, "refused", None, None) for entry in item["refused"])

    return sheet("otherwise", form, rows, context_of(request), visit.language)


def other_readings() -> Iterator[OtherReading]:
    """Return every reading with a setting, with its present value and the others."""
    settings = list(EDITIONS)[-1].settings
    for number, one in READINGS.items():
        for name in (text.strip() for text in one.setting.split(",")):
            if name in KINDS:
                now, kind = getattr(settings, name), KINDS[name]
                values = [True, False] if kind is bool else list(get_args(kind))
                yield OtherReading(number, name, now, [value for value in values if value != now])


def _number(text: str) -> int:
    """Return the count of the pages before, 0 for an invalid one."""
    return int(text) if len(text) < 10 and text.isascii() and text.isdigit() else 0


def _typed(request: Request) -> tuple[str, str]:
    query = request.query_params
    return query.get("choice", "").replace("\0", "")[:80], query.get("number", "").strip()[:12]


def _settings(choice: str, number: str) -> dict[str, Any] | None:
    """Return the chosen setting, None if there is none or the value is invalid."""
    name, _, value = choice.partition(":")
    one = next((found for found in other_readings() if found.setting == name), None)
    if one is None:
        return None
    given = value if one.values else number
    if not given or not given.isascii():
        return None
    try:
        return decided(one.reading, given.lower(), name)
    except NoSuchSetting:
        return None
