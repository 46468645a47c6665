"""Forms for every command: the answer before the click, from the very code that will commit.

Two steps without scripts: look at what it brings, then confirm. A confirmation bears what was shown; where the
outcome would be another one it is undone, and the page says what has changed.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.commands import attempt
from api.messages.catalogue import translator
from api.messages.details import translate_detail
from api.pages.fields import Field, filled, places
from api.pages.filled_form import FilledForm
from api.pages.form_table import FORMS, Form
from api.pages.layout import drawn, page
from api.pages.preview import (
    CommandPreview,
    PreviewChanged,
    compare,
    compare_plain,
    preview_differences,
    snapshot,
)
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.subjects import FormSubject, subject_of
from api.problems import malformed_of
from api.request.context import context_of
from api.request.query import CommandOptions, key_of, version_of
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import OnResult, execute
from lifecycle.commands.idempotency import fingerprint
from lifecycle.errors import DomainError
from lifecycle.queries.questions import latest_arrival
from lifecycle.queries.views.fields import Answer
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import tokyo_day

router = pages()
_ENDS_ON = Field("ends_on", "day")


async def _opened(request: Request, visit: PageSession, form: Form, typed: Mapping[str, Any]) -> FilledForm:
    context = context_of(request)
    now, ids = context.clock(), dict(request.path_params)

    def look() -> FormSubject:
        with reading(context.engine) as conn:
            return subject_of(conn, form, ids, now)

    texts = {one.name: str(typed.get(one.name) or "") for one in form.fields}
    found, say = filled(form.fields, texts, tokyo_day(now)), translator(visit.language)
    wrong = {name: say(f"day.{key}") for name, key in found.wrong.items()}
    return FilledForm(form, ids, await run_in_threadpool(look), texts, found, wrong)


async def _rehearse(request: Request, visit: PageSession, sheet: FilledForm) -> None:
    """Runs the command and undoes it: what it brings, or why it would be refused."""
    if sheet.errors:
        return
    seen: list[CommandPreview] = []
    how = CommandOptions(dry_run=True, key=None, version=None)
    answered = await _asked(request, visit, sheet, preview_on_result(sheet, seen.append), how)
    if isinstance(answered, DomainError):
        _refused(visit, sheet, answered)
    else:
        sheet.preview = seen[0] if seen else compare_plain(sheet.form.kind, sheet.subject.view, answered.content)


async def _carry_out(
    request: Request, visit: PageSession, sheet: FilledForm, given: Mapping[str, str]
) -> str | None:
    """Runs the command for good; where to look next, or None where it would bring what nobody agreed to."""

    def compared(preview: CommandPreview) -> None:
        if preview.agreed != given["agreed"]:
            raise PreviewChanged

    version = version_of(given["version"]) if sheet.form.event is not None else None
    how = CommandOptions(dry_run=False, key=key_of(given["key"]), version=version)
    answered = await _asked(request, visit, sheet, preview_on_result(sheet, compared), how)
    if isinstance(answered, Outcome):
        return _next(sheet, answered.content) + ("&proposed" if answered.proposed else "")
    if answered.status == 412:
        await _rehearse(request, visit, sheet)
        if sheet.preview is not None:
            sheet.changed = preview_differences(given["agreed"], sheet.preview)
        sheet.problem = sheet.problem or answered.as_problem(sheet.path)
    else:
        _refused(visit, sheet, answered)
    return None


async def _asked(
    request: Request, visit: PageSession, sheet: FilledForm, on_result: OnResult, how: CommandOptions
) -> Outcome | DomainError:
    """What the form's command comes to, as its route would execute it."""
    form = sheet.form
    try:
        body = form.model.model_validate(sheet.body) if form.model else None
    except ValidationError as error:
        return malformed_of(error.errors())
    command = Command(
        operation=form.name,
        actor=visit.principal.name,
        path=sheet.path,
        subject_id=sheet.subject_id,
        part=sheet.part,
        body=body,
        expected_version=how.version,
        key=how.key,
        fingerprint=fingerprint(form.method, sheet.path, (), json.dumps(sheet.body).encode()),
        dry_run=how.dry_run,
    )
    return await attempt(execute, context_of(request), command, on_result)


