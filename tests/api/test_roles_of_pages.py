"""Permissions of pages: every route of the application under every role; no route is missing from the list."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from api.access.roles import PERMITTED
from api.pages.form_table import FORMS
from api.pages.session import COOKIE, PageSession
from lifecycle.people.sessions import open_session
from lifecycle.people.tokens import ROLES
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.api.answers import operations
from tests.api.desk import Desk, InContext, Json, routes
from tests.api.inprocess import ADDRESS, InProcess
from tests.api.malformed import WITHOUT_DATABASE
from tests.how_many import IN_FULL

OPEN = {  # to anybody
    "/healthz", "/readyz", "/metrics", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json", "/sign-in",
    "/sign-in/openid", "/sign-in/openid/return", "/sign-in/openid/end", "/sign-in/openid/signed-out",
    "/sign-out", "/language/{language}",
    "/problems", "/problems/{kind}", "/{address:path}",
}  # fmt: skip
NEEDS = {form.address: form.name for form in FORMS} | {  # the operation whose roles open a page
    "/": "waiting-list_waiting",
    "/customers/{number:path}": "contracts-list_contracts",  # which shows nothing to whom may not see customers
    "/due.{form}": "files-list_due",
    "/audit": "audit-actions",
    "/audit.{form}": "audit-actions",
    "/audit/believed": "audit-believed",
    "/audit/log": "audit-actions",
    "/audit/log.{form}": "audit-actions",
    "/audit/reads": "audit-reads",
    "/audit/reads.{form}": "audit-reads",
    "/audit/verify": "audit-checkpoints",
    "/audit/why": "audit-why",
    "/audit/why.{form}": "audit-why",
    "/audit/believed.{form}": "audit-believed",
    "/audit/otherwise": "audit-otherwise",
    "/audit/otherwise.{form}": "audit-otherwise",
    "/contracts": "contracts-list_contracts",
    "/contracts.{form}": "files-list_contracts",
    "/contracts/found": "contracts-list_contracts",
    "/contracts/{contract_id}": "contracts-get",
    "/contracts/{contract_id}/attachments/new": "contracts-attach",
    "/contracts/{contract_id}/attachments/{attachment_id}": "files-attachment",
    "/contracts/{contract_id}/papers/{name}": "files-paper",
    "/contracts/{contract_id}/papers/{name}.pdf": "files-paper",
    "/import": "money-put_usage",  # or an application; what else a file may hold is asked once it is read
    "/import/templates/{name}": "contracts-get",
    "/contracts/{contract_id}/papers/{name}/mail": "mail-mail_paper",
    "/mail": "mail-list_mail",
    "/mail/{mail_id}/resend": "mail-resend",
    "/months": "contracts-list_contracts",
    "/months/{month}": "contracts-list_contracts",
    "/months/{month}.{form}": "files-list_contracts",
    "/outages": "outages-list_outages",
    "/outages/{outage_id}": "outages-get_outage",
    "/pictures": "contracts-list_contracts",
    "/proposals": "approvals-list_approvals",
    "/proposals/{approval_id}": "approvals-get",
    "/refunds": "money-list_refunds",
    "/roles": "waiting-list_waiting",
    "/settings": "waiting-list_waiting",
    "/signed-in": "waiting-list_waiting",
    "/statements": "money-list_statements",
    "/statements/found": "money-find_issued",
    "/statements/{month}": "money-list_statements",
    "/statements/{month}.zip": "files-paper",
    "/statements/{month}.{form}": "money-list_statements",
    "/terms": "terms-terms",
    "/terms/announcement": "terms-announce",
    "/terms/rehearsal": "terms-rehearse",
    "/terms/resettlement": "terms-resettle",
    "/terms/resettlement/{approval_id}": "approvals-get",
    "/waiting": "waiting-list_waiting",
    "/webhooks": "webhooks-list_undelivered",
    "/webhooks/{webhook_id}/resend": "webhooks-resend",
}
BY_ACT = {"/contracts/chosen"}  # the act that is sent says whose it is
DECISIONS = {("POST", "/proposals/{approval_id}"), ("POST", "/terms/resettlement/{approval_id}")}
PLACES = {
    "form": "csv",
    "month": "2022-03",
    "name": "nothing",
    "outage_id": "x_",
    "approval_id": "a_",
    "webhook_id": "w_",
    "mail_id": "mail_",
}


def test_every_route_is_in_the_document_or_listed_here(document: Json) -> None:
    listed = {path for _, path, _ in operations(document)}
    listed |= {path for path in routes() if path.replace(":path}", "}") in listed}
    assert set(routes()) - listed == (OPEN | BY_ACT | set(NEEDS)) - listed


def pages() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every page and form as (method, address, roles that may open it); the address names no existing subject."""
    for template, needed in NEEDS.items():
        for method in sorted(routes()[template]):
            place = re.sub(r"{(\w+)}", lambda found: PLACES.get(found[1], "c_").ljust(28, "0"), template)
            address = place.replace("csv" + "0" * 25, "csv")
            yield method, address, PERMITTED["approvals-decline" if (method, template) in DECISIONS else needed]


@pytest.fixture(scope="module")
def visitor(standing_desk: Desk) -> Iterator[httpx2.Client]:
    """A browser at the desk, as anybody."""
    with httpx2.Client(transport=InProcess(InContext(standing_desk.context)), base_url=ADDRESS) as client:
        yield client


@WITHOUT_DATABASE
def test_every_page_and_form_is_closed_to_every_role_that_is_not_listed(
    standing_desk: Desk, visitor: httpx2.Client
) -> None:
    """In the short run one of the permitted roles opens each page; the roles alternate."""
    for role in (None, *ROLES):
        secret = signed_in(standing_desk, role) if role else "nobody"
        headers = {"Cookie": f"{COOKIE}={secret}", "Origin": ADDRESS}
        form = {"csrf": PageSession(None, "en", secret).csrf}
        for number, (method, address, roles) in enumerate(pages()):
            listed = [one for one in ROLES if one in roles]
            if role in listed and not (IN_FULL or role == listed[number % len(listed)]):
                continue
            answer = visitor.request(method, address, headers=headers, data=form if method == "POST" else None)
            if role is None:
                assert answer.headers["location"].startswith("/sign-in?"), (method, address, answer.status_code)
            else:
                assert (answer.status_code == 403) == (role not in roles), (role, method, address)


def signed_in(desk: Desk, role: str) -> str:
    """Return the secret of a session with that role alone."""
    with writing(desk.engine) as conn:
        return open_session(conn, system_clock(), name=f"person:{role}", roles=[role])
