"""Art. 2 and Art. 5(4): the minimum term. One month, counted from the billing start day."""

from datetime import date
from functools import lru_cache

from lifecycle.terms.calendar import last_day_of_term
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling, count


@lru_cache(maxsize=4096)
def minimum_term(billing_starts_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """The minimum term's last day; its first day is the billing start day and counts (Art. 2, 5(4), R4)."""
    months = terms.option_minimum_term_months if option else terms.minimum_term_months
    last = last_day_of_term(billing_starts_on, months)
    return Ruling(
        "minimum_term", "Art. 5(4)" if option else "Art. 2", "R4", terms.version,
        f"The minimum term of {count(months, 'month')} counts from the billing start {billing_starts_on} "
        f"and ends on {last}.",
        f"最低利用期間{months}ヶ月は課金開始日{ja(billing_starts_on)}から起算し、{ja(last)}に満了する。",
        on=last, assumed=terms.assumed,
    )  # fmt: skip
