"""Two ways to count days agree: plain date arithmetic and a walk through the calendar."""

from datetime import date, datetime, timedelta

import pytest

from tests import oracle
from tests.oracle.days import DAY, TOKYO, day_of, day_thirty, end_of, month_after, month_last, start_of, term_last

EVERY_DAY = [date(2019, 12, 1) + k * DAY for k in range(366 * 11)]


def test_day_thirty_is_the_thirtieth_day_walked() -> None:
    for day in EVERY_DAY:
        assert day_thirty(day) == oracle.thirty_days_elapse_on(day)


@pytest.mark.parametrize("months", [1, 3])
def test_a_term_ends_where_the_walk_ends(months: int) -> None:
    for day in EVERY_DAY:
        assert term_last(day, months) == oracle.term_last_day(day, months)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2022-01-31", "2022-02-28"), ("2024-01-31", "2024-02-29"), ("2022-01-30", "2022-02-28"),
        ("2024-01-30", "2024-02-29"), ("2022-03-31", "2022-04-30"), ("2022-05-01", "2022-05-31"),
        ("2022-12-15", "2023-01-14"),
    ],
)  # fmt: skip
def test_a_term_of_one_month(start: str, last: str) -> None:
    assert term_last(date.fromisoformat(start)) == date.fromisoformat(last)


def test_an_instant_belongs_to_its_day_in_japan() -> None:
    assert day_of(datetime.fromisoformat("2022-03-31T15:00:00+00:00")) == date(2022, 4, 1)
    with pytest.raises(ValueError, match="without an offset"):
        day_of(datetime(2022, 4, 1))


def test_a_day_ends_where_the_next_begins() -> None:
    assert end_of(date(2022, 5, 1)) == start_of(date(2022, 5, 2)) == datetime(2022, 5, 2, tzinfo=TOKYO)
    assert end_of(date(2022, 5, 1)) - start_of(date(2022, 5, 1)) == timedelta(hours=24)


def test_months_follow_each_other() -> None:
    assert (month_after("2022-12"), month_last("2024-02")) == ("2023-01", date(2024, 2, 29))
