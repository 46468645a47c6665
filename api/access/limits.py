"""Access limited to some services: a request of a limited caller is restricted to its services, or refused.

An operation that is not listed here is refused to limited callers: a new operation is closed until it can filter
by service.
"""

from collections.abc import Iterable

from fastapi import Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.access.roles import Principal, operation_of
from api.problems import Problem
from api.request.context import context_of
from api.request.query import parameters_of
from lifecycle.errors import Malformed
from lifecycle.people.security_log import security_event
from lifecycle.queries.services_of import services_of
from lifecycle.records.engine import reading

# Path parameters whose service is looked up. An outage behind a contract is a part of it.
IDS = ("contract_id", "option_id", "change_id", "measure_id", "outage_id", "approval_id", "subject_id",
       "attachment_id", "webhook_id")  # fmt: skip
OF_CONTRACT = ("contract", "subject")  # as auditors ask by a reference
# Operations whose body names the service.
BY_BODY = frozenset(("contracts-apply", "outages-open_outage", "terms-rehearse", "terms-resettle", "webhooks-add"))
# Operations that return the same to every caller.
SHARED = frozenset(("terms-terms", "terms-preview", "clock-get_clock"))
# Pages that can filter by service, and pages about the visitor only.
PAGES = frozenset(
    ("/", "/waiting", "/due.{form}", "/contracts", "/contracts.{form}", "/contracts/found", "/contracts/new",
     "/outages", "/outages/new", "/statements", "/statements/{month}", "/statements/{month}.{form}",
     "/statements/{month}.zip", "/statements/{month}/issue", "/statements/found", "/refunds", "/pictures",
     "/months", "/months/{month}", "/months/{month}.{form}", "/customers/{number:path}", "/terms", "/roles",
     "/settings", "/signed-in", "/audit", "/audit.{form}", "/audit/otherwise", "/audit/otherwise.{form}",
     "/audit/reads", "/audit/reads.{form}", "/webhooks")
)  # fmt: skip
# Pages that name a contract in a field, nothing before it is filled in.
NAMING, NAMED_BY = (
    frozenset(("/audit/why", "/audit/why.{form}", "/audit/believed", "/audit/believed.{form}")),
    "of",
)
HIDDEN = ("tokens-", "sessions-", "imports-", "scheduler-", "parked-", "mail-list", "terms-announce",
          "audit-checkpoints", "files-export")  # fmt: skip


class OtherService(Problem):
    """The operation is refused because it is not about the caller's services only. services: the caller's."""

    def __init__(self, services: Iterable[str]) -> None:
        self.services = sorted(services)
        super().__init__(
            403, "other-service", "Your access is limited to other services",
            f"It is about contracts of a service that is not yours, or of all. Yours: {', '.join(self.services)}.",
        )  # fmt: skip


def service_asked(caller: Principal, asked: str | None) -> str | None:
    """Return the service that a list is restricted to: the requested one, else the caller's own; None for all.

    Raises OtherService. Raises Malformed if the caller has several services and names none.
    """
    if caller.services is None:
        return asked
    if asked is not None:
        if asked not in caller.services:
            raise refusal(caller, "list")
        return asked
    if len(caller.services) > 1:
        raise Malformed([("/query/service", f"is required: {', '.join(sorted(caller.services))}")])
    return next(iter(caller.services))


async def confine(request: Request, caller: Principal) -> None:
    """Check that a request to /v1 is about the caller's services. Raises OtherService."""
    if caller.services is None:
        return
    route = request.scope["route"]
    operation, named = operation_of(route), _named(request) or _asked(request)
    if not named:
        if operation not in SHARED | BY_BODY and "service" not in parameters_of(route.dependant):
            raise refusal(caller, operation)
        return
    await run_in_threadpool(_refuse_others, request, caller, operation, named)


async def confine_page(request: Request, caller: Principal) -> None:
    """Do the same for a page. Raises OtherService."""
    if caller.services is None:
        return
    path, named = request.scope["route"].path, _named(request)
    if path in NAMING and not named:
        named = [text] if (text := request.query_params.get(NAMED_BY, "").strip()[:100]) else []
    if not named:
        if path not in PAGES | NAMING:
            raise refusal(caller, path)
        return
    await run_in_threadpool(_refuse_others, request, caller, path, named)


def refuse_body(caller: Principal, operation: str, body: BaseModel | None) -> None:
    """Raise OtherService for a body about another service than the caller's, or about all services."""
    if caller.services is None or operation not in BY_BODY:
        return
    if getattr(body, "service", None) not in caller.services:
        raise refusal(caller, operation)


def offered(caller: Principal, operation: str) -> bool:
    """Whether pages offer an operation to a principal.

    A limited caller is not offered operations on all services.
    """
    return caller.services is None or not operation.startswith(HIDDEN)


def refusal(caller: Principal, operation: str) -> OtherService:
    """Log the refusal and return it."""
    security_event("refused", caller.name, refused=True, operation=operation)
    return OtherService(caller.services or ())


def _named(request: Request) -> list[str]:
    given = request.path_params
    if "contract_id" in given:
        return [str(given["contract_id"])]
    return [str(given[name]) for name in IDS if name in given]


def _asked(request: Request) -> list[str]:
    return [request.query_params[name] for name in OF_CONTRACT if name in request.query_params]


def _refuse_others(request: Request, caller: Principal, operation: str, named: list[str]) -> None:
    assert caller.services is not None
    with reading(context_of(request).engine) as conn:
        found = [services_of(conn, one) for one in named]
    looks = request.method == "GET"  # an outage of all services concerns theirs too: it is shown, not changed
    if any(not looks if one is None else not one <= caller.services for one in found):
        raise refusal(caller, operation)
