"""Forms that lose nothing: what is confirmed is what was shown, and what others did meanwhile is told."""

import html
import re

from tests.pages.browsing import Browser
from tests.pages.test_forms import confirmation_of, contract, form_of, looked_at


def test_a_day_changed_after_the_preview_is_shown_before_it_is_stored(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    again = browser.send(confirmation_of(page), arrived_on="2022-06-01")
    assert "確認した結果と違います" in again.text and "2022年7月1日（金）" in again.text
    assert browser.desk.show(found)["state"] == "billing"
    browser.send(confirmation_of(again))
    assert browser.desk.show(found)["cancellation"]["effective_on"] == "2022-07-01"


def test_a_changed_record_says_who_did_what_meanwhile(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-06-01")
    again = browser.send(confirmation_of(page), 409)
    told = again.text.partition("その間に記録されたもの：")[2][:60]
    assert "解約通知" in told and "admin" in told and "2022年6月11日" in told
    assert "状態 解約予定 —" not in again.text


def test_while_one_types_each_field_says_how_it_was_read(browser: Browser) -> None:
    form = form_of(browser.look(f"/contracts/{contract(browser)['id']}/notify_cancellation"))
    browser.send(form, part="1", arrived_on="6/1", chosen_on="6月31日")
    said = dict(re.findall(r'data-field="(f-\w+)" data-wrong="([^"]*)"', browser.html))
    assert said["f-arrived_on"] == "" and html.unescape(said["f-chosen_on"]) == "この日付は暦にありません。"
    assert re.search(r'data-field="f-arrived_on"[^>]*>2022年6月1日（水）[^<]*</span>', browser.html)


def test_the_only_choice_is_previewed_at_once(browser: Browser) -> None:
    domain = {"name": "v.example.jp", "acquired": False, "dns_registered": True}
    found = browser.desk.accepted(delivery={"custom_domain": domain, "https": False})
    page = browser.look(f"/contracts/{found['id']}/meet_condition")
    assert confirmation_of(page).values["condition"] == "domain"


def test_an_option_is_proposed_for_the_contract_s_own_day(browser: Browser) -> None:
    found = browser.desk.accepted()
    option = browser.desk.apply_for_option(found, reference="OD-D")
    page = browser.look(f"/options/{option['id']}/accept")
    assert form_of(page).values["billing_starts_on"] == "2022-05-01"


def test_after_an_application_the_next_is_one_click_away(browser: Browser) -> None:
    typed = {"reference": "OD-1", "customer.name": "株式会社さくら", "item": "premium", "received_on": "4/20"}
    done = browser.send(confirmation_of(looked_at(browser, "/contracts/new", **typed)))
    assert "続けて次の申込を受け付ける" in done.text and "/contracts/new" in done.links
