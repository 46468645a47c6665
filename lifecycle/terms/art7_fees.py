"""Art. 7 and Annex 1: which fee is owed, and from when. Whole yen, without consumption tax (R22)."""

from datetime import date
from functools import lru_cache

from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


@lru_cache(maxsize=4096)
def initial_fee(item: str, accepted_on: date, terms: Terms) -> Ruling:
    """The initial fee, owed when the application is accepted (Art. 7, Annex 1 1(1), R22)."""
    yen = terms.items[item].initial_fee_yen
    return conclude("initial_fee", terms, on=accepted_on, amount_yen=yen, item=item)


@lru_cache(maxsize=4096)
def monthly_fee(item: str, billing_starts_on: date, terms: Terms) -> Ruling:
    """The monthly base fee, owed from the billing start (Art. 7, Annex 1 2(1), R22)."""
    yen = terms.items[item].monthly_fee_yen
    return conclude("monthly_fee", terms, on=billing_starts_on, amount_yen=yen, item=item)


def quoted_initial_fee(yen: int, accepted_on: date, terms: Terms) -> Ruling:
    """The DRM option's initial fee as quoted to the customer (Annex 1 1(2), R21)."""
    return conclude("quoted_initial_fee", terms, on=accepted_on, amount_yen=yen)


def agreed_monthly_fee(yen: int, from_on: date, agreed_on: date, terms: Terms) -> Ruling:
    """Another monthly fee of the DRM option, as agreed with the customer (Art. 7, R22)."""
    return conclude("agreed_monthly_fee", terms, on=from_on, amount_yen=yen, agreed_on=agreed_on)


def quoted_monthly_fee(yen: int, starts_on: date, terms: Terms) -> Ruling:
    """The DRM option's monthly fee as quoted to the customer (Annex 1 2(2), R21)."""
    return conclude("quoted_monthly_fee", terms, on=starts_on, amount_yen=yen)
