"""What the interface answers about a file that was imported, for the OpenAPI document."""

from datetime import date

from api.schemas.outputs.common import Output, of


class ImportedDay(Output):
    """A day as it was read. weekday: Mon to Sun; year_guessed: no year was typed, the nearest was taken."""

    column: str
    on: date
    weekday: str
    year_guessed: bool


class ImportedRow(Output):
    """What would follow from a row that is new. ends_on: the last day in force; month_total_yen: of the usage's or
    the last month's statement; ends_at_once: that day is over already.
    """

    row: int
    days: list[ImportedDay]
    state: str
    ends_on: date | None
    month: str | None
    month_total_yen: int | None
    ends_at_once: bool


class RowError(Output):
    """What is wrong in a row, which was not imported for it. column: its heading, null for the row as a whole."""

    row: int
    column: str | None
    detail: str
    detail_ja: str


class ImportedFile(Output):
    """What became of a file. new, there: rows of each; wrong: rows with errors; rehearsal: of a dry run alone.

    kind: applications, notices, usage, acceptances, options, item_changes, or book for contracts that run already.
    Rows that are hidden, and the template's samples, are not imported.
    """

    kind: str
    rows: int
    new: int
    there: int
    wrong: int
    stored: bool
    sheet: str | None
    encoding: str | None
    hidden_rows: list[int]
    sample_rows: list[int]
    ignored_columns: list[str]
    errors: list[RowError]
    rehearsal: list[ImportedRow]


IMPORTED = of(ImportedFile, "What became of each row.")
