"""Art. 2 and Art. 5(4): the minimum term. One month, counted from the billing start day."""

from datetime import date
from functools import lru_cache
from typing import Literal

from lifecycle.terms.calendar import last_day_of_term
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms

Binds = Literal["defer", "residual_fee", "ends", "agreed"]  # the effect of the minimum term on an end within it
_CASES = {
    "defer": "deferred",
    "residual_fee": "fee_owed",
    "ends": "ended_by_company",
    "agreed": "ended_by_agreement",
}


@lru_cache(maxsize=4096)
def minimum_term(billing_starts_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """The minimum term's last day; its first day is the billing start day and counts (Art. 2, 5(4), R4)."""
    months = terms.option_minimum_term_months if option else terms.minimum_term_months
    return conclude(
        "minimum_term", terms, "alone", about="option" if option else "contract",
        on=last_day_of_term(billing_starts_on, months), term_months=months, billing_starts_on=billing_starts_on,
    )  # fmt: skip


def within_minimum_term(term: Ruling, later_on: date, missing: int, terms: Terms, binds: Binds) -> Ruling:
    """The minimum term with an end that cuts off the given number of days (R8, R31, R38)."""
    case = _CASES[binds] if missing else "nothing_cut"
    assumed = term.assumed or terms.assumed
    return term.in_case(case, days=missing or None, assumed=assumed, ends_on=later_on)
