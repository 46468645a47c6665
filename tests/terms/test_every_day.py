"""The rules of the calendar on every day from 2020 to 2099, compared with an oracle that counts day by day.

In short the rules that take longest are asked for the starts of billing until 2028 alone.
"""

from datetime import date, timedelta

import pytest

from lifecycle.terms.art6_cancellation import effect, latest_arrival
from lifecycle.terms.calendar import elapses_on, end_of, last_day_of_term, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, NotInForce
from tests import oracle
from tests.how_many import IN_FULL
from tests.terms.worlds import DAY, DEFER, RESIDUAL, every_day, in_utc

DAYS = every_day(date(2020, 1, 1), date(2099, 12, 31))
FIRST = date(2020, 12, 1)
UNDER_TERMS = [day for day in DAYS if day >= FIRST]
STARTS = UNDER_TERMS[35:] if IN_FULL else every_day(UNDER_TERMS[35], date(2028, 12, 31))  # with two leap years
INSTANT = timedelta(microseconds=1)


def test_eighty_years_have_29220_days() -> None:
    assert len(DAYS) == 29_220


def test_r2_thirty_days_elapse_on_the_thirtieth_day_after_arrival() -> None:
    wrong = [day for day in DAYS if elapses_on(day, 30) != oracle.thirty_days_elapse_on(day)]
    assert not wrong, wrong[:5]


def test_r2_read_backwards_the_latest_arrival_is_the_last_one_in_time() -> None:
    terms = EDITIONS.on(FIRST)
    for ends_on in every_day(date(2022, 1, 1), date(2025, 12, 31)):
        last = latest_arrival(ends_on, terms).on
        assert last is not None
        assert effect(last, ends_on, None, EDITIONS).effective_on == ends_on
        assert effect(last + DAY, ends_on, None, EDITIONS).effective_on == ends_on + DAY


def test_r3_a_termination_takes_effect_at_the_end_of_the_day_in_japan() -> None:
    for day in DAYS:
        end = end_of(day)
        assert in_utc(end) == oracle.ends_at_utc(day)
        assert end == start_of(day + DAY)
        assert (tokyo_day(end - INSTANT), tokyo_day(end), tokyo_day(start_of(day))) == (day, day + DAY, day)


@pytest.mark.parametrize("months", [1, 3])
def test_r4_a_term_of_months_ends_before_its_corresponding_day_or_with_its_month(months: int) -> None:
    wrong = [day for day in DAYS if last_day_of_term(day, months) != oracle.term_last_day(day, months)]
    assert not wrong, wrong[:5]


def test_r4_the_next_term_begins_no_earlier_than_the_last_one_ended() -> None:
    """A term never ends earlier because it began later."""
    ends = [last_day_of_term(day, 1) for day in DAYS]
    assert ends == sorted(ends)


def test_r9_a_notice_on_or_after_billing_start_never_ends_inside_the_minimum_term() -> None:
    """The theorem: of all arrivals around S only earlier ones end on or after S and inside the term."""
    around = range(-35, 36)
    arrivals = every_day(DAYS[0] + around[0] * DAY, DAYS[-1] + around[-1] * DAY)
    ends = [elapses_on(arrival, 30) for arrival in arrivals]
    for place, start in enumerate(DAYS):
        last = last_day_of_term(start, 1)
        ended = zip(around, ends[place : place + len(around)], strict=True)
        inside = [n for n, end in ended if start <= end < last]
        assert inside == list(range(-30, (last - start).days - 30)), start
        assert all(n < 0 for n in inside), start


def test_r9_where_the_minimum_term_stops_binding_the_rules_agree_with_the_theorem() -> None:
    """The last arrival that the term binds and the first it does not, for every billing start."""
    for start in STARTS:
        last = oracle.term_last_day(start)
        free, bound = last - 30 * DAY, last - 31 * DAY
        unbound = effect(free, None, start, EDITIONS)
        assert (unbound.effective_on, unbound.decided_by) == (last, "notice_period"), start
        if bound >= start - 30 * DAY:
            assert effect(bound, None, start, DEFER).decided_by == "minimum_term", start
            if start.year < 2029:  # two leap years are enough to show that the policies differ in nothing else
                assert effect(bound, None, start, RESIDUAL).residual_days == 1, start


def test_r11_billing_starts_unless_the_end_is_before_it() -> None:
    for start in STARTS:
        before, on = (effect(start - n * DAY, None, start, EDITIONS) for n in (31, 30))
        assert (before.billing_starts, before.minimum_term_ends_on) == (False, None), start
        assert (on.billing_starts, on.minimum_term_ends_on) == (True, oracle.term_last_day(start)), start


def test_r32_every_day_has_exactly_one_version_and_the_days_before_the_first_have_none() -> None:
    starts = [terms.in_force_from for terms in EDITIONS]
    untils = [*starts[1:], date.max]
    for day in DAYS:
        holding = [s for s, until in zip(starts, untils, strict=True) if s <= day < until]
        if day < FIRST:
            assert not holding
            with pytest.raises(NotInForce) as refusal:
                EDITIONS.on(day)
            assert (refusal.value.ruling.reading, refusal.value.ruling.on) == ("R32", FIRST)
        else:
            assert [EDITIONS.on(day).in_force_from] == holding
            assert EDITIONS.on(day).version == EDITIONS.in_force(day).terms == oracle.terms_version(day)
