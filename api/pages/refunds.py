"""Refunds and payments due: the contracts with open ones (R25, R40)."""

from fastapi import Request
from fastapi.responses import Response

from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from lifecycle.queries.waiting_money import money_waiting
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of

router = pages()


@router.get("/refunds")
def refunds_page(request: Request, visit: SignedInSession) -> Response:
    """The contracts, in the order of id."""
    visit.need("money-list_refunds")
    after = request.query_params.get("after", "").replace("\0", "")[:40]
    service = chosen_service(request, visit)
    with reading(context_of(request).engine) as conn:
        found = money_waiting(conn, visit.own.rows + 1, after, service=service)
        ids = [one.id for one in found[: visit.own.rows]]
        names = names_of(conn, ids) if visit.principal.sees_personal_data else {}
    more = ids[-1] if len(found) > visit.own.rows else None
    return page(
        request, visit, "refunds.html", found=found[: visit.own.rows], names=names, next=more, service=service,
        services=services_to_choose(visit), link=Linking("/refunds", {"service": service}),
    )  # fmt: skip
