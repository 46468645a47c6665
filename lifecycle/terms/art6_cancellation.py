"""Art. 6 and Art. 5(5): the day on which a cancellation takes effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from lifecycle.terms.agreed_end import agreed_end, agreement_decides
from lifecycle.terms.art2_minimum_term import Binds, minimum_term, within_minimum_term
from lifecycle.terms.art10_measures import company_end
from lifecycle.terms.calendar import elapses_on, rest_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.notice_ends import MONTH_END, MONTH_END_RULE, last_arrival, month_end_after
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms

DecidedBy = Literal["notice_period", "chosen_day", "minimum_term", "base_contract", "company", "agreement"]


@dataclass(frozen=True, slots=True)
class NoticeEffect:
    """The effect of one notice.

    effective_on: the last day in force, E. billing_starts: whether billing ever starts (R11).
    minimum_term_ends_on: None if it never starts. residual_days: days cut off the minimum term.
    """

    effective_on: date
    notice_period_ends_on: date
    decided_by: DecidedBy
    billing_starts: bool
    minimum_term_ends_on: date | None
    residual_days: int
    rulings: tuple[Ruling, ...]


class NoticeFacts(Protocol):
    """The facts of a notice that Art. 6 depends on."""

    @property
    def id(self) -> str: ...
    @property
    def arrived_on(self) -> date: ...
    @property
    def chosen_on(self) -> date | None: ...
    @property
    def by(self) -> str: ...


@lru_cache(maxsize=4096)
def notice_period(arrived_on: date, terms: Terms, *, option: bool = False) -> Ruling:
    """The last day of the notice period, by the notice rule of the terms.

    The period is a number of days, in which the day of arrival does not count (R2), or it ends with a month.
    """
    if terms.notice_rule == MONTH_END:
        on = month_end_after(arrived_on, terms.same_month_until_day)
        return conclude(MONTH_END_RULE, terms, about=holder(option), on=on, arrived_on=arrived_on)
    return conclude(
        "notice_period", terms, about=holder(option), on=elapses_on(arrived_on, terms.notice_days),
        arrived_on=arrived_on, notice_days=terms.notice_days,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def later_day(elapsed: Ruling, chosen_on: date | None, terms: Terms, *, option: bool = False) -> Ruling:
    """The later of the notice period's last day and the chosen day (R6); a tie goes to the period."""
    assert elapsed.on is not None
    rule, about = "later_of_notice_and_chosen_day", holder(option)
    if chosen_on is None:
        return conclude(rule, terms, "none_chosen", about=about, on=elapsed.on)
    if chosen_on > elapsed.on:
        return conclude(rule, terms, "chosen_later", about=about, on=chosen_on, chosen_on=chosen_on)
    return conclude(rule, terms, "chosen_earlier", about=about, on=elapsed.on, chosen_on=chosen_on)


@lru_cache(maxsize=65_536)
def effect(
    arrived_on: date, chosen_on: date | None, billing_starts_on: date | None,
    editions: Editions, *, option: bool = False,
) -> NoticeEffect:  # fmt: skip
    """The effect of one notice, with the three days on which it depends (R2, R6, R8, R11).

    The version in force at arrival governs, among those that apply to the contract (R32, R42). Raises NotInForce.
    """
    terms = editions.on(arrived_on)
    elapsed = notice_period(arrived_on, terms, option=option)
    later = later_day(elapsed, chosen_on, terms, option=option)
    assert elapsed.on is not None and later.on is not None
    by: DecidedBy = "notice_period" if later.on == elapsed.on else "chosen_day"
    found, binds = (*editions.passed_over(arrived_on), elapsed, later), terms.settings.within_minimum_term
    return _beside_the_term(later.on, by, elapsed.on, found, billing_starts_on, editions, option, terms, binds)


class Ending(NamedTuple):
    """The end of a contract or an option by notices: the effect of the deciding notice, and all reasons.

    notice: the id of the deciding notice, None if no notice decides. cut_days: days cut off the own minimum term
    by the base contract's end (R18).
    """

    effective_on: date
    decided_by: DecidedBy
    notice: str | None
    billing_starts: bool
    minimum_term_ends_on: date | None
    rulings: tuple[Ruling, ...]
    cut_days: int = 0


def ending(
    notices: Sequence[NoticeFacts], billing_starts_on: date | None, editions: Editions, *, option: bool = False
) -> Ending | None:
    """The end by the notices that were not revoked, None without notices (R6, R8, R11, R12).

    Raises NotInForce for a notice that arrived before the first version of the terms.
    """
    if not notices:
        return None
    if agreed := [notice for notice in notices if notice.by == "agreement"]:
        return _agreed_ending(agreed[-1], len(notices) > 1, billing_starts_on, editions)
    effects = [effect_of(n, billing_starts_on, editions, option=option) for n in notices]
    rulings: tuple[Ruling, ...] = ()
    index = 0
    if len(effects) > 1:
        terms = editions.on(max(n.arrived_on for n in notices))
        index = _deciding(notices, effects, terms)
        rulings = (_several(effects, index, terms, option=option),)
    one = effects[index]
    return Ending(
        one.effective_on, one.decided_by, notices[index].id, one.billing_starts,
        one.minimum_term_ends_on, one.rulings + rulings,
    )  # fmt: skip


