"""The oracle meets every row of every table of cases; a failure names the row."""

import re
from datetime import date
from pathlib import Path

from tests import oracle
from tests.oracle.calendar import after, before, how_many, month_length, tuple_of
from tests.oracle.tables import FOLDER, Row, check, day, day_or_none, notices, table, text, whole


@table("art6_effect_date")
def test_the_later_of_day_thirty_and_the_chosen_day(row: Row) -> None:
    arrived, chosen = day(row, "arrived_on"), day_or_none(row, "chosen_on")
    ending = oracle.ending(None, [(arrived, chosen)])
    effective = oracle.article_6_day(arrived, chosen)
    assert ending["effective_on"] == effective
    check(
        row,
        {
            "notice_elapses_on": oracle.thirty_days_elapse_on(arrived),
            "effect_on": effective,
            "decided_by": ending["decided_by"],
            "first_day_without_service": date(*after(tuple_of(effective))),
            "ends_at_utc": oracle.ends_at_utc(effective),
        },
    )


@table("arrival_day_is_japan_day")
def test_a_notice_arrives_on_the_day_it_is_in_japan(row: Row) -> None:
    arrived = oracle.tokyo_day(text(row, "arrived_at"))
    effective = oracle.article_6_day(arrived, None)
    check(row, {"arrived_on": arrived, "effect_on": effective, "ends_at_utc": oracle.ends_at_utc(effective)})


@table("minimum_term_last_day")
def test_a_term_ends_before_its_corresponding_day(row: Row) -> None:
    start, months = day(row, "billing_start_on"), whole(row, "months")
    last = oracle.term_last_day(start, months)
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    clamped = (year, month, min(start.day, month_length(year, month)))
    check(
        row,
        {
            "last_day": last,
            "days_counted": how_many(tuple_of(start), tuple_of(last)),
            "clamp_minus_one_would_agree": date(*before(clamped)) == last,
        },
    )


@table("minimum_term_guard")
def test_an_end_inside_the_minimum_term(row: Row) -> None:
    start = day(row, "billing_start_on")
    notice = (day(row, "arrived_on"), day_or_none(row, "chosen_on"))
    defer, residual = (oracle.ending(start, [notice], policy) for policy in ("defer", "residual_fee"))
    assert defer["residual_days"] == 0
    assert residual["effective_on"] == oracle.article_6_day(*notice)
    check(
        row,
        {
            "effect_on_art6": residual["effective_on"],
            "min_term_last_day": defer["minimum_term_ends_on"],
            "billing_starts": defer["billing_starts"],
            "min_term_binds": defer["effective_on"] != residual["effective_on"],
            "effect_on_policy_defer": defer["effective_on"],
            "decided_by_policy_defer": defer["decided_by"],
            "residual_days_policy_residual_fee": residual["residual_days"],
        },
    )


@table("several_notices")
def test_the_earliest_of_several_notices_counts(row: Row) -> None:
    start, policy = day_or_none(row, "billing_start_on"), row["policy"] or "defer"
    check(row, {"effect_on": oracle.ending(start, notices(row), policy)["effective_on"]})


@table("drm_option_end")
def test_an_option_ends_with_its_own_notice_or_its_base(row: Row) -> None:
    start, base_ends_on = day(row, "option_billing_start_on"), None
    if row["base_arrived_on"]:
        base_notice = (day(row, "base_arrived_on"), day_or_none(row, "base_chosen_on"))
        base_ends_on = oracle.ending(day_or_none(row, "base_billing_start_on"), [base_notice])["effective_on"]
    arrived = day_or_none(row, "option_arrived_on")
    own = [(arrived, day_or_none(row, "option_chosen_on"))] if arrived else []
    effective, ended_by, cut = oracle.option_ending(start, own, base_ends_on)
    assert effective is not None
    check(
        row,
        {
            "option_effect_on": effective,
            "ended_by": ended_by,
            "option_min_term_last_day": oracle.term_last_day(start) if effective >= start else None,
            "option_min_term_cut_days": cut,
        },
    )


@table("late_entry")
def test_the_day_of_arrival_counts_not_the_day_of_entry(row: Row) -> None:
    arrived, keyed = day(row, "arrived_on"), day(row, "keyed_on")
    effective = oracle.article_6_day(arrived, day_or_none(row, "chosen_on"))
    check(
        row,
        {
            "effect_on": effective,
            "effect_already_past_when_keyed": keyed > effective,
            "days_over_served": oracle.days_over_served(effective, keyed),
            "reason_needed": how_many(tuple_of(arrived), tuple_of(keyed)) - 1 > 31,
        },
    )


@table("terms_version")
def test_the_version_in_force_on_the_day_in_japan(row: Row) -> None:
    check(row, {"version": oracle.terms_version(oracle.tokyo_day(text(row, "at")))})


def test_every_table_is_read_by_a_test_here() -> None:
    """All but `events`: that one is about states, not days and yen, and is held against the diagrams."""
    here = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    tested = re.findall(r'^@table\("(\w+)"\)$', here, re.MULTILINE)
    assert sorted(tested) == sorted({path.stem for path in FOLDER.glob("*.csv")} - {"events"})
