"""Art. 8 and Annex 2: the reduction of fees after an outage (R25 to R27)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from lifecycle.terms.calendar import DAY, TOKYO, end_of, last_day_of_term, rest_day, start_of, tokyo_day
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


@dataclass(frozen=True, slots=True)
class Counted:
    """The part of an outage that counts for one contract: instants with zone, `until` exclusive."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> int:
        """Its whole seconds."""
        return (self.until - self.since) // timedelta(seconds=1)


def counted(
    known_at: datetime, recovered_at: datetime, in_force_from: date | None, in_force_to: date | None
) -> Counted | None:
    """The part of an outage within the contract's time in force [S 00:00, E+1 00:00), None if there is none (R26).

    in_force_from None: billing has not started, so nothing counts; in_force_to None: no end is known.
    """
    if in_force_from is None:
        return None
    since = max(known_at, start_of(in_force_from))
    until = min(recovered_at, end_of(in_force_to)) if in_force_to else recovered_at
    return Counted(since, until) if until > since else None


def units(seconds: int, terms: Terms) -> int:
    """The number of whole units of 24 hours of an outage (Annex 2, R25)."""
    return int(seconds // (terms.credit["unit_hours"] * 3600))


@lru_cache(maxsize=16)
def unit_days(since: datetime, count: int, terms: Terms) -> tuple[date, ...]:
    """The civil day on which each unit starts: the item of that day determines its fee (R26)."""
    length = timedelta(hours=terms.credit["unit_hours"])
    local = since.astimezone(TOKYO)  # in a zone without skipped hours
    return tuple((local + k * length).date() for k in range(count))


def credit_exact(monthly_fees_yen: Sequence[int], terms: Terms) -> Fraction:
    """A thirtieth of the monthly base fee for each unit, summed exactly (Annex 2, R25)."""
    return Fraction(sum(monthly_fees_yen), terms.credit["fee_divisor"])


def rounded(amount: Fraction, terms: Terms) -> int:
    """Whole yen, rounded once by the setting yen_rounding (R25)."""
    if terms.settings.yen_rounding == "floor":
        return floor(amount)
    return ceil(amount) if terms.settings.yen_rounding == "ceil" else floor(amount + Fraction(1, 2))


def credit(part: Counted | None, fee_on: Callable[[date], int], terms: Terms) -> Ruling:
    """The reduction for one contract: amount in yen, `days` = units (Annex 2, R25, R26).

    fee_on: the contract's monthly base fee on a civil day, in yen.
    """
    seconds = part.seconds if part else 0
    whole = units(seconds, terms)
    return _credit(seconds, tuple(map(fee_on, unit_days(part.since, whole, terms))) if part else (), terms)


@lru_cache(maxsize=1024)
def _credit(seconds: int, fees: tuple[int, ...], terms: Terms) -> Ruling:
    """The same for every contract with the same counted time. fees: of each whole unit."""
    yen = rounded(credit_exact(fees, terms), terms)
    return conclude(
        "outage_credit", terms, amount_yen=yen, days=len(fees), counted=seconds, units=len(fees), fee_yen=yen,
        unit_hours=terms.credit["unit_hours"], share=terms.credit["fee_divisor"],
    )  # fmt: skip


def reached_at(since: datetime, terms: Terms) -> datetime:
    """The instant at which a continuing outage has lasted the 24 hours of Art. 8."""
    return since + timedelta(hours=terms.credit["unit_hours"])


@lru_cache(maxsize=1024)
def claim_window(since: datetime, terms: Terms) -> tuple[date, Ruling]:
    """The first day of claiming, and the last one as a ruling (Art. 8, R27)."""
    first = tokyo_day(reached_at(since, terms))
    months = terms.credit["claim_months"]
    last = shifted = last_day_of_term(first + DAY, months)
    if not rest_day(last):
        return first, conclude(
            "claim_window", terms, "on_working_day", on=last, from_on=first, claim_months=months
        )
    while terms.settings.shift_last_days and rest_day(shifted):
        shifted += DAY
    if shifted == last:
        return first, conclude(
            "claim_window", terms, "on_rest_day", on=last, from_on=first, claim_months=months, rest=last
        )
    return first, conclude(
        "claim_window", terms, "shifted", on=shifted, from_on=first, claim_months=months, last_on=last, rest=last
    )


def not_attributable(terms: Terms) -> Ruling:
    """An outage that is not attributable to the company brings no credit (Art. 8, R26)."""
    return conclude("own_fault", terms)


def too_short(part: Counted | None, terms: Terms) -> Ruling:
    """An outage that counts for less than 24 hours in a row brings no credit (Art. 8, R26)."""
    seconds = part.seconds if part else 0
    return conclude("outage_too_short", terms, counted=seconds, unit_hours=terms.credit["unit_hours"])


def claim_in_time(claimed_at: datetime, first: date, last: date, terms: Terms) -> Ruling | None:
    """Refuses a claim before it is possible or after it lapsed (Art. 8, R27)."""
    if start_of(first) <= claimed_at < end_of(last):
        return None
    return conclude("claim_in_time", terms, on=last, from_on=first, asked_on=tokyo_day(claimed_at))


def credit_needs_customer(last_claim_on: date | None, terms: Terms) -> Ruling:
    """Refuses to erase the customer's data while a credit may be owed (Art. 8, R27)."""
    case = "until_settled" if last_claim_on is None else "until_day"
    return conclude("credit_needs_customer", terms, case, on=last_claim_on)


def outage_known(known_on: date, terms: Terms) -> Ruling:
    """The clock of Art. 8 starts when the company knew (R26)."""
    return conclude("outage_known", terms, on=known_on)


def recovered_after_known(known_at: datetime, recovered_at: datetime, terms: Terms) -> Ruling | None:
    """Refuses a recovery that does not come after the company knew (R26)."""
    if recovered_at > known_at:
        return None
    return conclude("recovered_after_known", terms)


def outage_alone(other: str, terms: Terms) -> Ruling:
    """Refuses an outage that is already recorded: known at the same instant for the same contracts (R26)."""
    return conclude("outage_alone", terms, outage_id=other)