def preview_on_result(sheet: FilledForm, tell: Callable[[CommandPreview], object]) -> OnResult:
    """Compares the dossier before and after inside the command's transaction."""

    def on_result(conn: Connection, now: datetime, outcome: Outcome) -> None:
        contract_id, content = sheet.subject.contract_id, outcome.content
        if contract_id is None and sheet.form.kind == "contract":
            contract_id = content["id"]
        if contract_id is None:
            tell(compare_plain(sheet.form.kind, sheet.subject.view, content))
        else:
            tell(compare(conn, sheet.subject.before, snapshot(conn, contract_id, now), now))

    return on_result


def _refused(visit: PageSession, sheet: FilledForm, error: DomainError) -> None:
    """Errors of fields go to their fields, all else above the form."""
    problem = error.as_problem(sheet.path)
    for one in problem.get("errors", ()):
        name = places(one["pointer"], sheet.form.fields) or "month"
        sheet.errors.setdefault(name, translate_detail(visit.language, one["detail"]))
    if not problem.get("errors"):
        sheet.problem = problem


def _next(sheet: FilledForm, content: Answer) -> str:
    done = f"?done={sheet.form.name}"
    match sheet.form.kind:
        case "clock" | "scheduler" | "parked":
            return f"/{done}"
        case "outage":
            return f"/outages/{content['id']}{done}"
    return f"/contracts/{sheet.subject.contract_id or content['id']}{done}"


def _drawn(
    request: Request, visit: PageSession, sheet: FilledForm, *, part: bool, status: int = 200, **more: Any
) -> Response:
    values = {"sheet": sheet, "form": sheet.form, "subject": sheet.subject, "inverse": None} | more
    if part:
        return HTMLResponse(drawn(request, visit, "answer.html", **values))
    return page(request, visit, "form.html", status=status, **values)


def _add(form: Form) -> None:
    """The form's page, and where it is sent."""

    async def show(request: Request, visit: SignedInSession) -> Response:
        visit.need(form.name)
        sheet = await _opened(request, visit, form, _suggested(form, request.query_params))
        if sheet.complete:
            await _rehearse(request, visit, sheet)
        return _drawn(request, visit, sheet, part=False, inverse=await _inverse(request, visit, sheet))

    async def send(request: Request, visit: SignedInSession, sent: PostedForm) -> Response:
        visit.need(form.name)
        sheet = await _opened(request, visit, form, sent)
        if sent.get("step") == "do" and not sheet.errors:
            given = {name: str(sent.get(name) or "") for name in ("agreed", "key", "version")}
            if (address := await _carry_out(request, visit, sheet, given)) is not None:
                return see(address)
        else:
            await _rehearse(request, visit, sheet)
        status = 422 if sheet.errors else 409 if sheet.problem else 200
        return _drawn(request, visit, sheet, part="part" in sent, status=status)

    router.add_api_route(form.address, show, methods=["GET"])
    router.add_api_route(form.address, send, methods=["POST"])


def _suggested(form: Form, asked: Mapping[str, str]) -> dict[str, str]:
    """What the address says a form's fields hold."""
    return {one.name: asked[one.name][:2000] for one in form.fields if one.name in asked}


async def _inverse(request: Request, visit: PageSession, sheet: FilledForm) -> Answer | None:
    """Until when a notice must arrive to end a contract on a day, where the address asks (R2 read backwards)."""
    wanted = request.query_params.get("ends_on")
    if sheet.form.name != "contracts-notify_cancellation" or not wanted:
        return None
    typed = filled((_ENDS_ON,), {"ends_on": wanted[:40]}, tokyo_day(context_of(request).clock()))
    if typed.wrong:
        return {"typed": wanted, "wrong": translator(visit.language)(f"day.{typed.wrong['ends_on']}")}
    day = date.fromisoformat(typed.body["ends_on"])
    context = context_of(request)

    def look() -> Outcome:
        now = context.clock()
        with reading(context.engine) as conn:
            return Outcome(latest_arrival(load(conn, sheet.ids["contract_id"]), day, now))

    found = await attempt(look)
    shown = found.content if isinstance(found, Outcome) else found.as_problem(sheet.path)
    return {"typed": wanted, "wrong": None, "day": day.isoformat(), "fine": isinstance(found, Outcome), **shown}


for _form in FORMS:
    _add(_form)
