"""/v1/imports: a file of applications, acceptances, notices, usage or running contracts, by the same commands."""

from typing import Annotated, Any

import orjson
from fastapi import Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.access.roles import Principal, may
from api.imports import templates
from api.imports.cells import DayRead
from api.imports.columns import Headings, recognised
from api.imports.import_file import ImportOptions, ImportResult, import_file
from api.imports.upload import read_upload
from api.imports.views import IMPORTED, WEEKDAYS, ImportedDay, ImportedFile, ImportedRow, RowError
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.query import DryRun
from api.request.request_limits import caller_of
from api.routes.routing import operations
from lifecycle.errors import Malformed
from lifecycle.sheets.reading import Sheet, UnreadableFile
from lifecycle.sheets.writing import CSV, XLSX
from lifecycle.terms.calendar import iso_day

router = operations("/v1", "imports")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {CSV.partition(";")[0]: _BINARY, XLSX: _BINARY}}
}
Whole = Annotated[bool, Query(description="Stores nothing if any row is wrong.")]
SheetName = Annotated[str | None, Query(max_length=31, description="The sheet to read, if not exactly one fits.")]
HiddenRows = Annotated[bool, Query(description="Also imports hidden and filtered rows.")]
EncodingName = Annotated[
    str | None,
    Query(max_length=20, description="Encoding of CSV: utf-8, cp932, euc-jp or utf-16; by default detected."),
]
Ignored = Annotated[str, Query(max_length=2000, description="Headings of columns to ignore, separated by commas.")]


@router.post("/imports", responses=IMPORTED, openapi_extra=BODY)
async def import_rows(
    request: Request, caller: Caller, dry_run: DryRun = False, whole: Whole = False, sheet: SheetName = None,
    hidden_rows: HiddenRows = False, encoding: EncodingName = None, ignore_columns: Ignored = "",
) -> Response:  # fmt: skip
    """Imports the correct rows of the CSV or XLSX file in the body; a repeated import stores each row only once.

    It needs no idempotency key. A dry run also shows each day as it was read, and the result of each row.
    """
    context = context_of(request)
    ignored = frozenset(name for name in ignore_columns.split(",") if name.strip())
    how = ImportOptions(
        caller.name, context.clock(), dry_run, whole, context.bounds.ends_per_hour, context.four_eyes, ignored,
        context.bounds.acceptances_per_hour, context.clock_trouble,
    )  # fmt: skip
    reading = {"sheet": sheet, "hidden_rows": hidden_rows, "encoding": encoding}
    with context.importing.entered(caller_of(request)):
        content = await request.body()
        answer = await run_in_threadpool(_imported, context, caller, how, content, reading)
    return Response(orjson.dumps(answer), media_type="application/json")


def _imported(
    context: Context, caller: Principal, how: ImportOptions, content: bytes, reading: dict[str, Any]
) -> ImportedFile:
    try:
        sheet = read_upload(content, **reading)
    except UnreadableFile as error:
        raise Malformed([("/body", templates.why_unreadable(error).en)]) from None
    try:
        kind, _ = recognised(sheet.headings.cells, how.ignored)
    except Headings as error:
        listed = templates.listed_headings(sheet, error)
        raise Malformed([(f"/body/{row}/{heading}", said.en) for row, heading, said in listed]) from None
    if not may(caller.grants, kind.operation):
        raise Problem(
            403, "forbidden", "Your role does not allow this", f"It takes the role for {kind.operation}."
        )
    outcome = import_file(context.engine, sheet, how)
    if outcome.stored:
        context.after_commit()
    return _answer(sheet, outcome)


def _answer(sheet: Sheet, outcome: ImportResult) -> ImportedFile:
    errors: list[RowError] = [
        {"row": row, "column": column or None, "detail": said.en, "detail_ja": said.ja}
        for row, column, said in templates.listed(sheet, outcome)
    ]
    return {
        "kind": outcome.kind.name, "rows": len(outcome.rows), "new": outcome.new, "there": outcome.there,
        "wrong": len(outcome.wrong), "stored": outcome.stored, "sheet": sheet.name, "encoding": sheet.encoding,
        "hidden_rows": list(sheet.hidden), "sample_rows": list(outcome.samples),
        "ignored_columns": templates.ignored_columns(sheet, outcome), "errors": errors,
        "rehearsal": _rehearsal(outcome),
    }  # fmt: skip


def _rehearsal(outcome: ImportResult) -> list[ImportedRow]:
    return [
        {
            "row": taken.row.number, "days": [_day(read) for read in taken.days], "state": effect.state,
            "ends_on": iso_day(effect.ends_on), "month": effect.month, "month_total_yen": effect.yen,
            "ends_at_once": effect.at_once,
        }
        for taken in outcome.rows
        if (effect := taken.effect)
    ]  # fmt: skip


def _day(read: DayRead) -> ImportedDay:
    return {
        "column": read.column.name, "on": iso_day(read.day), "weekday": WEEKDAYS[read.day.weekday()],
        "year_guessed": read.guessed,
    }  # fmt: skip
