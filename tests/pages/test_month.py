"""The month page of the supervisor: figures by item, amount and person, and the causes of lateness."""

import re

import pytest

from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.records.engine import writing
from tests.pages.browsing import Browser
from tests.pages.test_proposals import become


@pytest.fixture
def may(anywhere: Browser) -> Browser:
    """In May: three received in April, two of them accepted; one of these ends in June."""
    desk = anywhere.desk
    first = desk.accepted(received_on="2022-04-20", reference="OD-1")
    desk.accepted(received_on="2022-04-22", item="basic", reference="OD-2")
    desk.apply(reference="OD-3")
    anywhere.move_to("2022-05-20")
    desk.do(first, "notify_cancellation", arrived_on="2022-05-11")
    return anywhere


def figures(browser: Browser, month: str) -> dict[tuple[str, str], int]:
    lines = browser.client.get(f"/months/{month}.csv").text.splitlines()[1:]
    return {(row[1], row[2]): int(row[3]) for row in (line.split(",") for line in lines)}


def test_a_month_is_counted_by_item(may: Browser) -> None:
    april = figures(may, "2022-04")
    assert (april["received", "premium"], april["received", "basic"]) == (2, 1)
    assert (april["accepted", "premium"], april["in_force", "basic"]) == (1, 1)
    assert april["days_to_accept_longest", ""] == 2
    page = may.look("/months/2022-04")
    assert "平均 1.0日" in page.text and "最長 2日（2件）" in page.text
    assert "/months/2022-03" in page.links and "/months/2022-05" in page.links
    assert re.search(r'<svg class="chart"', may.html)


def test_the_revenue_of_a_month_is_the_sum_of_its_statements(may: Browser) -> None:
    one = [c["id"] for c in may.desk.get("/v1/contracts")["items"]]
    total = sum(may.desk.get(f"/v1/contracts/{id_}/statements/2022-05")["total_yen"] for id_ in one)
    found = figures(may, "2022-05")
    assert total > 0 and found["revenue_yen", ""] == total
    assert found["revenue_yen", "monthly_base_fee"] == 200_000 + 100_000


def test_late_entries_and_late_timers_are_counted_separately(may: Browser) -> None:
    desk = may.desk
    second = desk.get("/v1/contracts", item="basic")["items"][0]
    may.move_to("2022-07-20")
    desk.do(second, "notify_cancellation", arrived_on="2022-06-01", reason="郵送の到着が遅れた")
    found = figures(may, "2022-07")
    assert (found["late_by_desk", ""], found["late_by_clock", ""]) == (1, 0)
    assert found["person_late", "admin"] == 1 and found["ended", "basic"] == 1
    assert "入力が遅れたために遅れた自動処理" in may.look("/months/2022-07").text


def test_the_figures_by_person_are_for_supervisors(may: Browser) -> None:
    with writing(may.desk.engine) as conn:
        record_editions(conn, CommandContext("start", may.desk.context.clock()))
    assert "担当者別" in may.look("/months/2022-05").text and "start" not in may.look("/months/2022-05").text
    become(may, "受注", "order_desk")
    assert "担当者別" not in may.look("/months/2022-04").text
    assert not [row for row in figures(may, "2022-04") if row[0].startswith("person_")]


@pytest.mark.parametrize("month", ["2022-13", "0001-01", "x", "2000-01", "9999-12", "２０２２-05"])
def test_an_invalid_month_is_answered_404(browser: Browser, month: str) -> None:
    assert "ページが見つかりません" in browser.look(f"/months/{month}", 404).text


def test_the_page_of_the_current_month_states_that_it_is_not_over(browser: Browser) -> None:
    page = browser.look("/months")
    assert "今月の数字は現在までのものです" in page.text and "2022年4月の月次" in page.text


def test_each_hour_shows_the_timers_due_in_it(anywhere: Browser) -> None:
    anywhere.desk.accepted()
    page = anywhere.look("/pictures")
    assert "2022年5月1日（日） 00:00 1 課金開始 1" in page.text
