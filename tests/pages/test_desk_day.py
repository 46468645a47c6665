"""The desk's day in a real browser before a real service: one story, then the keyboard, axe, and no scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import scratch
from tests.api.desk import Desk, application
from tests.api.processes import WITH_TOKEN, Server
from tests.pages.chromium import chromium, opened, visiting

COLOURS = {"runOnly": ["color-contrast"]}  # all that differs in the dark
CUSTOMER = "株式会社サンプル配信"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module."""
    with opened() as found:
        yield found


@contextmanager
def serving(log: Path, now: str) -> Iterator[Server]:
    """A service in a sandbox."""
    chromium()
    with scratch.folder("browser") as folder:
        url = f"sqlite:///{folder / 'lifecycle.db'}"
        with Server(
            log, application(True).openapi(), url, "serve", "--sandbox", "--now", now, **WITH_TOKEN
        ) as found:
            yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One service for the module, in July; the story has one of its own, for it moves the time."""
    with serving(tmp_path_factory.mktemp("browser") / "log", "2022-07-09T09:00:00+09:00") as found:
        yield found


@pytest.fixture(scope="module")
def desk(server: Server) -> Desk:
    """The same service by /v1."""
    return server.desk()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A visitor who has signed in."""
    with visiting(browser, server.address) as found:
        yield found


def test_a_day_at_the_desk(browser: Browser, tmp_path: Path) -> None:
    with (
        serving(tmp_path / "log", "2022-04-22T09:00:00+09:00") as server,
        visiting(browser, server.address) as page,
    ):
        a_day(page)
        shown = server.desk().get("/v1/contracts")["items"][0]
    assert (shown["state"], shown["terminated_on"]) == ("terminated", "2022-07-08")


