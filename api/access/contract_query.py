"""The query of a list of contracts, restricted to what the caller may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.access.auth import Caller
from api.access.limits import service_asked
from api.problems import Problem
from api.request.query import SearchText, ServiceQuery
from lifecycle.machines.dossier import State
from lifecycle.machines.field_types import Day, Instant, SearchTerm
from lifecycle.machines.names_of_services import ItemName
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.listing import Sort
from lifecycle.records.search_folding import customer_number_key


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """Filters and order of a list of contracts. sort: None for the order of id."""

    wanted: ContractFilter
    sort: Sort | None


def _day(what: str) -> object:
    return Query(description=f"{what}, as a day in Japan; the day itself counts.")


async def asked_service(caller: Caller, service: ServiceQuery = None) -> str | None:
    """Return the requested service, None for all. Raises OtherService, Malformed."""
    return service_asked(caller, service)


AskedService = Annotated[str | None, Depends(asked_service)]


async def contract_query(
    caller: Caller, state: State | None = None, item: ItemName | None = None, q: SearchText = None,
    due_before: Instant | None = None,
    customer_number: Annotated[SearchTerm | None, Query(description="The company's own customer number.")] = None,
    reference: Annotated[
        SearchTerm | None,
        Query(description="A reference of the contract or a part; width, case and hyphens do not matter."),
    ] = None,
    received_from: Annotated[Day | None, _day("Received from")] = None,
    received_to: Annotated[Day | None, _day("Received up to")] = None,
    billing_starts_from: Annotated[Day | None, _day("Billing starts from")] = None,
    billing_starts_to: Annotated[Day | None, _day("Billing starts up to")] = None,
    ends_from: Annotated[Day | None, _day("Last day of service, decided or past, from")] = None,
    ends_to: Annotated[Day | None, _day("Last day of service, decided or past, up to")] = None,
    assigned_to: Annotated[SearchTerm | None, Query(description="The assignee's name.")] = None,
    held: Annotated[bool | None, Query(description="Whether billing is held for an open condition (R28).")] = None,
    service: AskedService = None,
    sort: Annotated[
        Sort | None,
        Query(description="The order, `-` reverses it; contracts without the day are last. Default: by id."),
    ] = None,
) -> ContractQuery:  # fmt: skip
    """Return the query of a list. Raises Problem 403 for a customer number without the right to see customers."""
    if customer_number is not None and not caller.sees_personal_data:
        raise Problem(
            403, "forbidden", "Your role does not allow this", "It takes the right to see personal data."
        )
    wanted = ContractFilter(
        state, item, q, caller.sees_personal_data, due_before,
        customer_number=customer_number_key(customer_number) if customer_number is not None else None,
        reference=reference, received_from=received_from, received_to=received_to,
        billing_starts_from=billing_starts_from, billing_starts_to=billing_starts_to, ends_from=ends_from,
        ends_to=ends_to, assigned_to=assigned_to, held=held, service=service,
    )  # fmt: skip
    return ContractQuery(wanted, sort)


AskedContracts = Annotated[ContractQuery, Depends(contract_query)]
