"""The page of webhooks: failed messages with reasons in the page's language, and a button to resend them."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from lifecycle.people.tokens import issue_token
from lifecycle.records import tables
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.api.desk import START
from tests.pages.browsing import Browser


def untold(browser: Browser) -> tuple[str, str]:
    """A receiver with a message that failed, one to be tried again and one behind it; its id and secret."""
    made = browser.desk.post("/v1/webhooks", {"url": "https://receiver.example.com/<b>"}, 201)
    contract = browser.desk.accepted()["id"]
    now = datetime.fromisoformat(START)
    common: dict[str, Any] = {"webhook_id": made["id"], "contract_id": contract, "tried_at": now}
    rows = [
        {"idx": 0, "attempts": 10, "next_try_at": None, "reason": "no answer within 15 s"},
        {"idx": 1, "attempts": 1, "next_try_at": now, "reason": "answered 503"},
        {"idx": 2, "attempts": 0, "next_try_at": now, "reason": None},
    ]
    with writing(browser.desk.engine) as conn:
        conn.execute(insert(tables.undelivered), [common | row for row in rows])
    return made["id"], made["secret"]


def test_failed_messages_are_shown_and_can_be_resent(anywhere: Browser) -> None:
    webhook, secret = untold(anywhere)
    today = anywhere.look("/")
    assert "外部システムへの通知の失敗1件" in today.text and "/webhooks" in today.links
    page = anywhere.look("/webhooks")
    assert "https://receiver.example.com/&lt;b&gt;" in anywhere.html and secret not in anywhere.html
    for said in ("15秒以内に応答がありません", "通知先の応答 503", "同じ契約の前の通知が届くのを待っています"):
        assert said in page.text
    mine = [form for form in page.forms if form.action == f"/webhooks/{webhook}/resend"]
    assert [form.values.get("index") for form in mine] == ["0", None]
    again = anywhere.client.post(mine[0].action, data=mine[0].values, headers={"Origin": "https://elsewhere.test"})
    assert again.status_code == 403
    assert "1件を再送します" in anywhere.send(mine[0]).text
    assert "0件を再送します" in anywhere.send(mine[1]).text
    assert "見つかりません" in anywhere.send(mine[0], 404).text
    assert anywhere.desk.get(f"/v1/webhooks/{webhook}/undelivered")["items"][0]["state"] == "waiting"


def test_the_page_of_webhooks_is_hidden_from_other_roles(browser: Browser) -> None:
    untold(browser)
    with writing(browser.desk.engine) as conn:
        token = issue_token(conn, "受付", ["order_desk"], system_clock())
    browser.client.cookies.clear()
    today = browser.send(browser.look("/sign-in").forms[-1], token=token)
    assert "外部システムへの通知の失敗1件" in today.text and "/webhooks" not in today.links
    browser.look("/webhooks", 403)
