"""A desk day in a real browser with a real service: one story, then keyboard, axe, and no scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.pages.form_table import FORMS
from lifecycle.sheets.writing import csv_pieces
from tests import scratch
from tests.api.desk import Desk, application
from tests.api.processes import WITH_TOKEN, Server
from tests.how_many import IN_FULL, each_fourth
from tests.imports.test_import import APPLICATION
from tests.pages.chromium import chromium, opened, visiting
from tests.pages.walk import addresses, filled_in

FOUND = {"resultTypes": ["violations"]}  # what is in order is not gathered: that takes most of the time
COLOURS = FOUND | {"runOnly": ["color-contrast"]}  # all that differs in the dark
BUT_COLOURS = FOUND | {"rules": {"color-contrast": {"enabled": False}}}  # they take most of the rest
COLOURED = 1 if IN_FULL else 4  # of so many pages, which share one style, the colours of one are looked at
CUSTOMER = "株式会社サンプル配信"
APRIL = "2022-04-22T09:00:00+09:00"
WISHED = APPLICATION | {
    "reference": "OD-2022-0001", "customer.name": CUSTOMER, "received_on": "４月２０日",
    "options.0.reference": "OD-2022-0001-D", "delivery.custom_domain.name": "video.example.jp",
    "delivery.custom_domain.acquired": "はい",
}  # fmt: skip


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
    """One service for the module: in April for the story, in July for the rest."""
    with serving(tmp_path_factory.mktemp("browser") / "log", APRIL) as found:
        yield found


@pytest.fixture
def april(server: Server, tmp_path: Path) -> Iterator[Server]:
    """The shared service while its time is April, else a new one."""
    if server.desk().get("/v1/clock")["now"] == APRIL:
        yield server
    else:
        with serving(tmp_path / "log", APRIL) as found:
            yield found


@pytest.fixture(scope="module")
def desk(server: Server) -> Desk:
    """The same service by /v1, in July."""
    found = server.desk()
    found.move_to("2022-07-09")
    return found


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A visitor who has signed in."""
    with visiting(browser, server.address) as found:
        yield found


def test_the_desk_works_through_a_day(browser: Browser, april: Server) -> None:
    with visiting(browser, april.address) as page:
        a_day(page)
    shown = april.desk().get("/v1/contracts", q="OD-2022-0001")["items"][0]
    assert (shown["state"], shown["terminated_on"]) == ("terminated", "2022-07-08")


def file_of(*rows: dict[str, str]) -> Any:
    """A file to give in."""
    content = b"".join(csv_pieces([list(rows[0]), *(list(row.values()) for row in rows)]))
    return {"name": "四月の申込.csv", "mimeType": "text/csv", "buffer": content}


