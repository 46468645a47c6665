"""Forms for every command: the answer before the click, from the very code that will commit.

Two steps without scripts: look at what it brings, then confirm. A confirmation bears what was shown; where the
outcome would be another one it is undone and the page says what has changed.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.context import context_of
from api.keyed import Witness
from api.pages import asked
from api.pages.details import detail
from api.pages.fields import Filled, filled, places
from api.pages.form_table import FORMS, Form
from api.pages.inside import Answered, ask
from api.pages.layout import drawn, page
from api.pages.preview import Changed, Line, Preview, compare, compare_plain, differences, picture
from api.pages.routing import Handler, pages, see
from api.pages.visits import Posted, SignedIn, Visit
from api.pages.words import say_in
from lifecycle.terms.calendar import tokyo_day

router = pages()
Json = dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """A form on its way: what is typed, what is wrong with it, what it would bring, what has changed since."""

    form: Form
    ids: Mapping[str, str]
    subject: asked.Subject
    typed: dict[str, str]
    filled: Filled
    errors: dict[str, str] = field(default_factory=dict)
    problem: Json | None = None
    preview: Preview | None = None
    changed: list[Line] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def path(self) -> str:
        """Where /v1 takes it."""
        return self.form.path.format(**self.ids, month=self.filled.body.get("month", ""))

    @property
    def body(self) -> Json:
        """As /v1 takes it."""
        return {name: value for name, value in self.filled.body.items() if name != "month"}

    @property
    def settled(self) -> dict[str, str]:
        """What was typed, days as they were read: the confirmation means the same whenever it is sent."""
        days = {name: (one.at or one.day).isoformat() for name, one in self.filled.read.items()}
        return {name: text for name, text in (self.typed | days).items() if text}


async def _open(request: Request, visit: Visit, form: Form, typed: Mapping[str, Any]) -> Sheet:
    context = context_of(request)
    now = context.clock()
    ids = dict(request.path_params)
    subject = await run_in_threadpool(asked.subject_of, context, form, ids, now)
    texts = {one.name: str(typed.get(one.name) or "") for one in form.fields}
    found = filled(form.fields, texts, tokyo_day(now))
    say = say_in(visit.language)
    return Sheet(form, ids, subject, texts, found, {name: say(f"day.{key}") for name, key in found.wrong.items()})


async def _rehearse(request: Request, visit: Visit, sheet: Sheet) -> None:
    """Runs the command and undoes it: what it brings, or why not."""
    if sheet.errors:
        return
    seen: list[Preview] = []
    witness = _witness(sheet, seen.append)
    answered = await ask(
        request, _who(visit), sheet.form.method, sheet.path, sheet.body, query={"dry_run": "true"}, witness=witness
    )
    if not answered.fine:
        _refused(visit, sheet, answered)
    else:
        sheet.preview = seen[0] if seen else compare_plain(sheet.form.kind, sheet.subject.view, answered.content)


async def _carry_out(request: Request, visit: Visit, sheet: Sheet, agreed: str, key: str) -> Answered | None:
    """Runs the command for good, None where it brings something else than was agreed to, or is refused."""

    def compared(preview: Preview) -> None:
        if preview.agreed != agreed:
            raise Changed

    headers = {"Idempotency-Key": key}
    if sheet.form.event and sheet.typed_version:
        headers["If-Match"] = f'"{sheet.typed_version}"'
    answered = await ask(
        request, _who(visit), sheet.form.method, sheet.path, sheet.body, headers=headers,
        witness=_witness(sheet, compared),
    )  # fmt: skip
    return answered
