"""Issued statements found by month, day of issue, total and customer, in any combination."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from api.messages.catalogue import translator
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.fields import Field, Filled, filled
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from lifecycle.queries.issued_search import IssuedFilter, find_issued, place_of_issued
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of
from lifecycle.terms.calendar import Month, tokyo_day

router = pages()
LONGEST = 100
MOST_YEN = 10**15
FIELDS = (
    Field("month_from", "month"), Field("month_to", "month"), Field("total_from", "whole"),
    Field("total_to", "whole"), Field("issued_from", "day"), Field("issued_to", "day"), Field("customer", "text"),
)  # fmt: skip


@router.get("/statements/found")
def issued_page(request: Request, visit: SignedInSession) -> Response:
    """Show the matching statements, in the order of months; all of them without a filter."""
    visit.need("money-find_issued")
    context, sees = context_of(request), visit.principal.sees_personal_data
    fields = [one for one in FIELDS if sees or one.name != "customer"]
    asked = request.query_params
    typed = {one.name: asked.get(one.name, "").replace("\0", "").strip()[:LONGEST] for one in fields}
    read = filled(fields, typed, tokyo_day(context.clock()))
    say = translator(visit.language)
    wrong = {name: say(f"day.{key}") for name, key in _wrong(read).items()}
    found, names, after = [], {}, asked.get("after", "")
    service = chosen_service(request, visit)
    if not wrong:
        with reading(context.engine) as conn:
            found = find_issued(
                conn, IssuedFilter(**_within(read.body), after=_place(after), service=service), visit.own.rows + 1
            )
            names = names_of(conn, [one["contract_id"] for one in found]) if sees else {}
    given = {name: text for name, text in typed.items() if text}
    link = Linking("/statements/found", {**given, "service": service})
    query = urlencode({name: text for name, text in link.asked.items() if text})
    following = place_of_issued(found[visit.own.rows - 1]) if len(found) > visit.own.rows else None
    return page(
        request, visit, "issued.html", status=422 if wrong else 200, fields=fields, typed=typed, wrong=wrong,
        found=found[:visit.own.rows], names=names, query=query, next=following, service=service, link=link,
        services=services_to_choose(visit),
    )  # fmt: skip


def _wrong(read: Filled) -> Mapping[str, str]:
    """By field the error of what cannot be parsed: an invalid month, an amount that is too large."""
    wrong = dict(read.wrong)
    for name in ("month_from", "month_to"):
        try:
            Month.parse(read.body.get(name, "2022-01"))
        except ValueError:
            wrong[name] = "day_month"
    yen = {name: read.body.get(name, 0) for name in ("total_from", "total_to")}
    return wrong | {name: "whole" for name, amount in yen.items() if abs(amount) > MOST_YEN}


def _within(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {one.name: body[one.name] for one in FIELDS if one.name in body}
    days = {name: date.fromisoformat(found[name]) for name in ("issued_from", "issued_to") if name in found}
    return found | days


def _place(after: str) -> str | None:
    """Return the place in the address of the next page; an invalid one starts from the beginning."""
    return after if after.count(".") == 1 and "\0" not in after else None
