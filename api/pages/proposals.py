"""Four eyes: a person's proposal, its effect, and the second person's approval or refusal."""

import re
from collections.abc import Callable, Mapping
from functools import partial

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.access.auth import allow
from api.commands import attempt
from api.pages.fields import Filled
from api.pages.filled_form import FilledForm
from api.pages.form_table import BY_NAME
from api.pages.layout import page
from api.pages.preview import CommandPreview, NotTicked
from api.pages.proposed_entries import OF_ENTRIES, proposed_entries
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.subjects import subject_of
from api.pages.two_steps import agreed_by, compare_with_agreed, preview_on_result
from api.problems import malformed_of
from api.request.context import context_of
from api.request.query import ApprovalId, key_of
from lifecycle.commands.approve import approve
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.idempotency import fingerprint
from lifecycle.commands.inputs import Approve
from lifecycle.errors import DomainError
from lifecycle.machines.body import Input, NeedsReason
from lifecycle.queries.approvals import PROPOSED, Approval, approval_of, lapsed_approvals, waiting_approvals
from lifecycle.records.engine import reading

router = pages()
LISTED = 100
APPROVE, DECLINE = "approvals-approve", "approvals-decline"


@router.get("/proposals")
def show_proposals(request: Request, visit: SignedInSession) -> Response:
    """Show the open proposals, oldest first, and those that lapsed."""
    visit.need("approvals-list_approvals")
    with reading(context_of(request).engine) as conn:
        found = waiting_approvals(conn, LISTED + 1)
        lapsed = lapsed_approvals(conn, LISTED)
    cut = len(found) > LISTED
    return page(request, visit, "proposals.html", found=found[:LISTED], cut=cut, lapsed=lapsed)


@router.get("/proposals/{approval_id}")
async def show_proposal(request: Request, visit: SignedInSession, approval_id: ApprovalId) -> Response:
    """Show a proposal, and its effect by the code that would execute it."""
    visit.need("approvals-get")
    if await run_in_threadpool(_about_terms, request, approval_id):
        return see(f"/terms/resettlement/{approval_id}")
    approval, sheet = await _opened(request, approval_id)
    await _rehearse(request, visit, approval, sheet)
    return _drawn(request, visit, approval, sheet)


@router.post("/proposals/{approval_id}")
async def decide_proposal(
    request: Request, visit: SignedInSession, approval_id: ApprovalId, sent: PostedForm
) -> Response:
    """Approve it if its effect is the one that was shown, or decline it."""
    approving = sent.get("step") == "do"
    visit.need(APPROVE if approving else DECLINE)
    approval, sheet = await _opened(request, approval_id)
    given = {name: str(sent.get(name) or "") for name in ("agreed", "digest", "key", "reason", "ends")}
    answered = await (_approved if approving else _declined)(request, visit, approval, sheet, given)
    if isinstance(answered, Outcome):
        contract_id = sheet.subject.contract_id
        place = f"/contracts/{contract_id}" if contract_id else f"/outages/{approval.subject_id}"
        return see(f"{place}?done={sheet.form.name}" if approving else "/proposals")
    await _rehearse(request, visit, approval, sheet)
    if answered.status == 412 or isinstance(answered, NotTicked):
        compare_with_agreed(sheet, given["agreed"])
    sheet.problem = answered.as_problem(approval.path)
    return _drawn(request, visit, approval, sheet, answered.status)


def _about_terms(request: Request, approval_id: str) -> bool:
    with reading(context_of(request).engine) as conn:
        return approval_of(conn, approval_id).about_terms


async def _opened(request: Request, approval_id: str) -> tuple[Approval, FilledForm]:
    context = context_of(request)
    now = context.clock()

    def look() -> tuple[Approval, FilledForm]:
        with reading(context.engine) as conn:
            approval = approval_of(conn, approval_id)
            form = BY_NAME[approval.operation]
            ids = dict.fromkeys(re.findall(r"{(\w+)}", form.path), approval.subject_id)
            subject = subject_of(conn, form, ids, now, people=False)
        return approval, FilledForm(form, ids, subject, {"digest": approval.digest}, Filled())

    return await run_in_threadpool(look)


async def _rehearse(request: Request, visit: PageSession, approval: Approval, sheet: FilledForm) -> None:
    """Return its effect, or why this visitor cannot approve it; nothing for visitors who can never approve."""
    if approval.state != PROPOSED or not visit.may(APPROVE):
        return
    seen: list[CommandPreview] = []
    approving = _command(visit, approval, APPROVE, Approve(digest=approval.digest), dry_run=True)
    answered = await _asked(request, visit, approving, sheet, seen.append)
    if isinstance(answered, Outcome):
        sheet.preview = seen[0]
    else:
        sheet.problem = answered.as_problem(approval.path)


async def _approved(
    request: Request, visit: PageSession, approval: Approval, sheet: FilledForm, given: Mapping[str, str]
) -> Outcome | DomainError:
    approving = _command(visit, approval, APPROVE, Approve(digest=given["digest"]), key=key_of(given["key"]))
    return await _asked(request, visit, approving, sheet, agreed_by(given))


async def _declined(
    request: Request, visit: PageSession, approval: Approval, sheet: FilledForm, given: Mapping[str, str]
) -> Outcome | DomainError:
    try:
        body = NeedsReason(reason=given["reason"])
    except ValidationError as error:
        return malformed_of(error.errors())
    return await attempt(execute, context_of(request), _command(visit, approval, DECLINE, body))


def _command(
    visit: PageSession, approval: Approval, operation: str, body: Input, *,
    key: str | None = None, dry_run: bool = False,
) -> Command:  # fmt: skip
    path = f"/v1/{operation.replace('-', f'/{approval.id}/')}"
    return Command(
        operation=operation, actor=visit.principal.name, path=path, subject_id=approval.id, body=body, key=key,
        fingerprint=fingerprint("POST", path, (), body.model_dump_json().encode()), dry_run=dry_run,
    )  # fmt: skip


async def _asked(
    request: Request, visit: PageSession, approving: Command, sheet: FilledForm,
    tell: Callable[[CommandPreview], object],
) -> Outcome | DomainError:  # fmt: skip
    may = partial(allow, visit.principal)
    return await attempt(approve, context_of(request), approving, may, preview_on_result(sheet, tell))


def _drawn(
    request: Request, visit: PageSession, approval: Approval, sheet: FilledForm, status: int = 200
) -> Response:
    body = orjson.loads(approval.body)
    with reading(context_of(request).engine) as conn:
        entries = proposed_entries(conn, approval.subject_id, body)
    of_outage = body.get("facts", {}) if sheet.subject.contract_id is None else {}
    body = {name: value for name, value in body.items() if name not in OF_ENTRIES} | of_outage
    return page(
        request, visit, "proposal.html", part=False, status=status, approval=approval, body=body, sheet=sheet,
        form=sheet.form, subject=sheet.subject, entries=entries,
    )  # fmt: skip