def a_day(page: Page) -> None:
    """A file, an acceptance, a condition, DRM, two notices, the end, documents."""
    page.get_by_role("link", name="取込").click()
    page.get_by_label("ファイル（CSV または XLSX）").set_input_files(file_of(WISHED))
    page.get_by_role("button", name="確かめる（保存しない）").click()
    expect(page.locator("#taken")).to_contain_text("保存していません）：新規1行")
    page.get_by_role("button", name="取り込む", exact=True).click()  # the file is still chosen
    expect(page.locator("#taken")).to_contain_text("取り込みました：新規1行")
    found(page, "OD-2022-0001")

    page.get_by_role("link", name="承諾する", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("150,000円")
    confirmed(page)
    page.get_by_role("link", name="利用条件の充足を記録する").click()
    confirmed(page)
    expect(page.get_by_text("✓ DNS登録")).to_be_visible()

    page.get_by_role("link", name="オプションを承諾する").click()
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
    for name, link in (("解約通知受付確認書", "cancellation"), ("ご利用明細書 2022年7月", "statement-2022-07")):
        paper = page.locator(f"a[href$='/papers/{link}']")
        expect(paper).to_have_text(name)
        answer = page.request.get(f"{paper.get_attribute('href')}.pdf")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    page.locator("a[href$='/papers/cancellation']").click()
    expect(page.locator("article")).to_contain_text("2022年7月8日（金）")


def confirmed(page: Page) -> None:
    """Looks at what the form brings, and confirms it once the answer is up to date."""
    page.get_by_role("button", name="結果を確認する").click()
    page.get_by_role("button", name="この内容で確定する").click()
    expect(page.locator("p.notice")).to_contain_text("記録しました")


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
    """Press Tab until the wanted element has the focus; the focus must always be visible."""
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
    """Every page with things on it, found among the routes; of the forms, which are one template, some.

    In short it is a fourth of them, another one each day.
    """
    contract = desk.accepted(reference="OD-AXE", requested_billing_start_on="2022-08-01")
    option = desk.apply_for_option(contract, reference="OD-AXE-D")
    known = {"known_at": "2022-07-09T08:00:00+09:00", "source": "自社監視", "contracts": "all"}
    outage = desk.post("/v1/outages", known, 201)
    desk.post("/v1/webhooks", {"url": "https://receiver.example.com/hooks"}, 201)
    ids = {
        "contract_id": contract["id"],
        "option_id": option["id"],
        "outage_id": outage["id"],
        "entry": f"{contract['id']}.2",
        "name": "acceptance",
        "month": "2022-06",
        "approval_id": f"a_{'0' * 26}",  # nobody proposes here: the page says that there is none
    }
    forms = {form.address for form in FORMS} - {
        "/contracts/new", "/options/{option_id}/accept", "/contracts/{contract_id}/measures/new", "/outages/new",
        "/contracts/{contract_id}/entries/{entry}/correct", "/contracts/{contract_id}/entries/{entry}/annul",
        "/outages/{outage_id}/corrections",
    }  # fmt: skip
    files = (
        "/v1",
        "/contracts/found",
        "/language",
        "/import/templates",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi",
    )
    pages = [
        path
        for address in addresses()
        if address not in forms
        and not address.startswith(files)
        and not address.endswith((".pdf", ".csv", ".{form}"))
        for path in filled_in(address, ids)
    ]
    assert len(pages) > 15
    today = date.today().toordinal()
    return [
        f"/contracts/{contract['id']}",
        *each_fourth(pages, today),
        f"/contracts/{contract['id']}/notify_cancellation?ends_on=x",
        "/contracts/none",
    ]


WITHOUT_TAB = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, [onclick]')]
    .filter(at => at.offsetParent && !at.disabled && (at.tabIndex < 0 || (at.tagName == 'A' && !at.href)))
    .map(at => at.outerHTML.slice(0, 120)).join('; ')"""


def test_axe_finds_nothing_on_any_page_in_either_light_and_tab_reaches_everything(
    browser: Browser, server: Server, desk: Desk
) -> None:
    axe, found, paths_ = Axe(), dict[Any, str](), paths(desk)

    def look(page: Page, *what: str, options: Any = FOUND) -> None:
        if (report := axe.run(page, options=options)).violations_count:
            found[what] = report.generate_report()
        if out_of_reach := page.evaluate(WITHOUT_TAB):
            found[*what, "by Tab"] = out_of_reach

    with visiting(browser, server.address) as page:
        for number, path in enumerate(paths_):
            page.goto(path)
            look(page, path, options=BUT_COLOURS if number % COLOURED else FOUND)
        page.goto("/import")
        page.get_by_label("ファイル（CSV または XLSX）").set_input_files(file_of(WISHED | {"item": "gold"}))
        page.get_by_role("button", name="確かめる（保存しない）").click()
        expect(page.locator("#taken td").last).to_contain_text("basic")
        look(page, "a file with an error")
        page.emulate_media(color_scheme="dark")
        for path in each_fourth((paths_[0], "/", "/pictures")):
            page.goto(path)
            look(page, path, "dark", options=COLOURS)
        page.goto("/language/en?next=/")
        look(page, "/", "en")
        page.goto("/language/ja?next=/")  # it is the person's, in every browser
        page.get_by_role("button", name="ログアウト").click()
        expect(page.get_by_label("トークン")).to_be_visible()
        look(page, "/sign-in")
    assert found == {}, "\n".join(map(str, found.values()))


def test_the_test_detects_elements_out_of_reach_of_the_keyboard(page: Page) -> None:
    assert page.evaluate(WITHOUT_TAB) == ""
    page.evaluate("document.getElementById('find').tabIndex = -1")
    assert 'id="find"' in page.evaluate(WITHOUT_TAB)


def test_the_test_detects_a_field_without_a_label(page: Page) -> None:
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
        page.go_back()
        page.go_forward()
        expect(page.locator("#answer .headline")).to_contain_text("2022年8月31日（水）")
        page.get_by_role("button", name="この内容で確定する").click()
        expect(page.get_by_role("status")).to_contain_text("記録しました")
        page.go_back()
        expect(page.locator("#answer .headline")).to_contain_text("2022年8月31日（水）")
        page.go_forward()
        expect(page.get_by_role("status")).to_contain_text("記録しました")
        page.locator("#find").fill("OD-PLAIN")
        page.get_by_role("button", name="検索").first.click()
        page.get_by_role("link", name="OD-PLAIN").click()
        expect(page.locator("h1")).to_contain_text("OD-PLAIN")
    with visiting(browser, server.address, viewport=small) as page:
        here = f"/contracts/{contract['id']}"
        for path in ("/", "/contracts", "/contracts/new", here, "/import", "/pictures", "/terms"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= small["width"], path
