"""Forms for every command: the answer before the click, from the very code that will commit.

Two steps without scripts: look at what it brings, then confirm. A confirmation bears what was shown; where the
outcome would be another one it is undone, and the page says what has changed.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.messages.catalogue import translator
from api.messages.details import translate_detail
from api.pages.fields import Field, Filled, filled, places
from api.pages.form_table import FORMS, Form
from api.pages.layout import drawn, page
from api.pages.preview import (
    CommandPreview,
    PreviewChanged,
    PreviewLine,
    compare,
    compare_plain,
    preview_differences,
    snapshot,
)
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.subjects import FormSubject, subject_of
from api.request.context import context_of
from api.transaction.idempotency import ON_RESULT, OnResult
from api.transaction.inside import Answered, ask
from lifecycle.queries.views import Answer
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import tokyo_day

router = pages()
_ENDS_ON = Field("ends_on", "day")


@dataclass(slots=True)
class FilledForm:
    """A form on its way: what is typed, what is wrong with it, what it would bring, what has changed since."""

    form: Form
    ids: Mapping[str, str]
    subject: FormSubject
    typed: Mapping[str, str]
    filled: Filled
    errors: dict[str, str] = field(default_factory=dict)
    problem: Answer | None = None
    preview: CommandPreview | None = None
    changed: list[PreviewLine] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def path(self) -> str:
        """Where /v1 takes it."""
        return self.form.path.format(**self.ids, month=self.filled.body.get("month", "-"))

    @property
    def body(self) -> Answer:
        """As /v1 takes it."""
        return {name: value for name, value in self.filled.body.items() if name != "month"}

    @property
    def settled(self) -> dict[str, str]:
        """What was typed, days as they were read: the confirmation means the same whenever it is sent."""
        days = {name: (one.at or one.day).isoformat() for name, one in self.filled.read.items()}
        return {name: text for name, text in {**self.typed, **days}.items() if text}

    @property
    def complete(self) -> bool:
        """Whether nothing that is needed is missing, so that there is something to look at."""
        return all(self.typed[one.name] or not one.required for one in self.form.fields if one.kind != "flag")


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
    answered = await _asked(
        request, visit, sheet, preview_on_result(sheet, seen.append), query={"dry_run": "true"}
    )
    if not answered.fine:
        _refused(visit, sheet, answered.content)
    else:
        sheet.preview = seen[0] if seen else compare_plain(sheet.form.kind, sheet.subject.view, answered.content)


async def _carry_out(
    request: Request, visit: PageSession, sheet: FilledForm, given: Mapping[str, str]
) -> str | None:
    """Runs the command for good; where to look next, or None where it would bring what nobody agreed to."""

    def compared(preview: CommandPreview) -> None:
        if preview.agreed != given["agreed"]:
            raise PreviewChanged

    headers = {"Idempotency-Key": given["key"]}
    if sheet.form.event is not None:
        headers["If-Match"] = f'"{given["version"]}"'
    answered = await _asked(request, visit, sheet, preview_on_result(sheet, compared), headers=headers)
    if answered.fine:
        return _next(sheet, answered.content) + ("&proposed" if answered.status == 202 else "")
    if answered.status == 412:
        await _rehearse(request, visit, sheet)
        if sheet.preview is not None:
            sheet.changed = preview_differences(given["agreed"], sheet.preview)
        sheet.problem = sheet.problem or answered.content
    else:
        _refused(visit, sheet, answered.content)
    return None


async def _asked(
    request: Request, visit: PageSession, sheet: FilledForm, on_result: OnResult, **how: Any
) -> Answered:
    body = sheet.body if sheet.form.fields else None
    who, form = visit.principal, sheet.form
    return await ask(request, who, form.method, sheet.path, body, marks={ON_RESULT: on_result}, **how)


def preview_on_result(sheet: FilledForm, tell: Callable[[CommandPreview], object]) -> OnResult:
    """Compares the dossier before and after inside the command's transaction."""

    def on_result(conn: Connection, now: datetime, content: Answer) -> None:
        contract_id = sheet.subject.contract_id
        if contract_id is None and sheet.form.kind == "contract":
            contract_id = content["id"]
        if contract_id is None:
            tell(compare_plain(sheet.form.kind, sheet.subject.view, content))
        else:
            tell(compare(conn, sheet.subject.before, snapshot(conn, contract_id, now), now))

    return on_result


def _refused(visit: PageSession, sheet: FilledForm, problem: Answer) -> None:
    """Errors of fields go to their fields, all else above the form."""
    for error in problem.get("errors", ()):
        name = places(error["pointer"], sheet.form.fields) or "month"
        sheet.errors.setdefault(name, translate_detail(visit.language, error["detail"]))
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
    query = {"effective_on": typed.body["ends_on"]}
    path = f"/v1/contracts/{sheet.ids['contract_id']}/latest_arrival"
    answered = await ask(request, visit.principal, "GET", path, query=query)
    return {"typed": wanted, "wrong": None, "day": query["effective_on"], "fine": answered.fine} | answered.content


for _form in FORMS:
    _add(_form)
