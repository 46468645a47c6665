"""One ruling or more of every rule of the terms; test_every_ruling.py checks that none is missing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art5_drm_option as art5
from lifecycle.terms import art7_fees as fees
from lifecycle.terms import company_forms
from lifecycle.terms import order_of_days as order
from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art6_cancellation import ending, latest_arrival, not_that_day
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.catalogue import CATALOGUE
from lifecycle.terms.editions import Editions
from lifecycle.terms.order_of_days import entered_after_the_end
from lifecycle.terms.ruling import Ruling, known
from tests.terms.later_rulings import on_amounts, on_changes, on_conditions
from tests.terms.worlds import DAY, DEFER, RESIDUAL, Letter, letters, under

HELD = date(2022, 6, 1)  # a day under a version whose text is held
ASSUMED = date(2021, 3, 1)
LAST_ARRIVED = under(several_notices="last_arrived")


def made_known_late(day: date) -> Editions:
    """The versions, and another one that was announced only on its first day."""
    return Editions([*DEFER, replace(DEFER.on(day), in_force_from=day)], announced={day.isoformat(): day})


def every_ruling(day: date = HELD) -> list[Ruling]:
    """The rulings of every rule about facts of a day, refusals and conclusions, each in all its wordings."""
    terms, month = DEFER.on(day), timedelta(days=31)
    found: list[Ruling | None] = [
        DEFER.not_in_force(date(2020, 11, 30)),
        DEFER.in_force(day),
        DEFER.in_force(ASSUMED),
        *made_known_late(day).reaching(day - DAY).passed_over(day),
        minimum_term(day, terms),
        minimum_term(day, terms, option=True),
        *(company_forms.notice_not_in_form(day, terms, option=option) for option in (False, True)),
        *(company_forms.application_in_form(False, terms, option=option) for option in (False, True)),
        *(company_forms.form_missing(False, terms, option=option) for option in (False, True)),
        *(company_forms.form_arrived(day, terms, option=option) for option in (False, True)),
        conditions.laws_accepted(False, terms),
        conditions.rights_cleared(False, terms),
        conditions.administrator_named(False, terms),
        *(rule(item, day, terms) for rule in (fees.initial_fee, fees.monthly_fee) for item in terms.items),
        fees.quoted_initial_fee(12_345, day, terms),
        fees.quoted_monthly_fee(6_789, day, terms),
        art5.starts_no_earlier_than_base(day, day + DAY, terms),
        art5.follows_base(day, day + DAY, terms),
        art5.needs_premium("basic", day, day, terms),
        art5.needs_premium("basic", day + DAY, day, terms),
        art5.needs_premium(None, day, day, terms),
        art5.needs_accepted_base("applied", terms),
        art5.only_one_option("o_1", terms),
        art5.ends_with_application(day, terms),
        order.not_before_application(day, day + DAY, terms),
        order.not_before_application(day, day, terms),
        order.received_before_accepted(day + DAY, day, terms),
        order.taken_over(day, None, terms),
        order.taken_over(day, "2022-05", terms),
        order.accepted_before_billing_start(day + DAY, day, terms),
        order.past_billing_start_needs_reason(day, start_of(day + DAY), None, terms),
        order.billing_not_begun(day, True, terms),
        *(
            order.not_in_future(act, end_of(day) - timedelta(hours=1), end_of(day) - ago, terms)
            for act in CATALOGUE["not_in_future", "later_today"].article
            for ago in (timedelta(hours=2), timedelta(days=2))
        ),
        order.late_entry_needs_reason(day, start_of(day + 2 * month), None, terms),
        *(latest_arrival(day + number * DAY, terms) for number in range(7)),
        *(not_that_day(day, end, day + DAY, by, day, terms) for end, by in ((day - DAY, day), (None, day - DAY))),
        not_that_day(day, None, day + DAY, day, day, terms),
        latest_arrival(date(2022, 9, 10), terms),  # 11 August, a public holiday
    ]
    for option in (False, True):
        found += _about_notices(day, option)
        found += [
            order.notice_after_acceptance(day, day + DAY, terms, option=option),
            order.no_contract_yet(terms, option=option),
            order.rests_on_nothing(terms),
            order.over_since(day, terms, option=option),
            order.notice_stands("c_1.4", True, terms, option=option),
            order.taken_back_with_consent(day, terms, option=option),
            *(
                entered_after_the_end(
                    Letter("n1", day, None, by), day + 2 * month, day + month, day, terms, option=option
                )
                for by in ("customer", "company", "agreement")
            ),
        ]
    return list(known([*found, *on_conditions(day, terms), *on_changes(day, terms), *on_amounts(day, terms)]))


def _about_notices(day: date, option: bool) -> Sequence[Ruling]:
    """All ends that one and two notices around a billing start bring about, and the option's with its base's."""
    starts: list[date | None] = [None, day, day + 20 * DAY, day + 40 * DAY]
    chosen: list[date | None] = [None, day, day + 60 * DAY]
    found: list[Ruling] = []
    ends = [
        Letter("n1", day, None),
        *(Letter(by, day, day + 10 * DAY, by) for by in ("company", "agreement")),
    ]
    for start, number in product(starts, (2, 3)):
        end = ending(ends[1:number], start, DEFER, option=option)
        assert end is not None
        found += end.rulings
    for editions, start, one, two in product((DEFER, RESIDUAL, LAST_ARRIVED), starts, chosen, chosen):
        for arrivals in ([(day, one)], [(day, one), (day + DAY, two)]):
            end = ending(letters(arrivals), start, editions, option=option)
            assert end is not None
            found += end.rulings
            if option:
                found += _with_base(editions, start, day)
    return list(dict.fromkeys(found))


def _with_base(editions: Editions, start: date | None, day: date) -> Sequence[Ruling]:
    base = ending(letters([(day, None)]), day, editions)
    end = art5.option_ending(None, base, start, editions)
    return end.rulings if end else ()
