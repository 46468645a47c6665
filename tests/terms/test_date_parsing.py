"""Dates as people type them."""

from datetime import date

import pytest

from lifecycle.terms.date_parsing import UnreadableDate, parse_date

TODAY = date(2022, 4, 22)

READ = {
    "2022/4/1": "2022-04-01",
    "2022-04-01": "2022-04-01",
    "2022.4.1": "2022-04-01",
    "20220401": "2022-04-01",
    "2022年4月1日": "2022-04-01",
    "2022年4月1日(金)": "2022-04-01",
    "２０２２／４／１": "2022-04-01",
    "２０２２年４月１日（金）": "2022-04-01",
    " 2022 / 4 / 1 ": "2022-04-01",
    "R4.4.1": "2022-04-01",
    "r4/4/1": "2022-04-01",
    "Ｒ４．４．１": "2022-04-01",
    "R4-4-1": "2022-04-01",
    "令和4年4月1日": "2022-04-01",
    "令和４年４月１日": "2022-04-01",
    "令和 4 年 4 月 1 日": "2022-04-01",
    "令和元年5月1日": "2019-05-01",
    "R1.5.1": "2019-05-01",
    "H31.4.30": "2019-04-30",
    "平成31年4月30日": "2019-04-30",
    "平成12年1月1日": "2000-01-01",
    "2024/2/29": "2024-02-29",
    "今日": "2022-04-22",
    "昨日": "2022-04-21",
    "tomorrow": "2022-04-23",
}
NEAREST = {
    ("4/1", "2022-04-22"): "2022-04-01",
    ("４月１日", "2022-04-22"): "2022-04-01",
    ("4-1", "2022-04-22"): "2022-04-01",
    ("12/28", "2022-01-05"): "2021-12-28",
    ("1/5", "2021-12-28"): "2022-01-05",
    ("10/20", "2022-04-22"): "2022-10-20",
    ("10/25", "2022-04-22"): "2021-10-25",
    ("2/29", "2022-04-22"): "2024-02-29",
    ("2/29", "2021-12-01"): "2020-02-29",
}
TIMES = {
    "2022/4/1 10:30": "2022-04-01T10:30:00+09:00",
    "2022-04-01T10:30": "2022-04-01T10:30:00+09:00",
    "2022-04-01T10:30:15+09:00": "2022-04-01T10:30:15+09:00",
    "令和4年4月1日 9時5分": "2022-04-01T09:05:00+09:00",
    "令和4年4月1日9時": "2022-04-01T09:00:00+09:00",
    "4/1 0:00": "2022-04-01T00:00:00+09:00",
    "今日 23:59": "2022-04-22T23:59:00+09:00",
    "２０２２／４／１　１０：３０": "2022-04-01T10:30:00+09:00",
}
UNREADABLE = {
    "": "form", "soon": "form", "22/4/1": "form", "2022/4": "form", "4/1/2022": "form", "2022/4/1x": "form",
    "1": "form", "४/१": "form", "R4": "form", "2022//4/1": "form",
    "2022/2/29": "calendar", "2022/4/31": "calendar", "13/1": "calendar", "2/30": "calendar",
    "20221301": "calendar", "0000/1/1": "calendar",
    "R1.4.30": "era", "H31.5.1": "era", "平成99年1月1日": "era", "R0.5.1": "era",
    "1999/12/31": "years", "2200/1/1": "years", "S63.1.1": "years",
    "2022/4/1 24:00": "time", "2022/4/1 10:60": "time",
    f"2022/4/1{' ' * 20_000}x": "form",
}  # fmt: skip


@pytest.mark.parametrize("typed", READ)
def test_a_day_is_read_as_it_was_meant(typed: str) -> None:
    found = parse_date(typed, TODAY)
    assert (found.day.isoformat(), found.at, found.guessed) == (READ[typed], None, False)


@pytest.mark.parametrize(("typed", "today"), NEAREST)
def test_a_date_without_a_year_is_the_nearest_and_is_marked_as_guessed(typed: str, today: str) -> None:
    found = parse_date(typed, date.fromisoformat(today))
    assert (found.day.isoformat(), found.guessed) == (NEAREST[typed, today], True)


@pytest.mark.parametrize("typed", TIMES)
def test_a_time_is_a_time_in_japan(typed: str) -> None:
    found = parse_date(typed, TODAY)
    assert found.at is not None
    assert found.at.isoformat() == TIMES[typed]


@pytest.mark.parametrize("typed", UNREADABLE, ids=lambda typed: typed[:20])
def test_an_unreadable_date_is_refused_with_the_reason(typed: str) -> None:
    with pytest.raises(UnreadableDate) as caught:
        parse_date(typed, TODAY)
    assert caught.value.key == UNREADABLE[typed]
