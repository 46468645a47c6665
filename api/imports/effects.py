"""The effect of a row, shown in a dry run."""

from datetime import datetime

from api.imports.execute_rows import ExecutedRow
from api.imports.rows import ReadRow, RowEffect
from lifecycle.machines.dossier import Contract, Option
from lifecycle.queries.charges import statement
from lifecycle.terms.calendar import Month, end_of


def effect_of(taken: ReadRow, done: ExecutedRow, now: datetime) -> RowEffect:
    """Return the state and the end of the row's subject, and the total of the month that it changes, in yen.

    That month is the month of the usage, or the last month of a contract that ends.
    """
    subject = done.dossier.subject(done.subject_id)
    ends_on = subject.effective_on if isinstance(subject, Contract | Option) else None
    month = taken.outside.get("month") or (str(Month.of(ends_on)) if ends_on else None)
    yen = statement(done.dossier, Month.parse(month))["total_yen"] if month else None
    at_once = ends_on is not None and end_of(ends_on) <= now
    return RowEffect(subject.state, ends_on, month, yen, at_once)