def a_day(page: Page) -> None:
    """Application, acceptance, a condition, DRM, two notices, the end."""
    page.get_by_role("link", name="申込を受け付ける").click()
    page.get_by_label("参照番号 必須").fill("OD-2022-0001")
    page.get_by_label("お客様名").fill(CUSTOMER)
    page.get_by_label("管理責任者名").fill("山田太郎")
    page.get_by_label("品目").select_option("premium")
    page.get_by_label("希望する課金開始日").fill("R4.5.1")
    page.get_by_label("関係法規").check()
    page.get_by_label("権利処理").check()
    page.get_by_label("独自ドメイン名").fill("video.example.jp")
    page.get_by_label("ドメイン取得済み").check()
    page.get_by_label("DRMオプションの参照番号").fill("OD-2022-0001-D")
    page.get_by_label("受付日").fill("４月２０日")
    confirmed(page)
    expect(page.get_by_role("status")).to_contain_text("記録しました")

    page.get_by_role("link", name="承諾する", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("150,000円")
    confirmed(page)
    page.get_by_role("link", name="利用条件の充足を記録する").click()
    confirmed(page)
    expect(page.get_by_text("✓ DNS登録")).to_be_visible()

    page.get_by_role("link", name="DRMオプションを承諾する").click()
    page.get_by_label("課金開始日").fill("5/1")
    page.get_by_label("初期費用").fill("３０，０００円")
    page.get_by_label("月額費用").fill("5000")
    confirmed(page)
    time_moved(page, "2022/6/11 9:00")

    found(page, "ｻﾝﾌﾟﾙ")
    expect(page.locator("svg .lit")).to_have_text("課金中")
    page.get_by_role("link", name="解約通知を受け付ける", exact=True).click()
    page.get_by_label("通知の到達日").fill("6/10")
    expect(page.locator("#answer .headline")).to_contain_text("2022年7月10日（日）")
    confirmed(page)
    expect(page.locator("svg .lit")).to_have_text("解約予定")
    page.get_by_role("link", name="解約通知を受け付ける", exact=True).click()
    page.get_by_label("通知の到達日").fill("6/8")
    expect(page.locator("#answer")).to_contain_text("2022年7月8日（金）")
    confirmed(page)
    time_moved(page, "2022/7/9 9:00")
    found(page, "OD-2022-0001")
    expect(page.locator("svg .lit")).to_have_text("終了")


def confirmed(page: Page) -> None:
    """Looks at what the form brings, and confirms it once the answer is up to date."""
    page.get_by_role("button", name="結果を確認する").click()
    page.get_by_role("button", name="この内容で確定する").click()


def time_moved(page: Page, to: str) -> None:
    page.get_by_role("link", name="時刻を進める").click()
    page.get_by_label("進める先の日時").fill(to)
    confirmed(page)


def found(page: Page, typed: str) -> None:
    """Finds a contract as one types, and opens the first."""
    page.locator("#find").press_sequentially(typed)
    page.locator("#found a").first.click()


def test_the_keyboard_alone_will_do(browser: Browser, server: Server, desk: Desk) -> None:
    contract = desk.accepted(reference="OD-KEYS", requested_billing_start_on="2022-08-01")
    with visiting(browser, server.address) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="本文へ")).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.keyboard.type("od-keys")
        expect(page.locator("#found a")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/contracts/{contract['id']}")
        tabbed_to(page, "解約通知を受け付ける")
        page.keyboard.press("Enter")
        page.wait_for_url("**/notify_cancellation")
        tabbed_to(page, "", "f-arrived_on")
        page.keyboard.type("7/9")
        expect(page.locator("#answer .headline")).to_contain_text("2022年8月31日（水）")
        expect(page.get_by_role("button", name="この内容で確定する")).to_be_enabled()
        tabbed_to(page, "この内容で確定する")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("記録しました")
    assert desk.show(contract)["state"] == "cancel_notified"


def tabbed_to(page: Page, text: str, id_: str = "") -> None:
    """Presses Tab until what is wanted has the focus; whatever has it can be seen to have it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here: Any = page.evaluate(
            "() => { const at = document.activeElement; return [at.textContent.trim(), at.id, "
            "getComputedStyle(at).outlineStyle, at.tagName] }"
        )
        assert here[2] != "none" or here[3] == "BODY", here
        if (id_ and here[1] == id_) or (text and here[0] == text):
            return
    raise AssertionError(f"no way by Tab to {text or id_}")


def paths(desk: Desk) -> list[str]:
    """Every kind of page, with things on it."""
    contract = desk.accepted(reference="OD-AXE", requested_billing_start_on="2022-08-01")
    desk.apply_for_option(contract, reference="OD-AXE-D")
    known = {"known_at": "2022-07-09T08:00:00+09:00", "source": "自社監視", "contracts": "all"}
    outage = desk.post("/v1/outages", known, 201)
    here = f"/contracts/{contract['id']}"
    return [
        "/", here, f"{here}/notify_cancellation?ends_on=x", "/contracts", "/contracts/new", "/outages",
        f"/outages/{outage['id']}", "/pictures", "/terms", "/contracts/none",
    ]  # fmt: skip


def test_axe_finds_nothing_on_any_page_in_either_light(browser: Browser, server: Server, desk: Desk) -> None:
    axe, found, paths_ = Axe(), {}, paths(desk)
    with visiting(browser, server.address) as page:
        for path in paths_:
            page.goto(path)
            if (report := axe.run(page)).violations_count:
                found[path, "light"] = report.generate_report()
        page.emulate_media(color_scheme="dark")
        for path in paths_[:3]:
            page.goto(path)
            if (report := axe.run(page, options=COLOURS)).violations_count:
                found[path, "dark"] = report.generate_report()
        page.goto("/language/en?next=/")
        if (report := axe.run(page)).violations_count:
            found["/", "en"] = report.generate_report()
    assert found == {}, "\n".join(map(str, found.values()))


def test_a_page_without_a_name_for_its_field_would_be_found(page: Page) -> None:
    page.evaluate("document.getElementById('find').previousElementSibling.remove()")
    page.evaluate("document.getElementById('find').removeAttribute('placeholder')")
    assert Axe().run(page).violations_count


def test_no_page_needs_scripts_nor_is_wider_than_a_telephone(browser: Browser, server: Server, desk: Desk) -> None:
    small = {"width": 390, "height": 844}
    contract = desk.accepted(reference="OD-PLAIN", requested_billing_start_on="2022-08-01")
    with visiting(browser, server.address, java_script_enabled=False, viewport=small) as page:
        page.goto(f"/contracts/{contract['id']}/notify_cancellation")
        page.get_by_label("通知の到達日").fill("2022/7/9")
        page.get_by_role("button", name="結果を確認する").click()
        expect(page.locator("#answer .headline")).to_contain_text("2022年8月31日（水）")
        page.get_by_role("button", name="この内容で確定する").click()
        expect(page.get_by_role("status")).to_contain_text("記録しました")
        page.locator("#find").fill("OD-PLAIN")
        page.get_by_role("button", name="検索").first.click()
        page.get_by_role("link", name="OD-PLAIN").click()
        expect(page.locator("h1")).to_contain_text("OD-PLAIN")
    with visiting(browser, server.address, viewport=small) as page:
        for path in ("/", "/contracts", "/contracts/new", f"/contracts/{contract['id']}", "/pictures", "/terms"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= small["width"], path
