"""Random notices: the end of a contract and of an option, compared with the oracle."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.terms.art5_drm_option import option_ending
from lifecycle.terms.art6_cancellation import effect, ending
from tests import oracle
from tests.how_many import some_of
from tests.oracle.calendar import Notice
from tests.terms.worlds import BY_POLICY, letters, under

settings.register_profile("terms", deadline=None, database=None, max_examples=some_of(200))
LAST_ARRIVED = under(several_notices="last_arrived")
POLICIES = st.sampled_from(["defer", "residual_fee"])
STARTS = st.dates(date(2021, 6, 1), date(2099, 6, 1))


def shifted(day: date, least: int, most: int) -> st.SearchStrategy[date]:
    return st.integers(least, most).map(lambda days: day + timedelta(days=days))


@st.composite
def notices_around(draw: st.DrawFn, start: date, most: int = 5) -> list[Notice]:
    """One to five notices around a billing start, with chosen days before and after day thirty."""
    arrivals = draw(st.lists(shifted(start, -100, 60), min_size=1, max_size=most))
    return [(arrived, draw(st.none() | shifted(arrived, -40, 120))) for arrived in arrivals]


@st.composite
def starts_and_notices(draw: st.DrawFn) -> tuple[date, list[Notice]]:
    start = draw(STARTS)
    return start, draw(notices_around(start))


@settings(settings.get_profile("terms"))
@given(starts_and_notices(), st.booleans(), POLICIES, st.booleans())
def test_the_end_of_a_contract_agrees_with_the_oracle(
    facts: tuple[date, list[Notice]], known_start: bool, policy: str, option: bool
) -> None:
    start, notices = facts[0] if known_start else None, facts[1]
    end = ending(letters(notices), start, BY_POLICY[policy], option=option)
    said = oracle.ending(start, notices, policy)
    assert end is not None
    assert (end.effective_on, end.decided_by, end.billing_starts, end.minimum_term_ends_on) == (
        said["effective_on"], said["decided_by"], said["billing_starts"], said["minimum_term_ends_on"],
    )  # fmt: skip
    deciding = notices[int(str(end.notice).removeprefix("n")) - 1]
    days = [oracle.ending(start, [notice], policy)["effective_on"] for notice in notices]
    assert end.notice == f"n{days.index(min(days)) + 1}", "on a tie the notice entered first decides"
    alone = effect(*deciding, start, BY_POLICY[policy], option=option)
    assert (alone.effective_on, alone.residual_days) == (end.effective_on, said["residual_days"])
    assert {ruling.article for ruling in end.rulings} <= {"Art. 5(5)" if option else "Art. 6", _term(option)}


def _term(option: bool) -> str:
    return "Art. 5(4)" if option else "Art. 2"


@settings(settings.get_profile("terms"))
@given(starts_and_notices(), POLICIES)
def test_a_further_notice_never_puts_an_end_off(facts: tuple[date, Sequence[Notice]], policy: str) -> None:
    start, notices = facts
    ends = [ending(letters(notices[:n]), start, BY_POLICY[policy]) for n in range(1, len(notices) + 1)]
    days = [end.effective_on for end in ends if end is not None]
    assert days == sorted(days, reverse=True)


@settings(settings.get_profile("terms"))
@given(starts_and_notices())
def test_under_the_other_choice_the_notice_that_arrived_last_decides(facts: tuple[date, list[Notice]]) -> None:
    start, notices = facts
    end = ending(letters(notices), start, LAST_ARRIVED)
    latest = max(arrived for arrived, _ in notices)
    last = [notice for notice in notices if notice[0] == latest][-1]
    assert end is not None
    assert end.effective_on == oracle.ending(start, [last])["effective_on"]


@settings(settings.get_profile("terms"))
@given(st.data(), POLICIES)
def test_the_end_of_an_option_agrees_with_the_oracle(data: st.DataObject, policy: str) -> None:
    base_start = data.draw(STARTS, label="base start")
    start = data.draw(shifted(base_start, 0, 60), label="option start")
    base_notices = data.draw(st.just([]) | notices_around(base_start, 3), label="base notices")
    own_notices = data.draw(st.just([]) | notices_around(start, 3), label="option notices")
    editions = BY_POLICY[policy]
    base = ending(letters(base_notices), base_start, editions)
    end = option_ending(ending(letters(own_notices), start, editions, option=True), base, start, editions)
    ends_on, ended_by, cut = oracle.option_ending(start, own_notices, base.effective_on if base else None, policy)
    if end is None:
        assert ends_on is None
        return
    by_base = end.decided_by == "base_contract"
    assert (end.effective_on, end.cut_days, by_base) == (ends_on, cut, ended_by == "base_contract")
    assert end.billing_starts == (end.effective_on >= start)
    assert (end.minimum_term_ends_on is not None) == end.billing_starts
