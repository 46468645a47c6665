"""Pages: their content, their readers, their size, and names as they were typed."""

import re
from typing import Any

import pytest

from api.request.slow_lane import SlowRequestQueue
from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.pages.browsing import Browser

HEAVIEST = 100_000  # bytes


@pytest.mark.parametrize("typed", ["ﾃｽﾄ放送", "てすと放送", "テスト放送", "ＯＤ－７", "od-7", "７"])
def test_width_kana_and_case_do_not_matter(anywhere: Browser, typed: str) -> None:
    found = anywhere.desk.apply(customer={"name": "テスト放送株式会社"}, reference="OD-7")
    anywhere.desk.apply(customer={"name": "別の会社"}, reference="OD-8")
    page = anywhere.look("/contracts", q=typed)
    links = [link.partition("?")[0] for link in page.links if link.startswith("/contracts/c_")]
    assert links == [f"/contracts/{found['id']}"]


def test_a_contract_shows_why_its_days_are_what_they_are(anywhere: Browser) -> None:
    desk = anywhere.desk
    found = desk.accepted(received_on="2022-04-20")
    anywhere.move_to("2022-06-11")
    desk.do(found, "notify_cancellation", arrived_on="2022-06-01")
    desk.do(found, "revoke_cancellation", reason="合意により撤回")
    page = anywhere.look(f"/contracts/{found['id']}")
    assert "最低利用期間1ヶ月は課金開始日2022年5月1日から起算し" in page.text and "第2条" in page.text
    assert "10日遅れて記録" in page.text and "訂正" in page.text and "合意により撤回" in page.text
    assert re.search(r'class="node lit">.*?課金中', anywhere.html)
    assert "初期費用" in page.text and "150,000円" in page.text


def test_today_shows_what_waits_and_what_comes(anywhere: Browser) -> None:
    desk = anywhere.desk
    waiting = desk.apply(reference="OD-W")
    domain = {"name": "v.example.jp", "acquired": False, "dns_registered": True}
    held = desk.accepted(reference="OD-H", delivery={"custom_domain": domain, "https": False})
    desk.accepted(reference="OD-E")
    page = anywhere.look("/?days=31")
    assert "承諾待ちの申込" in page.text and "未充足の利用条件" in page.text
    assert {f"/contracts/{waiting['id']}", f"/contracts/{held['id']}"} <= set(page.links)
    assert "課金開始" in page.text and "2022年5月1日" in page.text
    assert "問題は見つかっていません" in page.text


def test_a_picture_has_a_table_behind_it(anywhere: Browser) -> None:
    found = anywhere.desk.accepted()
    anywhere.move_to("2022-06-11")
    anywhere.desk.do(found, "notify_cancellation")
    page = anywhere.look("/pictures")
    assert anywhere.html.count('<svg class="chart"') == 4
    assert "2022年7月11日（月） 1" in page.text
    assert re.search(r"2022-06\s+1\s+0\s+0", page.text)


def test_personal_data_is_not_shown_to_a_role_without_it(browser: Browser) -> None:
    found = browser.desk.apply(customer={"name": "秘密株式会社"}, reference="OD-S")
    with writing(browser.desk.engine) as conn:
        token = issue_token(conn, "監査", ["auditor"], system_clock())
    browser.client.cookies.clear()
    browser.send(browser.look("/sign-in").forms[-1], token=token)
    for path in ("/", "/contracts", f"/contracts/{found['id']}", "/contracts?q=秘密"):
        assert "秘密株式会社" not in browser.look(path).text
    assert found["id"] not in str(browser.look("/contracts", q="秘密").links)


def test_no_page_is_heavier_than_it_may_be(browser: Browser) -> None:
    desk = browser.desk
    found = desk.accepted()
    for number in range(60):
        desk.apply(reference=f"OD-{number}", customer={"name": "長い名前の株式会社" * 10})
    for number in range(40):
        desk.do(found, "change_administrator", administrator={"name": f"担当{number}"}, reason="交代" * 50)
    browser.move_to("2023-06-30")
    desk.do(found, "notify_cancellation")
    here = f"/contracts/{found['id']}"
    forms = ("/contracts/new", f"{here}/notify_cancellation")
    for path in ("/", "/?days=31", "/contracts", here, *forms, "/pictures", "/terms", "/outages"):
        browser.look(path)
        assert len(browser.response.content) < HEAVIEST, (path, len(browser.response.content))
    for name in ("desk.css", "desk.js"):
        file = browser.client.get(f"/static/{name}")
        assert len(file.content) < 20_000
    assert len(file.text.splitlines()) < 400  # of scripts


def test_pages_load_nothing_from_other_hosts(browser: Browser) -> None:
    found = browser.desk.accepted()
    for path in ("/", f"/contracts/{found['id']}", "/pictures", "/terms"):
        browser.look(path)
        fetched: list[Any] = re.findall(r"""(?:src|href|action)=["']([^"']+)""", browser.html)
        assert fetched and not [one for one in fetched if re.match(r"(?:\w+:)?//|data:|javascript:", one)]
        assert not re.search(r"<script(?! src=)|\bon\w+=|\bstyle=", browser.html)


@pytest.mark.parametrize("path", ["/contracts/nothing", "/outages/x_1", "/options/o_1/accept",
                                  "/contracts?before=%00&q=%00", "/terms?on=9999999", "/?days=x"])  # fmt: skip
def test_an_unknown_or_invalid_address_is_answered_by_a_page(browser: Browser, path: str) -> None:
    response = browser.client.get(path)
    assert response.status_code in (200, 404)
    assert response.headers["content-type"].startswith("text/html")


def test_an_address_with_a_character_that_no_database_stores_is_answered_404(anywhere: Browser) -> None:
    for path in (
        "/contracts/%00",
        "/contracts/%00/papers/acceptance",
        "/outages/x_%00/recover",
        "/outages/%00",
    ):
        anywhere.look(path, 404)


def test_pages_that_took_long_wait_for_their_turn_like_questions(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    turn = SlowRequestQueue.turn
    monkeypatch.setattr(SlowRequestQueue, "turn", lambda lane, who: asked.append(who) or turn(lane, who))
    browser.look("/contracts")
    lane = browser.desk.context.slow_lane
    (page,) = [one for one in lane.taken if one[1] == "page /contracts"]
    assert asked == [page[0]]  # nobody knew how long it takes
    lane.taken[page] = 0.001
    browser.look("/contracts")
    assert asked == [page[0]]
    lane.note(page, 1.0)
    browser.look("/contracts")
    assert asked == [page[0]] * 2
