"""File imports: templates, the upload, and the copy with the errors marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.imports import templates
from api.imports.columns import KINDS, FileKind, Headings, recognised
from api.imports.import_file import ImportOptions, ImportResult, import_file
from api.imports.messages import Sentence, sentence
from api.imports.upload import RehearsedRow, read_upload, rehearsed_rows
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.request_limits import caller_of
from lifecycle.commands.limits import HOUR
from lifecycle.sheets.reading import MAX_BYTES, Sheet, UnreadableFile
from lifecycle.sheets.writing import CSV, XLSX

router = pages()
SHOWN = 200  # errors on one page; all of them are in the copy
FORMS = ("xlsx", "csv")
ENCODINGS = ("utf-8", "cp932", "euc-jp", "utf-16")
TYPES = {"csv": CSV, "xlsx": XLSX}


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The result of an upload. refused: why the file as a whole was refused. sheet, marks: the data of a copy with
    the errors marked, if there are any. unknown: headings of columns that may be ignored; notes: how the file was
    read; rehearsal: the effect of its rows.
    """

    name: str
    refused: Sentence | None = None
    outcome: ImportResult | None = None
    errors: tuple[templates.Listed, ...] = ()
    more: int = 0
    sheet: Sheet | None = None
    marks: ImportResult | Headings | None = None
    rehearsed: bool = False
    whole: bool = False
    unknown: Sequence[str] = ()
    notes: Sequence[Sentence] = ()
    rehearsal: Sequence[RehearsedRow] = ()
    rehearsed_more: int = 0


@dataclass(frozen=True, slots=True)
class ReadingChoices:
    """How to read a file, as chosen in the form."""

    sheet: str = ""
    encoding: str = ""
    hidden_rows: bool = False
    ignore: Sequence[str] = ()


NO_CHOICES = ReadingChoices()


@router.get("/import")
def upload(request: Request, visit: SignedInSession) -> Response:
    """Show the upload form and the templates."""
    return page(
        request, visit, "imports.html", kinds=_kinds(visit), forms=FORMS, taken=None, encodings=ENCODINGS,
        choices=NO_CHOICES,
    )  # fmt: skip


@router.get("/import/templates/{name}")
def template(visit: SignedInSession, name: str) -> Response:
    """A template as a file. Raises Problem 404."""
    try:
        kind, form = templates.template_kind(name)
    except KeyError:
        raise Problem(404, "unknown", "Not found", "There is no such template.") from None
    return _file(templates.make_template(kind, form), form, name)


@router.post("/import")
async def take_upload(request: Request, visit: SignedInSession, form: PostedForm) -> Response:
    """Import a file or preview it, and show its errors; or return the copy that marks them.

    The copy is made from the file in the request: the service keeps nothing of it, so any process can make it.
    """
    kinds, file, context = _kinds(visit), form.get("file"), context_of(request)
    choices = ReadingChoices(
        str(form.get("sheet") or "")[:100], str(form.get("encoding") or "")[:20], bool(form.get("hidden_rows")),
        [str(name) for name in form.getlist("ignore")],
    )  # fmt: skip
    if not isinstance(file, UploadFile) or not file.filename:
        taken = UploadResult("", refused=sentence("empty"))
    else:
        how = ImportOptions(
            visit.principal.name, context.clock(), form.get("do") != "take", bool(form.get("whole")),
            context.bounds.ends_per_hour, context.four_eyes, frozenset(choices.ignore),
            context.bounds.acceptances_per_hour, context.clock_trouble,
        )  # fmt: skip
        with context.importing.entered(caller_of(request)):
            content = await file.read(MAX_BYTES + 1)
            taken = await run_in_threadpool(_import_upload, context, how, choices, kinds, content, file.filename)
    if form.get("do") == "copy" and taken.sheet and taken.marks:
        marked = await run_in_threadpool(templates.marked, taken.sheet, taken.marks)
        return _file(marked, taken.sheet.format, f"errors.{taken.sheet.format}")
    later = taken.outcome is not None and taken.outcome.too_many_in_hour
    status = 422 if taken.refused else 429 if later else 200
    response = page(
        request, visit, "imports.html", status=status, kinds=kinds, forms=FORMS, taken=taken, encodings=ENCODINGS,
        choices=choices,
    )  # fmt: skip
    if later:
        response.headers["Retry-After"] = str(int(HOUR.total_seconds()))
    return response


def _import_upload(
    context: Context, how: ImportOptions, choices: ReadingChoices, kinds: list[FileKind], content: bytes, name: str
) -> UploadResult:
    try:
        sheet = read_upload(
            content, sheet=choices.sheet, hidden_rows=choices.hidden_rows, encoding=choices.encoding
        )
    except UnreadableFile as error:
        return UploadResult(name, refused=templates.why_unreadable(error))
    try:
        kind, _ = recognised(sheet.headings.cells, how.ignored)
    except Headings as error:
        errors = tuple(templates.listed_headings(sheet, error))
        return UploadResult(
            name, sentence("headings"), None, errors, sheet=sheet, marks=error, unknown=error.unknown
        )
    if kind not in kinds:
        raise Problem(403, "forbidden", "Your role does not allow this", f"It is open to: {kind.operation}.")
    outcome = import_file(context.engine, sheet, how)
    if outcome.stored:
        context.after_commit()
    listed = templates.listed(sheet, outcome)
    rehearsal = rehearsed_rows(outcome)
    return UploadResult(
        name, None, outcome, tuple(islice(listed, SHOWN)), sum(1 for _ in listed), sheet,
        outcome if outcome.wrong else None, how.dry_run, how.whole, notes=list(templates.notes(sheet, outcome)),
        rehearsal=list(islice(rehearsal, SHOWN)), rehearsed_more=sum(1 for _ in rehearsal),
    )  # fmt: skip


def _kinds(visit: PageSession) -> list[FileKind]:
    """The kinds of files that the visitor may import. Raises Problem 403 if there are none."""
    found = [kind for kind in KINDS.values() if visit.may(kind.operation)]
    if not found:
        visit.need(next(iter(KINDS.values())).operation)
    return found


def _file(content: bytes, form: str, name: str) -> Response:
    return Response(
        content, media_type=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
