"""The dated versions: held and assumed ones, and the effect of a further file."""

import re
from dataclasses import asdict
from datetime import date

import pytest
from pydantic import ValidationError

from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art6_cancellation import effect
from lifecycle.terms.art7_fees import initial_fee
from lifecycle.terms.editions import EDITIONS, Editions, NotInForce, parse_editions
from tests.terms.worlds import DAY, TEXTS, every_day

HELD = TEXTS["2022-05-01.toml"]
NEW_DAY = date(2027, 4, 1)


def changed(day: str, **values: str) -> str:
    """The held version as if it came into force on another day, with some of its lines changed."""
    text = HELD.replace("in_force_from = 2022-05-01", f"in_force_from = {day}")
    for name, value in values.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, count=1, flags=re.MULTILINE)
        assert count == 1, name
    return text


def with_a_fourth() -> Editions:
    fourth = changed("2027-04-01", days="60", months="2", initial_fee_yen="90_000")
    return parse_editions([fourth, *TEXTS.values()])


def test_a_file_is_named_after_the_day_it_enters_into_force() -> None:
    for name, text in TEXTS.items():
        assert f"in_force_from = {name.removesuffix('.toml')}\n" in text


def test_three_versions_are_on_record_and_only_the_last_one_s_text_is_held() -> None:
    assert [(terms.version, terms.assumed) for terms in EDITIONS] == [
        ("2020-12-01", True), ("2021-11-01", True), ("2022-05-01", False),
    ]  # fmt: skip


def test_the_assumed_versions_carry_the_values_of_the_held_one() -> None:
    values = [{k: v for k, v in asdict(t).items() if k not in ("in_force_from", "assumed")} for t in EDITIONS]
    assert values[0] == values[1] == values[2]


def test_the_ruling_on_the_version_in_force_states_whether_its_values_are_assumed() -> None:
    for day, words in ((date(2021, 1, 1), "assumed"), (date(2022, 5, 1), "applies to facts")):
        ruling = EDITIONS.in_force(day)
        assert words in ruling.because
        assert ("推定" in ruling.because_ja) == ruling.assumed == EDITIONS.on(day).assumed


def test_before_the_first_version_a_notice_has_no_terms_to_rest_on() -> None:
    with pytest.raises(NotInForce, match="No version of the terms is in force on 30 November 2020"):
        effect(date(2020, 11, 30), None, None, EDITIONS)


def test_a_fourth_version_changes_nothing_before_its_day() -> None:
    editions = with_a_fourth()
    assert [asdict(terms) for terms in editions][:3] == [asdict(terms) for terms in EDITIONS]
    for day in every_day(date(2020, 12, 1), NEW_DAY - DAY):
        assert editions.in_force(day) == EDITIONS.in_force(day)
        new, old = editions.on(day), EDITIONS.on(day)
        assert minimum_term(day, new) == minimum_term(day, old)
        assert initial_fee("basic", day, new) == initial_fee("basic", day, old)
        assert effect(day, None, None, editions) == effect(day, None, None, EDITIONS)


def test_a_fourth_version_governs_what_happens_from_its_day_on() -> None:
    editions = with_a_fourth()
    for day in (NEW_DAY, NEW_DAY + DAY, date(2099, 12, 31)):
        terms = editions.on(day)
        assert terms.version == "2027-04-01"
        assert effect(day, None, None, editions).effective_on == day + 60 * DAY
        assert initial_fee("basic", day, terms).amount_yen == 90_000
        assert initial_fee("premium", day, terms).amount_yen == 150_000
    assert minimum_term(NEW_DAY, editions.on(NEW_DAY)).on == date(2027, 5, 31)


def test_a_notice_from_before_a_new_version_keeps_its_thirty_days_though_they_end_under_it() -> None:
    before, after = (effect(day, None, None, with_a_fourth()) for day in (NEW_DAY - DAY, NEW_DAY))
    assert (before.effective_on, before.rulings[0].terms) == (date(2027, 4, 30), "2022-05-01")
    assert (after.effective_on, after.rulings[0].terms) == (date(2027, 5, 31), "2027-04-01")


def test_the_version_of_the_billing_start_governs_the_minimum_term_and_that_of_the_notice_the_policy() -> None:
    editions = parse_editions(
        [changed("2027-04-01", months="2", within_minimum_term='"residual_fee"'), *TEXTS.values()]
    )
    start = date(2027, 4, 15)
    early = effect(date(2027, 3, 31), None, start, editions)
    assert (early.effective_on, early.decided_by) == (date(2027, 6, 14), "minimum_term")
    late = effect(date(2027, 4, 1), None, start, editions)
    assert (late.effective_on, late.residual_days) == (date(2027, 5, 1), 44)


def test_two_files_for_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="come into force on the same day"):
        parse_editions([*TEXTS.values(), changed("2022-05-01", days="60")])


@pytest.mark.parametrize(
    ("name", "value"),
    [("within_minimum_term", '"perhaps"'), ("several_notices", '"latest"'), ("yen_rounding", '"up"')],
)
def test_a_choice_that_does_not_exist_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        parse_editions([changed("2027-04-01", **{name: value})])


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="cancel_on_sundays"):
        parse_editions([changed("2027-04-01", shift_last_days="false\ncancel_on_sundays = true")])


def test_the_order_of_the_files_does_not_matter() -> None:
    texts = list(TEXTS.values())
    assert [asdict(t) for t in parse_editions(texts)] == [asdict(t) for t in parse_editions(texts[::-1])]


def test_a_version_states_its_announcement_and_the_ground_of_its_change() -> None:
    """R42; of the versions held the day is not on record."""
    assert {(terms.announced_on, terms.change) for terms in EDITIONS} == {(None, "other")}
    made_known = changed("2023-04-01").replace(
        "assumed =", 'announced_on = 2023-03-01\nchange = "benefit"\nassumed =', 1
    )
    (terms,) = parse_editions([made_known])
    assert (terms.announced_on, terms.change) == (date(2023, 3, 1), "benefit")
    with pytest.raises(ValidationError, match="benefit"):
        parse_editions([made_known.replace('"benefit"', '"price"')])