def effect_of(
    notice: NoticeFacts, billing_starts_on: date | None, editions: Editions, *, option: bool
) -> NoticeEffect:
    """The effect of one notice: the customer's, the company's, or an agreed end (R6, R31, R38)."""
    if notice.by == "company" and notice.chosen_on is not None:
        return company_effect(notice.arrived_on, notice.chosen_on, billing_starts_on, editions)
    if notice.by == "agreement" and notice.chosen_on is not None:
        return agreement_effect(notice.arrived_on, notice.chosen_on, billing_starts_on, editions)
    return effect(notice.arrived_on, notice.chosen_on, billing_starts_on, editions, option=option)


@lru_cache(maxsize=4096)
def company_effect(
    decided_on: date, ends_on: date, billing_starts_on: date | None, editions: Editions
) -> NoticeEffect:
    """The effect of an end by the company: no notice period; the minimum term binds the customer (R31)."""
    terms = editions.on(decided_on)
    found, binds = (company_end(ends_on, terms),), terms.settings.company_end_within_minimum_term
    return _beside_the_term(ends_on, "company", ends_on, found, billing_starts_on, editions, False, terms, binds)


@lru_cache(maxsize=4096)
def agreement_effect(
    agreed_on: date, ends_on: date, billing_starts_on: date | None, editions: Editions
) -> NoticeEffect:
    """The effect of an agreed end: on the agreed day, without notice period and minimum term (R38)."""
    terms = editions.on(agreed_on)
    found = (agreed_end(agreed_on, ends_on, terms),)
    return _beside_the_term(
        ends_on, "agreement", ends_on, found, billing_starts_on, editions, False, terms, "agreed"
    )


def _agreed_ending(
    notice: NoticeFacts, others: bool, billing_starts_on: date | None, editions: Editions
) -> Ending:
    """The end by the newest agreement. others: whether there are also notices or earlier agreements."""
    assert notice.chosen_on is not None
    one = agreement_effect(notice.arrived_on, notice.chosen_on, billing_starts_on, editions)
    terms = editions.on(notice.arrived_on)
    more = (agreement_decides(notice.arrived_on, notice.chosen_on, terms),) if others else ()
    return Ending(
        one.effective_on, one.decided_by, notice.id, one.billing_starts, one.minimum_term_ends_on,
        one.rulings + more,
    )  # fmt: skip


def _beside_the_term(
    on: date, by: DecidedBy, period_ends_on: date, found: tuple[Ruling, ...], billing_starts_on: date | None,
    editions: Editions, option: bool, terms: Terms, binds: Binds,
) -> NoticeEffect:  # fmt: skip
    """The end on a day, with billing start and minimum term (R8, R11). found: the rulings that determined the
    day.
    """
    if billing_starts_on is None or on < billing_starts_on:
        never = _billing_never_starts(on, billing_starts_on, terms, option=option)
        return NoticeEffect(on, period_ends_on, by, False, None, 0, (*found, never))
    term = minimum_term(billing_starts_on, editions.on(billing_starts_on), option=option)
    assert term.on is not None
    missing = max(0, (term.on - on).days)
    guard = within_minimum_term(term, on, missing, terms, binds)
    if missing and binds == "defer":
        return NoticeEffect(term.on, period_ends_on, "minimum_term", True, term.on, 0, (*found, guard))
    residual = missing if binds == "residual_fee" else 0
    return NoticeEffect(on, period_ends_on, by, True, term.on, residual, (*found, guard))


def _deciding(notices: Sequence[NoticeFacts], effects: Sequence[NoticeEffect], terms: Terms) -> int:
    if terms.settings.several_notices == "last_arrived":
        return max(range(len(effects)), key=lambda i: (notices[i].arrived_on, i))
    return min(range(len(effects)), key=lambda i: (effects[i].effective_on, i))


def _several(effects: Sequence[NoticeEffect], chosen: int, terms: Terms, *, option: bool) -> Ruling:
    return conclude(
        "several_notices", terms, terms.settings.several_notices, about=holder(option),
        on=effects[chosen].effective_on, notices=len(effects), ends=tuple([e.effective_on for e in effects]),
        assumed=any(ruling.assumed for e in effects for ruling in e.rulings),
    )  # fmt: skip


def latest_arrival(effective_on: date, terms: Terms) -> Ruling:
    """The last day on which a notice may arrive to take effect on a chosen day (R2 read backwards)."""
    last = last_arrival(effective_on, terms)
    if rest_day(last):
        return conclude("latest_arrival", terms, "on_rest_day", on=last, ends_on=effective_on, rest=last)
    return conclude("latest_arrival", terms, "on_working_day", on=last, ends_on=effective_on)


def not_that_day(
    asked_on: date, ends_on: date | None, earliest: date, arrive_by: date, today: date, terms: Terms
) -> Ruling | None:
    """Refuses a day that no notice can reach any more (R2, R8, R12).

    ends_on: the present end. earliest: the earliest end that a notice arriving today has, no earlier than the
    requested day. arrive_by: the last day of arrival for the requested day.
    """
    if ends_on is not None and asked_on > ends_on:
        return conclude("several_notices", terms, "ends_already", on=ends_on)
    if asked_on == earliest:
        return None
    if arrive_by < today:
        return conclude("latest_arrival", terms, "passed", on=earliest, last_on=arrive_by)
    return conclude("minimum_term", terms, "day_inside", on=earliest, asked_on=asked_on)


def holder(option: bool) -> str:
    """What a ruling is about: the terms have the same rule for contracts and options in two articles."""
    return "option" if option else "contract"


def _billing_never_starts(on: date, starts_on: date | None, terms: Terms, *, option: bool) -> Ruling:
    rule, about = "billing_never_starts", holder(option)
    if starts_on is None:
        return conclude(rule, terms, "no_start", about=about, on=on)
    return conclude(rule, terms, "before_start", about=about, on=on, billing_starts_on=starts_on)
