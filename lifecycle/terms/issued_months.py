"""Issued statements, and differences that are found later (R40, R41)."""

from datetime import date

from lifecycle.terms.calendar import Month
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def month_over(month: Month, today: date, terms: Terms) -> Ruling | None:
    """Refuses to issue the statement of a month that is not over (R40)."""
    if month.last < today:
        return None
    return conclude("month_not_over", terms, on=month.last, month=month)


def billed_elsewhere(until: Month, terms: Terms) -> Ruling:
    """Refuses to issue a month that was billed before this service did (R41)."""
    return conclude("billed_elsewhere", terms, billed_until=until)


def adjustment(month: Month, yen: int, terms: Terms) -> Ruling:
    """The difference between the current charges of a month and its issued statement (R40)."""
    return conclude("adjustment", terms, amount_yen=yen, month=month)
