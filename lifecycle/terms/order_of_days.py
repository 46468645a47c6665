"""The order of days: facts in the future, late entries, and entries after the end (R7, R10, R13, R34)."""

from datetime import date, datetime
from functools import lru_cache

from lifecycle.terms.art6_cancellation import NoticeFacts, holder
from lifecycle.terms.calendar import DAY, tokyo_day
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def not_in_future(act: str, at: datetime, now: datetime, terms: Terms) -> Ruling | None:
    """Refuses a fact that would have happened after now (R7, R34). act: its name in the catalogue."""
    if at <= now:
        return None
    day, today = tokyo_day(at), tokyo_day(now)
    if day == today:
        return conclude("not_in_future", terms, "later_today", about=act, act_time=act, today=today)
    return conclude("not_in_future", terms, "on_a_later_day", about=act, act_day=act, asked_on=day, today=today)


@lru_cache(maxsize=4096)
def taken_over(received_on: date, billed_until: str | None, terms: Terms) -> Ruling:
    """A running contract is taken over with its legal days (R41). billed_until: a month, such as 2022-05."""
    if billed_until is None:
        return conclude("taken_over", terms, "nothing_billed", on=received_on)
    return conclude("taken_over", terms, "billed", on=received_on, billed_until=billed_until)


def not_before_application(on: date, received_on: date, terms: Terms) -> Ruling:
    """Refuses an act that is dated before the receipt of the application (R34)."""
    if on == received_on:  # the instants differ
        return conclude("not_before_the_application", terms, "same_day", on=received_on)
    return conclude("not_before_the_application", terms, "earlier_day", on=received_on, asked_on=on)


def received_before_accepted(received_on: date, accepted_on: date, terms: Terms) -> Ruling | None:
    """Refuses an acceptance before the application was received (R34)."""
    if received_on <= accepted_on:
        return None
    return conclude("received_before_accepted", terms, on=received_on, accepted_on=accepted_on)


def accepted_before_billing_start(accepted_on: date, starts_on: date, terms: Terms) -> Ruling | None:
    """Refuses a billing start before the acceptance (R34)."""
    if accepted_on <= starts_on:
        return None
    return conclude("accepted_before_billing_start", terms, on=accepted_on, billing_starts_on=starts_on)


def past_billing_start_needs_reason(
    starts_on: date, now: datetime, reason: str | None, terms: Terms
) -> Ruling | None:
    """Refuses a billing start in the past without a reason (R34)."""
    if reason or starts_on >= tokyo_day(now):
        return None
    return conclude("past_billing_start_needs_reason", terms, past_on=starts_on, today=tokyo_day(now))


def late_entry_needs_reason(arrived_on: date, now: datetime, reason: str | None, terms: Terms) -> Ruling | None:
    """Refuses a notice that is entered long after its arrival without a reason (R7)."""
    limit = terms.settings.late_entry_reason_after_days
    late = (tokyo_day(now) - arrived_on).days
    if reason or late <= limit:
        return None
    return conclude("late_entry_needs_reason", terms, days=late, arrived_on=arrived_on, limit_days=limit)


def notice_after_acceptance(
    arrived_on: date, accepted_on: date, terms: Terms, *, option: bool = False
) -> Ruling | None:
    """Refuses as cancellation a notice that arrived before there was a contract (R10)."""
    if arrived_on >= accepted_on:
        return None
    return conclude(
        "notice_needs_a_contract", terms, "arrived_before", about=holder(option), on=accepted_on,
        arrived_on=arrived_on,
    )  # fmt: skip


def no_contract_yet(terms: Terms, *, option: bool = False) -> Ruling:
    """Why a notice before acceptance is no cancellation: it withdraws the application (R10)."""
    return conclude("notice_needs_a_contract", terms, "not_accepted", about=holder(option))


def over_since(ended_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """Why nothing more can happen after the end, and what can still be entered (R16)."""
    return conclude("over_since", terms, holder(option), on=ended_on)


def rests_on_nothing(terms: Terms) -> Ruling:
    """Why an entry has no effect: the entry it depends on has none at this position (R37)."""
    return conclude("rests_on_nothing", terms)


def billing_not_begun(starts_on: date, begun: bool, terms: Terms) -> Ruling | None:
    """Refuses to move a billing start once billing has begun (R33, R34)."""
    if not begun:
        return None
    return conclude("billing_not_begun", terms, on=starts_on)


def notice_stands(notice: str, revoked: bool, terms: Terms, *, option: bool = False) -> Ruling | None:
    """Refuses to revoke a notice that is already revoked (R13)."""
    if not revoked:
        return None
    return conclude("notice_stands", terms, about=holder(option), notice_id=notice)


def taken_back_with_consent(ends_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """A notice is revoked only with the company's recorded consent, before E has ended (R13)."""
    return conclude("taken_back_with_consent", terms, about=holder(option), on=ends_on)


def days_over_served(effective_on: date, keyed_on: date, billing_starts_on: date | None) -> int:
    """The whole days of service after E until the day of entry; never days before billing (R7)."""
    if billing_starts_on is None:
        return 0
    return max(0, (keyed_on - max(effective_on + DAY, billing_starts_on)).days)


def entered_after_the_end(
    notice: NoticeFacts, keyed_on: date, effective_on: date, billing_starts_on: date | None, terms: Terms, *,
    option: bool = False,
) -> Ruling:  # fmt: skip
    """The day of arrival counts, not the day of entry: days of service after E are shown for correction (R7).

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
