"""The two steps of a form, without scripts: preview the command, then confirm it.

A confirmation contains what was shown. If the effect would differ, the command is rolled back and the page shows
what has changed. An immediate end, and entries that lose their effect, need a separate tick.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.limits import refuse_body
from api.commands import attempt
from api.messages.catalogue import translate_detail
from api.pages.changes import invalidated_ids
from api.pages.fields import places
from api.pages.filled_form import FilledForm
from api.pages.preview import (
    CommandPreview,
    NotTicked,
    PreviewChanged,
    compare,
    compare_plain,
    preview_differences,
    snapshot,
)
from api.pages.session import PageSession
from api.problems import malformed_of
from api.request.context import WAITING_MONEY, context_of
from api.request.query import CommandOptions, key_of, versions_of
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.enter_event import WouldInvalidate
from lifecycle.commands.execute import OnResult, execute
from lifecycle.commands.idempotency import fingerprint
from lifecycle.errors import DomainError
from lifecycle.history.rows import history_of
from lifecycle.queries.history import history_views
from lifecycle.queries.views.fields import Answer
from lifecycle.records.engine import reading

FOR_CONTRACTS = ("statement", "refund")  # of a contract, and no part of its dossier
MOST_SINCE = 20  # rows of others that are shown
CONFIRMED = (
    "agreed",
    "key",
    "version",
    "accept",
    "ends",
    "seen",
)  # fields of a confirmation besides those of the form


async def rehearse(request: Request, visit: PageSession, sheet: FilledForm) -> None:
    """Execute the command as a dry run, and store its preview or refusal in the form.

    A preview treats entries that would lose their effect as accepted; the confirmation asks to accept them.
    """
    if sheet.errors:
        return
    seen: list[CommandPreview] = []
    how = CommandOptions(dry_run=True, key=None)
    answered = await _asked(request, visit, sheet, preview_on_result(sheet, seen.append), how)
    if isinstance(answered, WouldInvalidate):
        sheet.accepted = invalidated_ids(answered.changes)
        answered = await _asked(request, visit, sheet, preview_on_result(sheet, seen.append), how)
    if isinstance(answered, DomainError):
        _refused(visit, sheet, answered)
    else:
        sheet.waits = answered.waits
        sheet.preview = seen[0] if seen else compare_plain(sheet.form.kind, sheet.subject.view, answered.content)


async def carry_out(
    request: Request, visit: PageSession, sheet: FilledForm, given: Mapping[str, str]
) -> str | None:
    """Execute the command; return the next page, or None if its effect was not agreed to. given: the confirmation.
    accept: the entries whose loss is ticked.
    """
    versioned = sheet.form.event is not None and "version" in sheet.subject.view
    expected = versions_of(given["version"]) if versioned else ()
    how = CommandOptions(dry_run=False, key=key_of(given["key"]), expected=expected)
    sheet.accepted = tuple(given["accept"].split())
    answered = await _asked(request, visit, sheet, preview_on_result(sheet, agreed_by(given)), how)
    if isinstance(answered, Outcome):
        context_of(request).kept.pop(WAITING_MONEY, None)  # the next view of the worklist must not be cached
        return _next(sheet, answered.content) + ("&proposed" if answered.proposed else "")
    if isinstance(answered, WouldInvalidate):
        answered = NotTicked()
    if answered.status == 412 or isinstance(answered, NotTicked):
        await rehearse(request, visit, sheet)
        compare_with_agreed(sheet, given["agreed"])
        sheet.since = await run_in_threadpool(_since, request, sheet, given.get("seen", ""))
        sheet.problem = sheet.problem or answered.as_problem(sheet.path)
    else:
        _refused(visit, sheet, answered)
        if sheet.problem:
            sheet.since = await run_in_threadpool(_since, request, sheet, given.get("seen", ""))
    return None


def _since(request: Request, sheet: FilledForm, seen: str) -> list[Answer]:
    """Return the rows of the contract after the one on which the preview was based, the latest last."""
    contract_id = sheet.subject.contract_id
    if contract_id is None or not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        return []
    with reading(context_of(request).engine) as conn:
        rows = history_of(conn, contract_id, int(seen), MOST_SINCE)
        return [*history_views(conn, rows)]


def agreed_by(given: Mapping[str, str]) -> Callable[[CommandPreview], None]:
    """Roll back a command whose effect differs from the preview, or was not ticked."""

    def compared(preview: CommandPreview) -> None:
        if preview.agreed != given["agreed"]:
            raise PreviewChanged
        if preview.ends_now and not given["ends"]:
            raise NotTicked

    return compared


def compare_with_agreed(sheet: FilledForm, agreed: str) -> None:
    """Record what of a form's preview differs from the agreed one."""
    if sheet.preview is not None:
        sheet.differs = agreed != sheet.preview.agreed
        sheet.changed = preview_differences(agreed, sheet.preview, sheet.subject.before)


def preview_on_result(sheet: FilledForm, tell: Callable[[CommandPreview], object]) -> OnResult:
    """Compares the dossier before and after inside the command's transaction."""

    def on_result(conn: Connection, now: datetime, outcome: Outcome) -> None:
        contract_id, content = sheet.subject.contract_id, outcome.content
        if contract_id is None and sheet.form.kind == "contract":
            contract_id = content["id"]
        if contract_id is None or sheet.form.kind in FOR_CONTRACTS:
            tell(compare_plain(sheet.form.kind, sheet.subject.view, content))
        else:
            after = snapshot(conn, contract_id, now)
            tell(compare(conn, sheet.subject.before, after, now, content.get("changes")))

    return on_result


async def _asked(
    request: Request, visit: PageSession, sheet: FilledForm, on_result: OnResult, how: CommandOptions
) -> Outcome | DomainError:
    """Return the outcome of the form's command, as its route would execute it."""
    form, sent = sheet.form, sheet.body
    try:
        body = form.model.model_validate(sent) if form.model else None
    except ValidationError as error:
        return malformed_of(error.errors())
    try:
        refuse_body(visit.principal, form.name, body)
    except DomainError as error:
        return error
    command = Command(
        operation=form.name,
        actor=visit.principal.name,
        path=sheet.path,
        subject_id=sheet.subject_id,
        part=sheet.part,
        service=sheet.service,
        body=body,
        expected=how.expected,
        key=how.key,
        fingerprint=fingerprint(form.method, sheet.path, (), json.dumps(sent).encode()),
        dry_run=how.dry_run,
    )
    return await attempt(execute, context_of(request), command, on_result)


def _refused(visit: PageSession, sheet: FilledForm, error: DomainError) -> None:
    """Show errors of fields at the fields, all others above the form."""
    problem = error.as_problem(sheet.path)
    for one in problem.get("errors", ()) if sheet.form.fields else ():
        name = places(one["pointer"], sheet.form.fields) or sheet.form.fields[0].name
        sheet.errors.setdefault(name, translate_detail(visit.language, one["detail"]))
    if not sheet.errors:
        sheet.problem = problem


def _next(sheet: FilledForm, content: Answer) -> str:
    done = f"?done={sheet.form.name}"
    match sheet.form.kind:
        case "clock" | "scheduler" | "parked":
            return f"/{done}"
        case "month":
            of = f"&service={sheet.service}" if sheet.service is not None else ""
            return f"/statements/{content['month']}{done}{of}"
        case "outage":
            return f"/outages/{sheet.subject.view.get('id') or content['id']}{done}"
    return f"/contracts/{sheet.subject.contract_id or content['id']}{done}"
