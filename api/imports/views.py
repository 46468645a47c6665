"""The answers of the API about an imported file."""

from typing import Annotated

from typing_extensions import TypedDict

from api.imports.columns import KINDS
from api.schemas.outputs.common import of
from lifecycle.queries.views.closed_sets import State
from lifecycle.queries.views.fields import Day, MonthText, OneOf, Yen, about

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FileKindName = Annotated[
    str,
    OneOf(
        "FileKind",
        tuple(KINDS),
        "The kind of rows in a file. `book`: running contracts that are taken over (R41).",
    ),
]
Weekday = Annotated[str, OneOf("Weekday", WEEKDAYS, "A day of the week.")]
ColumnName = Annotated[str, OneOf(
    "ImportedColumn", lambda: tuple(dict.fromkeys(c.name for kind in KINDS.values() for c in kind.columns)),
    "A column of a file.",
)]  # fmt: skip


class ImportedDay(TypedDict):
    """A day as it was read."""

    column: Annotated[ColumnName, about("The column that holds it.")]
    on: Annotated[Day, about("The day.")]
    weekday: Annotated[Weekday, about("Its day of the week.")]
    year_guessed: Annotated[bool, about("Whether no year was given, so that the nearest year was used.", False)]


class ImportedRow(TypedDict):
    """The result of a new row."""

    row: Annotated[int, about("Its number, as a spreadsheet counts.", 2)]
    days: Annotated[list[ImportedDay], about("Its days as they were read.")]
    state: Annotated[State, about("The state of its subject.")]
    ends_on: Annotated[Day | None, about("The last day in force; null for none.")]
    month: Annotated[MonthText | None, about("The month of the usage, or the last month; null for none.")]
    month_total_yen: Annotated[Yen | None, about("The total of that month's statement, in yen.")]
    ends_at_once: Annotated[bool, about("Whether that last day is already over.", False)]


class RowError(TypedDict):
    """An error in a row, which was not imported."""

    row: Annotated[int, about("Its number, as a spreadsheet counts.", 3)]
    column: Annotated[
        str | None, about("The column's heading; null for the row as a whole.", "受付日 received_on")
    ]
    detail: Annotated[str, about("What is wrong.", "is not a day of the calendar")]
    detail_ja: Annotated[str, about("The same in Japanese.", "暦にない日付です")]


class ImportedFile(TypedDict):
    """The result of an import."""

    kind: Annotated[FileKindName, about("The kind of its rows.")]
    rows: Annotated[int, about("The number of rows, without hidden and sample rows.", 120)]
    new: Annotated[int, about("The number of new rows; in a dry run, rows that would be new.", 118)]
    there: Annotated[int, about("The number of rows that already exist.", 1)]
    wrong: Annotated[int, about("The number of wrong rows.", 1)]
    stored: Annotated[bool, about("Whether anything was stored.", True)]
    sheet: Annotated[str | None, about("The sheet that was read; null for CSV.", "Sheet1")]
    encoding: Annotated[str | None, about("The encoding of CSV; null for a workbook.", "cp932")]
    hidden_rows: Annotated[list[int], about("The numbers of hidden rows, which were not imported.", [7])]
    sample_rows: Annotated[list[int], about("The numbers of the template's sample rows.", [2])]
    ignored_columns: Annotated[list[str], about("The headings of columns that were ignored.", ["担当営業"])]
    errors: Annotated[list[RowError], about("Every error of every row.")]
    rehearsal: Annotated[list[ImportedRow], about("Only in a dry run: the results of the new rows.")]


IMPORTED = of(ImportedFile, "The result of each row.")
