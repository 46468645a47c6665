"""Four eyes: what one person proposed, what it would bring, a second person's click to approve or decline."""

import re
from collections.abc import Callable, Mapping

import orjson
from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.pages.fields import Filled
from api.pages.form_table import BY_NAME
from api.pages.forms import FilledForm, preview_on_result
from api.pages.layout import page
from api.pages.preview import CommandPreview, PreviewChanged, preview_differences
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.subjects import subject_of
from api.request.context import context_of
from api.request.query import ApprovalId
from api.transaction.idempotency import ON_RESULT
from api.transaction.inside import Answered, ask
from lifecycle.commands import four_eyes
from lifecycle.records.engine import reading

router = pages()
LISTED = 100
APPROVE, DECLINE = "approvals-approve", "approvals-decline"


@router.get("/proposals")
def show_proposals(request: Request, visit: SignedInSession) -> Response:
    """The proposals that wait for a second person, oldest first."""
    visit.need("approvals-list_approvals")
    with reading(context_of(request).engine) as conn:
        found = four_eyes.waiting_approvals(conn, LISTED + 1)
    return page(request, visit, "proposals.html", found=found[:LISTED], cut=len(found) > LISTED)


@router.get("/proposals/{approval_id}")
async def show_proposal(request: Request, visit: SignedInSession, approval_id: ApprovalId) -> Response:
    """One proposal, and what it would bring by the very code that would carry it out."""
    visit.need("approvals-get")
    approval, sheet = await _opened(request, approval_id)
    await _rehearse(request, visit, approval, sheet)
    return _drawn(request, visit, approval, sheet)


@router.post("/proposals/{approval_id}")
async def decide_proposal(
    request: Request, visit: SignedInSession, approval_id: ApprovalId, sent: PostedForm
) -> Response:
    """Approves it, if it brings what was shown, or declines it."""
    approving = sent.get("step") == "do"
    visit.need(APPROVE if approving else DECLINE)
    approval, sheet = await _opened(request, approval_id)
    given = {name: str(sent.get(name) or "") for name in ("agreed", "digest", "key", "reason")}
    answered = await (_approved if approving else _declined)(request, visit, approval, sheet, given)
    if answered.fine:
        return see(f"/contracts/{sheet.subject.contract_id}?done={sheet.form.name}" if approving else "/proposals")
    await _rehearse(request, visit, approval, sheet)
    if answered.status == 412 and sheet.preview is not None:
        sheet.changed = preview_differences(given["agreed"], sheet.preview)
    sheet.problem = answered.content
    return _drawn(request, visit, approval, sheet, answered.status)


async def _opened(request: Request, approval_id: str) -> tuple[four_eyes.Approval, FilledForm]:
    context = context_of(request)
    now = context.clock()

    def look() -> tuple[four_eyes.Approval, FilledForm]:
        with reading(context.engine) as conn:
            approval = four_eyes.approval_of(conn, approval_id)
            form = BY_NAME[approval.operation]
            ids = dict.fromkeys(re.findall(r"{(\w+)}", form.path), approval.subject_id)
            subject = subject_of(conn, form, ids, now)
        return approval, FilledForm(form, ids, subject, {"digest": approval.digest}, Filled())

    return await run_in_threadpool(look)


async def _rehearse(request: Request, visit: PageSession, approval: four_eyes.Approval, sheet: FilledForm) -> None:
    """What it would bring, or why this visitor cannot approve it; nothing for those who never could."""
    if approval.state != four_eyes.PROPOSED or not visit.may(APPROVE):
        return
    seen: list[CommandPreview] = []
    answered = await _asked(
        request, visit, approval, sheet, approval.digest, seen.append, query={"dry_run": "true"}
    )
    if answered.fine:
        sheet.preview = seen[0]
    else:
        sheet.problem = answered.content


async def _approved(
    request: Request, visit: PageSession, approval: four_eyes.Approval, sheet: FilledForm, given: Mapping[str, str]
) -> Answered:
    def compared(preview: CommandPreview) -> None:
        if preview.agreed != given["agreed"]:
            raise PreviewChanged

    key = {"Idempotency-Key": given["key"]}
    return await _asked(request, visit, approval, sheet, given["digest"], compared, headers=key)


async def _declined(
    request: Request, visit: PageSession, approval: four_eyes.Approval, sheet: FilledForm, given: Mapping[str, str]
) -> Answered:
    path = f"/v1/approvals/{approval.id}/decline"
    return await ask(request, visit.principal, "POST", path, {"reason": given["reason"]})


async def _asked(
    request: Request, visit: PageSession, approval: four_eyes.Approval, sheet: FilledForm, digest: str,
    tell: Callable[[CommandPreview], object], **how: Mapping[str, str],
) -> Answered:  # fmt: skip
    path, marks = f"/v1/approvals/{approval.id}/approve", {ON_RESULT: preview_on_result(sheet, tell)}
    return await ask(request, visit.principal, "POST", path, {"digest": digest}, marks=marks, **how)


def _drawn(
    request: Request, visit: PageSession, approval: four_eyes.Approval, sheet: FilledForm, status: int = 200
) -> Response:
    body = orjson.loads(approval.body)
    return page(
        request, visit, "proposal.html", status=status, approval=approval, body=body, sheet=sheet,
        form=sheet.form, subject=sheet.subject,
    )  # fmt: skip
