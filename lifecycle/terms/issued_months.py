"""Statements that were issued, and what becomes of a difference that is learned later (R40, R41)."""

from datetime import date

from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling


def month_over(month: Month, today: date, terms: Terms) -> Ruling | None:
    """Refuses to issue the statement of a month that is not over (R40)."""
    if month.last < today:
        return None
    return Ruling(
        "month_not_over", "Art. 7, Annex 1", "R40", terms.version,
        f"The month {month} is not over until the end of {month.last}; its statement is issued after that.",
        f"{month.year}年{month.number}月は{ja(month.last)}の終わりまで続く。明細はその後に発行する。",
        on=month.last, assumed=terms.assumed,
    )  # fmt: skip


def billed_elsewhere(until: Month, terms: Terms) -> Ruling:
    """Refuses to issue a month that was billed before this service did (R41)."""
    return Ruling(
        "billed_elsewhere", "Art. 7, Annex 1", "R41", terms.version,
        f"The months up to {until} were billed elsewhere: there is no statement of them here.",
        f"{until.year}年{until.number}月までの料金は本システム外で請求済みであり、明細は発行しない。",
        assumed=terms.assumed,
    )  # fmt: skip


def adjustment(month: Month, yen: int, terms: Terms) -> Ruling:
    """What an issued month now costs more or less than was sent (R40)."""
    return Ruling(
        "adjustment", "Art. 7, Annex 1", "R40", terms.version,
        f"The statement of {month} was issued; by what is on record now it differs by {yen:,} yen.",
        f"発行済みの{month.year}年{month.number}月分の明細は、現在の記録との差額は{yen:,}円である。",
        amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip
