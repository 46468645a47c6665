"""The statements of a month: the total of each contract, which are issued, and the progress of issuing."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response

from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.form_table import BY_NAME
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, sheet
from api.routes.statements import total_rows
from lifecycle.commands.issue_month import issue_progress
from lifecycle.commands.statements import named_month
from lifecycle.queries.statements import issued_months, page_of_totals
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of
from lifecycle.terms.calendar import Month, tokyo_day

router = pages()
MONTHS = 24
ISSUE = BY_NAME["money-issue_statements"]


@router.get("/statements")
def this_month(request: Request, visit: SignedInSession) -> Response:
    """Redirect to the last complete month."""
    visit.need("money-list_statements")
    today = tokyo_day(context_of(request).clock())
    return see(Linking(f"/statements/{Month.of(today).previous}", {"service": chosen_service(request, visit)})())


@router.get("/statements/{month}.{form}")
def statements_file(
    request: Request, visit: SignedInSession, place: Exporting, month: str, form: Annotated[FileFormat, Path()]
) -> Response:
    """All of them as a file."""
    visit.need("money-list_statements")
    wanted = named_month(month)
    names = form == "xlsx" and visit.principal.sees_personal_data
    rows = total_rows(wanted, names=names, service=chosen_service(request, visit))
    return sheet(f"statements-{wanted}", form, rows, context_of(request), visit.language)


@router.get("/statements/{month}")
def statements_page(request: Request, visit: SignedInSession, month: str) -> Response:
    """Show the totals of a month, and the issued months."""
    visit.need("money-list_statements")
    wanted, now = named_month(month), context_of(request).clock()
    after = request.query_params.get("after", "").replace("\0", "")[:40]
    service = chosen_service(request, visit)
    with reading(context_of(request).engine) as conn:
        progress = issue_progress(conn, wanted, service)
        found, following = page_of_totals(conn, wanted, visit.own.rows, after, service)
        ids = [one["contract_id"] for one in found]
        names = names_of(conn, ids) if visit.principal.sees_personal_data else {}
        months = issued_months(conn, service)[:MONTHS]
    issues = progress["state"] == "open" and wanted.last < tokyo_day(now) and visit.may(ISSUE.name)
    return page(
        request, visit, "statements.html", now=now, month=wanted, progress=progress, found=found, names=names,
        next=following, months=months, issue=ISSUE.at(month=str(wanted)) if issues else None,
        service=service, services=services_to_choose(visit),
        link=Linking(f"/statements/{wanted}", {"service": service}), own=Linking("", {"service": service}),
        done=BY_NAME.get(request.query_params.get("done", "")),
    )  # fmt: skip
