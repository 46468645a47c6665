"""Issued statements, and differences that are found later (R40, R41)."""

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
        f"The month {month} ends on {month.last}; its statement can be issued after that day.",
        f"{month.year}年{month.number}月分の明細は、月末日である{ja(month.last)}を経過した後に発行する。",
        on=month.last, assumed=terms.assumed,
    )  # fmt: skip


def billed_elsewhere(until: Month, terms: Terms) -> Ruling:
    """Refuses to issue a month that was billed before this service did (R41)."""
    return Ruling(
        "billed_elsewhere", "Art. 7, Annex 1", "R41", terms.version,
        f"The months up to {until} were billed elsewhere: this service issues no statement for them.",
        f"{until.year}年{until.number}月分までの料金は本システム外で請求済みであり、明細は発行しない。",
        assumed=terms.assumed,
    )  # fmt: skip


def adjustment(month: Month, yen: int, terms: Terms) -> Ruling:
    """The difference between the current charges of a month and its issued statement (R40)."""
    return Ruling(
        "adjustment", "Art. 7, Annex 1", "R40", terms.version,
        f"The current record of {month} differs from the issued statement by {yen:,} yen.",
        f"{month.year}年{month.number}月分の発行済み明細と現在の記録との差額は{yen:,}円である。",
        amount_yen=yen, assumed=terms.assumed,
    )  # fmt: skip
