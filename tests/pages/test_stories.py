"""Three working days in a real browser, with the clicks and keys of each task: clerk, supervisor, auditor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lifecycle.audit.keys import new_key, read_key
from tests.api.desk import Desk
from tests.pages.chromium import opened, visiting
from tests.pages.test_desk_day import serving

JUNE = "2022-06-11T09:00:00+09:00"
ELEVEN = 11


class Hand:
    """A hand at the mouse and the keyboard: what it does is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.keys = page, 0, 0

    def click(self, role: str, name: str, *, exact: bool = False) -> None:
        """Clicks the first thing of that name on the page."""
        self.clicks += 1
        found: Locator = self.page.locator("body").get_by_role(role, name=name, exact=exact)  # type: ignore[arg-type]
        found.first.click()

    def type(self, text: str) -> None:
        """Types where the focus is."""
        self.keys += len(text)
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        """One key, or several at once."""
        self.keys += 1
        self.page.keyboard.press(key)

    @property
    def effort(self) -> tuple[int, int]:
        """The clicks and keys since the last call."""
        found, self.clicks, self.keys = (self.clicks, self.keys), 0, 0
        return found


@pytest.fixture(scope="module")
def desk_and_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Page]]:
    """A service in June with eleven applications and two contracts, and a person with every role."""
    with opened() as browser, serving(tmp_path_factory.mktemp("stories") / "log", JUNE) as server:
        desk = server.desk()
        for number in range(ELEVEN):
            customer = {"name": f"株式会社第{number}放送"}
            desk.apply(reference=f"OD-{number:03}", requested_billing_start_on="2022-07-01", customer=customer)
        for number in (500, 501):
            desk.accepted(
                reference=f"OD-{number}", received_on="2022-06-10", requested_billing_start_on="2022-06-11"
            )
        with visiting(browser, server.address) as page:
            yield desk, page


def test_the_clerk_works_with_few_clicks(desk_and_page: tuple[Desk, Page]) -> None:
    desk, page = desk_and_page
    hand = Hand(page)
    page.goto("/")
    hand.click("link", "承諾待ちの申込")
    hand.click("checkbox", "表示中のすべてを選ぶ")
    hand.click("button", "まとめて承諾する")
    hand.click("button", "11件を確定する")
    expect(page.get_by_role("status").first).to_contain_text("11件を処理しました")
    assert hand.effort == (4, 0)

    page.goto("/")
    hand.press("/")
    hand.type("od-500")
    expect(page.locator("#found a")).to_have_count(1)
    hand.press("ArrowDown")
    hand.press("Enter")
    page.wait_for_url("**/contracts/c_*")
    hand.click("link", "解約通知を受け付ける")
    expect(page.get_by_label("通知の到達日")).to_be_focused()
    hand.type("6/11")
    expect(page.locator("#answer .headline")).to_contain_text("2022年7月11日（月）")
    expect(page.get_by_role("button", name="この内容で確定する")).to_be_enabled()
    hand.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("記録しました")
    assert hand.effort == (1, 14)

    hand.click("link", "契約", exact=True)
    hand.click("link", "来月終了")
    expect(page.get_by_text("OD-500")).to_be_visible()
    with page.expect_download() as file:
        hand.click("link", "Excel")
    assert file.value.suggested_filename == "contracts.xlsx"
    assert hand.effort == (3, 0)

    hand.click("link", "OD-500")
    expect(page.locator("h1")).to_contain_text("OD-500")
    hand.press("?")
    expect(page.locator("#keys dl")).to_be_visible()
    assert desk.get("/v1/contracts", state="cancel_notified")["items"]


def test_the_supervisor_works_with_few_clicks(desk_and_page: tuple[Desk, Page]) -> None:
    _, page = desk_and_page
    hand = Hand(page)
    page.goto("/")
    hand.click("link", "グラフ")
    hand.click("link", "月次")
    with page.expect_download() as file:
        hand.click("link", "Excel")
    assert file.value.suggested_filename.endswith(".xlsx")
    assert hand.effort == (3, 0)


def test_the_auditor_works_with_few_clicks(desk_and_page: tuple[Desk, Page], tmp_path: Path) -> None:
    desk, page = desk_and_page
    hand = Hand(page)
    page.goto("/")
    hand.click("link", "監査")
    hand.click("link", "日付と金額の理由")
    hand.click("textbox", "参照番号または契約番号")
    hand.type("OD-500")
    hand.press("Enter")
    expect(page.locator("main")).to_contain_text("2022年7月12日（火） 00:00")
    assert hand.effort == (3, 7)

    new_key(tmp_path / "audit.key", "contracts.example.com")
    (tmp_path / "history.jsonl").write_bytes(desk.client.get("/v1/audit/export").content)
    hand.click("link", "履歴の検証")
    page.get_by_label("エクスポートした履歴").set_input_files(tmp_path / "history.jsonl")
    page.get_by_label("検証鍵").fill(str(read_key(tmp_path / "audit.key").public))
    hand.click("button", "検証する")
    expect(page.locator(".verdict")).to_have_text("良")
    assert hand.effort == (2, 0)
