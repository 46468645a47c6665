"""Forms for every command: the preview runs the code that will commit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from api.commands import attempt
from api.messages.catalogue import translate_detail, translator
from api.pages.chosen_service import Linking, chosen_service
from api.pages.fields import Field, filled
from api.pages.filled_form import FilledForm
from api.pages.form_table import FORMS, METERED, Form, with_meters
from api.pages.layout import drawn, page
from api.pages.on_record import emptied
from api.pages.possible_duplicates import SimilarEntry, possible_duplicates
from api.pages.preview import NotTicked
from api.pages.routing import pages, see
from api.pages.session import PageSession, SignedInSession, TypedForm
from api.pages.sign_in_again import OF
from api.pages.subjects import FormSubject, ids_of_references, proposed_values, subject_of
from api.pages.two_steps import CONFIRMED, carry_out, rehearse
from api.request.context import context_of
from lifecycle.commands.command import Outcome
from lifecycle.queries.questions import latest_arrival
from lifecycle.queries.views.fields import Answer
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import tokyo_day

router = pages()
OF_MANY = "month"  # the kind of form that is about the contracts of a service, or of all
_ENDS_ON = Field("ends_on", "day")


async def open_form(
    request: Request,
    visit: PageSession,
    form: Form,
    ids: Mapping[str, str],
    typed: Mapping[str, Any],
    *,
    sent: bool,
) -> FilledForm:
    """Return a form with the typed values; a correction starts with the recorded values. ids: those in the
    address.
    """
    context = context_of(request)
    now = context.clock()

    def look() -> FormSubject:
        with reading(context.engine) as conn:
            return subject_of(conn, form, ids, now, people=visit.principal.sees_personal_data)

    def named_contracts() -> dict[str, str]:
        with reading(context.engine) as conn:
            return ids_of_references(conn, form, texts)

    def find_possible_duplicates() -> list[SimilarEntry]:
        with reading(context.engine) as conn:
            return possible_duplicates(conn, form, subject, found, tokyo_day(now))

    subject = await run_in_threadpool(look)
    right = subject.puts_right
    if right is not None:
        form = replace(form, fields=right.fields)
        typed = typed if sent else {**(right.recorded or {}), **typed}
    elif form.name == METERED and subject.contract is not None:
        form = replace(form, fields=with_meters(form.fields, subject.contract["service"]))
    if not sent:
        typed = {**proposed_values(form, subject, tokyo_day(now)), **typed}
    texts = {one.name: str(typed.get(one.name) or "") for one in form.fields}
    named = await run_in_threadpool(named_contracts) if any(one.kind == "ids" for one in form.fields) else {}
    found, say = filled(form.fields, texts | named, tokyo_day(now)), translator(visit.language)
    wrong = {name: say(f"day.{key}") for name, key in found.wrong.items()}
    for name, text in named.items():
        if unknown := [word for word in text.split() if word != "all" and not word.startswith("c_")]:
            wrong[name] = say("forms.unknown_contracts", which=" ".join(unknown[:5]))
    sheet = FilledForm(form, ids, subject, texts, found, wrong)
    if form.kind == OF_MANY:
        sheet.service = chosen_service(request, visit)
    if sent:
        missing = right.missing(texts) if right is not None else emptied(form, subject.recorded, texts)
        wrong |= dict.fromkeys(missing, translate_detail(visit.language, "is required"))
        if not wrong and sheet.unchanged:
            wrong[form.fields[0].name] = say("forms.unchanged")
    sheet.possible_duplicates = await run_in_threadpool(find_possible_duplicates) if not wrong else []
    return sheet


def _drawn(
    request: Request, visit: PageSession, sheet: FilledForm, *, part: bool, status: int = 200, **more: Any
) -> Response:
    values = {"part": part, "sheet": sheet, "form": sheet.form, "subject": sheet.subject, "inverse": None} | more
    if sheet.form.kind == OF_MANY:
        values["here"] = Linking(request.url.path, {"service": sheet.service})()
        values["own"] = Linking("", {"service": sheet.service})
    if part:
        return HTMLResponse(drawn(request, visit, "answer.html", **values))
    return page(request, visit, "form.html", status=status, **values)


def _add(form: Form) -> None:
    """Render the form's page, and its target."""

    async def show(request: Request, visit: SignedInSession) -> Response:
        visit.need(form.name)
        typed = _suggested(form, request.query_params)
        sheet = await open_form(request, visit, form, dict(request.path_params), typed, sent=False)
        if sheet.complete:
            await rehearse(request, visit, sheet)
        return _drawn(request, visit, sheet, part=False, inverse=await _inverse(request, visit, sheet))

    async def send(request: Request, visit: SignedInSession, sent: TypedForm) -> Response:
        visit.need(form.name)
        if sent.get(OF, visit.mark) != visit.mark:  # another person has signed in since
            return see(request.url.path)
        sheet = await open_form(request, visit, form, dict(request.path_params), sent, sent=True)
        doing = sent.get("step") == "do" and not sheet.errors
        if doing and _differs(sheet, sent.get("shown")):
            sheet.dropped = True
            await rehearse(request, visit, sheet)
        elif doing and sheet.possible_duplicates and not sent.get("sure"):
            await rehearse(request, visit, sheet)
            sheet.problem = sheet.problem or NotTicked().as_problem(sheet.path)
        elif doing:
            given = {name: str(sent.get(name) or "") for name in CONFIRMED}
            if (address := await carry_out(request, visit, sheet, given)) is not None:
                return see(address)
        else:
            await rehearse(request, visit, sheet)
        status = 422 if sheet.errors else 409 if sheet.problem else 200
        return _drawn(request, visit, sheet, part="part" in sent, status=status)

    router.add_api_route(form.address, show, methods=["GET"])
    router.add_api_route(form.address, send, methods=["POST"])


def _differs(sheet: FilledForm, shown: Any) -> bool:
    """Whether the fields differ from the previewed ones, which the user did not agree to."""
    try:
        return shown is not None and orjson.loads(str(shown)) != sheet.settled
    except orjson.JSONDecodeError:
        return True


def _suggested(form: Form, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the fields in the address."""
    return {one.name: asked[one.name][:2000] for one in form.fields if one.name in asked}


async def _inverse(request: Request, visit: PageSession, sheet: FilledForm) -> Answer | None:
    """Return the last arrival of a notice that ends a contract on a day, if the address asks for it (R2 in
    reverse).
    """
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
