"""An end that is entered late: the last day stays, and the days served after it are shown (R7, R31, R38)."""

from datetime import date

from lifecycle.terms.art6_cancellation import NoticeFacts, holder
from lifecycle.terms.calendar import DAY
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def days_over_served(effective_on: date, keyed_on: date, billing_starts_on: date | None) -> int:
    """The whole days served beyond E until the day of entry; never days before billing (R7)."""
    if billing_starts_on is None:
        return 0
    return max(0, (keyed_on - max(effective_on + DAY, billing_starts_on)).days)


def entered_after_the_end(
    notice: NoticeFacts, keyed_on: date, effective_on: date, billing_starts_on: date | None, terms: Terms, *,
    option: bool = False,
) -> Ruling:  # fmt: skip
    """The arrival counts, not the day of entry: days served after E are shown for correction (R7).

    Likewise the day on which the company declared an end, or on which both sides agreed on one (R31, R38).
    """
    over, on = days_over_served(effective_on, keyed_on, billing_starts_on), notice.arrived_on
    if notice.by != "customer":
        return conclude(
            "entered_after_the_end", terms, notice.by, on=effective_on, days=over, past_on=on, entered_on=keyed_on
        )
    return conclude(
        "arrival_counts",
        terms,
        about=holder(option),
        on=effective_on,
        days=over,
        arrived_on=on,
        entered_on=keyed_on,
    )
