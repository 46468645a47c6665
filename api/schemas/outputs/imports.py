"""What the interface answers about a file that was imported, for the OpenAPI document."""

from datetime import date
from typing import Annotated

from typing_extensions import TypedDict

from api.schemas.outputs.common import of
from lifecycle.queries.views.fields import about, view


@view
class ImportedDay(TypedDict):
    """A day as it was read."""

    column: Annotated[str, about("The heading of its column.", "受付日")]
    on: Annotated[date, about("The day.")]
    weekday: Annotated[str, about("Mon to Sun.", "Fri")]
    year_guessed: Annotated[bool, about("Whether no year was typed and the nearest one was taken.", False)]


@view
class ImportedRow(TypedDict):
    """What would follow from a row that is new."""

    row: Annotated[int, about("Its number in the file; the headings' row counts.", 2)]
    days: Annotated[list[ImportedDay], about("Its days.")]
    state: Annotated[str, about("The state that it would lead to.", "cancel_notified")]
    ends_on: Annotated[date | None, about("The last day in force.")]
    month: Annotated[str | None, about("The month of its statement.", "2022-05")]
    month_total_yen: Annotated[int | None, about("The usage's or the last month's statement, in yen.", 40000)]
    ends_at_once: Annotated[bool, about("Whether that last day is over already.", False)]


@view
class RowError(TypedDict):
    """What is wrong in a row, which was not imported for it."""

    row: Annotated[int, about("Its number in the file; the headings' row counts.", 3)]
    column: Annotated[str | None, about("The heading of its column; null for the row as a whole.", "受付日")]
    detail: Annotated[str, about("What is wrong.", "no such day: 2022-02-30")]
    detail_ja: Annotated[str, about("The same in Japanese.", "存在しない日付です: 2022-02-30")]


@view
class ImportedFile(TypedDict):
    """What became of a file. Hidden rows and the template's samples are not imported."""

    kind: Annotated[
        str,
        about(
            "applications, acceptances, notices, usage, options, item_changes, or book for contracts that run "
            "already.",
            "notices",
        ),
    ]
    rows: Annotated[int, about("How many rows it has.", 12)]
    new: Annotated[int, about("How many of them are new.", 10)]
    there: Annotated[int, about("How many of them were on record already.", 1)]
    wrong: Annotated[int, about("How many of them have errors.", 1)]
    stored: Annotated[bool, about("Whether the new rows were stored.", True)]
    sheet: Annotated[str | None, about("The sheet that was read.", "Sheet1")]
    encoding: Annotated[str | None, about("The encoding that was read.", "cp932")]
    hidden_rows: Annotated[list[int], about("Rows that were left out since they are hidden.")]
    sample_rows: Annotated[list[int], about("Rows that were left out since they are samples of the template.")]
    ignored_columns: Annotated[list[str], about("Headings of columns that were not taken.")]
    errors: Annotated[list[RowError], about("What is wrong, by row.")]
    rehearsal: Annotated[list[ImportedRow], about("What would follow; of a dry run alone.")]


IMPORTED = of(ImportedFile, "What became of each row.")
