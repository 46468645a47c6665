"""A notice period that ends with a month: its end by the day of arrival, and the reverse."""

from datetime import date

from lifecycle.terms.calendar import DAY, Month
from lifecycle.terms.version import Terms

MONTH_END, MONTH_END_RULE = (
    "end_of_following_month",
    "notice_to_month_end",
)  # the name of this notice rule in terms and catalogues


def month_end_after(arrived_on: date, same_month_until_day: int) -> date:
    """The last day of the month of arrival up to a certain day of it, afterwards of the following month."""
    month = Month.of(arrived_on)
    return month.last if arrived_on.day <= same_month_until_day else month.following.last


def last_arrival(ends_on: date, terms: Terms) -> date:
    """The last day of arrival whose notice period ends no later than a day."""
    if terms.notice_rule != MONTH_END:
        return ends_on - terms.notice_days * DAY
    month = Month.of(ends_on)
    if ends_on < month.last:
        month = Month.of(month.first - DAY)
    if terms.same_month_until_day:
        return min(month.last, month.first + (terms.same_month_until_day - 1) * DAY)
    return month.first - DAY
