"""Days and instants in Japan with plain date arithmetic, for the fold (R1 to R4).

`calendar.py` does the same by walking day after day; a test holds the two against each other.
"""

from datetime import date, timedelta

from lifecycle.audit.judge import DAY as DAY
from lifecycle.audit.judge import TOKYO as TOKYO
from lifecycle.audit.judge import civil as civil
from lifecycle.audit.judge import day_of as day_of
from lifecycle.audit.judge import end_of as end_of
from lifecycle.audit.judge import moment as moment
from lifecycle.audit.judge import start_of as start_of
from lifecycle.audit.judge import term_last as term_last


def day_thirty(arrived: date) -> date:
    """R2: the day of arrival is not counted."""
    return arrived + timedelta(days=30)


def month_of(day: date) -> str:
    """The calendar month, "2022-05". Months compare as text (R23)."""
    return f"{day.year:04d}-{day.month:02d}"


def month_first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04d}-{number + 1:02d}" if number < 12 else f"{year + 1:04d}-01"


def month_last(month: str) -> date:
    return month_first(month_after(month)) - DAY
