"""A customer: all contracts with the same customer number (R39)."""

from fastapi import Request
from fastapi.responses import Response

from api.pages.chosen_service import chosen_service
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import reading
from lifecycle.records.finding import find, names_of
from lifecycle.records.search_folding import customer_number_key

router = pages()
SHOWN = 200


@router.get("/customers/{number:path}")
def customer_page(request: Request, visit: SignedInSession, number: str) -> Response:
    """Show the newest contracts of a customer number, for visitors who may see customers' data."""
    visit.need("contracts-list_contracts")
    sees = visit.principal.sees_personal_data
    with reading(context_of(request).engine) as conn:
        wanted = ContractFilter(
            customer_number=customer_number_key(number), service=chosen_service(request, visit)
        )
        found = find(conn, wanted, SHOWN + 1) if sees else []
        names = names_of(conn, [row.id for row in found])
    return page(
        request, visit, "customer.html", number=number, found=found[:SHOWN], names=names, hidden=not sees,
        cut=len(found) > SHOWN,
    )  # fmt: skip
