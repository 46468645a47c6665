"""What the interface answers about a file that was imported."""

from typing import Annotated

from typing_extensions import TypedDict

from api.imports.columns import KINDS
from api.schemas.outputs.common import of
from lifecycle.queries.views.closed_sets import State
from lifecycle.queries.views.fields import Day, MonthText, OneOf, Yen, about

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FileKindName = Annotated[
    str, OneOf("FileKind", tuple(KINDS), "What the rows of a file are; book: contracts that run already.")
]
Weekday = Annotated[str, OneOf("Weekday", WEEKDAYS, "A day of the week.")]
ColumnName = Annotated[str, OneOf(
    "ImportedColumn", tuple(dict.fromkeys(c.name for kind in KINDS.values() for c in kind.columns)),
    "A column of a file.",
)]  # fmt: skip


class ImportedDay(TypedDict):
    """A day as it was read."""

    column: Annotated[ColumnName, about("The column that holds it.")]
    on: Annotated[Day, about("The day.")]
    weekday: Annotated[Weekday, about("Its day of the week.")]
    year_guessed: Annotated[bool, about("Whether no year was typed, so that the nearest was taken.", False)]


class ImportedRow(TypedDict):
    """What would follow from a row that is new."""

    row: Annotated[int, about("Its number, as a spreadsheet counts.", 2)]
    days: Annotated[list[ImportedDay], about("Its days as they were read.")]
    state: Annotated[State, about("The state of what it is about.")]
    ends_on: Annotated[Day | None, about("The last day in force; null for none.")]
    month: Annotated[MonthText | None, about("The month of the usage, or the last month; null for none.")]
    month_total_yen: Annotated[Yen | None, about("The total of that month's statement, in yen.")]
    ends_at_once: Annotated[bool, about("Whether that last day is over already.", False)]


class RowError(TypedDict):
    """What is wrong in a row, which was not imported for it."""

    row: Annotated[int, about("Its number, as a spreadsheet counts.", 3)]
    column: Annotated[
        str | None, about("The column's heading; null for the row as a whole.", "受付日 received_on")
    ]
    detail: Annotated[str, about("What is wrong.", "is not a day of the calendar")]
    detail_ja: Annotated[str, about("The same in Japanese.", "暦にない日です")]


class ImportedFile(TypedDict):
    """What became of a file."""

    kind: Annotated[FileKindName, about("What its rows are.")]
    rows: Annotated[int, about("How many rows it has, without hidden ones and samples.", 120)]
    new: Annotated[int, about("How many rows were new, or would be.", 118)]
    there: Annotated[int, about("How many rows were there already.", 1)]
    wrong: Annotated[int, about("How many rows are wrong.", 1)]
    stored: Annotated[bool, about("Whether anything was stored.", True)]
    sheet: Annotated[str | None, about("The sheet that was read; null for CSV.", "Sheet1")]
    encoding: Annotated[str | None, about("The encoding of CSV; null for a workbook.", "cp932")]
    hidden_rows: Annotated[list[int], about("The numbers of rows that are hidden, and were not imported.", [7])]
    sample_rows: Annotated[list[int], about("The numbers of the template's sample rows.", [2])]
    ignored_columns: Annotated[list[str], about("The headings of columns that were ignored.", ["担当営業"])]
    errors: Annotated[list[RowError], about("Every error of every row.")]
    rehearsal: Annotated[list[ImportedRow], about("Of a dry run: what would follow from the rows that are new.")]


IMPORTED = of(ImportedFile, "What became of each row.")
