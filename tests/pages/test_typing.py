"""Typing in a real browser: restored drafts, dates read during typing, the keyboard, expired sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.desk import TOKEN
from tests.api.processes import Server
from tests.pages.chromium import opened, visiting
from tests.pages.test_desk_day import serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module."""
    with opened() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One service for the module, in June."""
    log: Path = tmp_path_factory.mktemp("typing") / "log"
    with serving(log, "2022-06-11T09:00:00+09:00") as found:
        yield found


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A visitor who has signed in."""
    with visiting(browser, server.address) as found:
        yield found


def test_a_draft_survives_a_reload_and_the_session_until_it_is_stored(page: Page, server: Server) -> None:
    page.goto("/contracts/new")
    expect(page.locator("#f-reference")).to_be_focused()
    page.get_by_label("参照番号").first.fill("OD-DRAFT")
    page.get_by_label("お客様名", exact=False).first.fill("株式会社さくら")
    page.get_by_label("受付日").fill("6/10")
    expect(page.locator("#f-received_on-read")).to_contain_text("2022年6月10日（金）")
    page.reload()
    expect(page.get_by_text("前回の入力内容を復元しました")).to_be_visible()
    expect(page.locator("#f-reference")).to_have_value("OD-DRAFT")
    expect(page.locator("#f-received_on-read")).to_contain_text("2022年6月10日（金）")
    page.context.clear_cookies()
    page.get_by_label("受付日").fill("6/9")
    dialog = page.get_by_role("dialog", name="ログイン")
    expect(dialog).to_contain_text("入力した内容は残っています")
    for token in ("wrong", TOKEN):
        page.keyboard.type(token)
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).to_have_count(int(token == "wrong"))
    expect(dialog).to_have_count(0)
    expect(page.locator("#f-received_on")).to_have_value("6/9")
    page.get_by_role("button", name="結果を確認する").click()
    expect(page.locator("#f-item")).to_be_focused()
    expect(page.locator("#f-item-error")).to_contain_text("入力してください")
    page.get_by_label("品目").select_option("premium")
    expect(page.locator("#answer button[value=do]")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("記録しました")).to_be_visible()
    assert server.desk().get("/v1/contracts", q="OD-DRAFT")["items"][0]["received_on"] == "2022-06-09"
    page.go_back()
    expect(page.locator("h1")).to_contain_text("申込を受け付ける")
    page.go_forward()
    page.get_by_role("link", name="続けて次の申込を受け付ける").click()
    expect(page.locator("#f-reference")).to_have_value("")


def test_a_bad_day_is_marked_while_one_types(page: Page) -> None:
    page.goto("/contracts/new")
    day = page.get_by_label("受付日")
    day.fill("6月31日")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-received_on-error")).to_contain_text("この日付は暦にありません")
    day.fill("6/10")
    expect(page.locator("#f-received_on-error")).to_have_count(0)


def test_one_box_chooses_all_of_a_list(page: Page, server: Server) -> None:
    for number in range(3):
        desk, customer = server.desk(), {"name": f"第{number}放送"}
        desk.apply(reference=f"OD-ALL-{number}", requested_billing_start_on="2022-07-01", customer=customer)
    page.goto("/waiting?kind=application")
    page.get_by_label("表示中のすべてを選ぶ").check()
    assert page.locator("input[name=chosen]:checked").count() == page.locator("input[name=chosen]").count() >= 3
    page.get_by_role("button", name="まとめて承諾する").click()
    page.get_by_role("button", name="件を確定する").click()
    expect(page.get_by_role("status")).to_contain_text("件を処理しました")
