"""Corrections and annulments in the browser (訂正, 誤登録の抹消): forms, previews and confirmations."""

from typing import Any

import pytest

from tests.api.desk import Json
from tests.pages.browsing import Browser, Reader
from tests.pages.test_forms import confirmation_of, contract, form_of
from tests.pages.test_proposals import become


def notified(browser: Browser, arrived_on: str = "2022-06-01") -> Json:
    """A contract that a notice of 1 June ended on 1 July; it is 20 July."""
    found = contract(browser)
    browser.desk.do(found, "notify_cancellation", arrived_on=arrived_on)
    browser.move_to("2022-07-20")
    return found


def row_of(browser: Browser, found: Json, event: str) -> str:
    """The id of the newest row of an event."""
    return next(str(row["id"]) for row in reversed(browser.desk.history(found)) if row["event"] == event)


def path_to(browser: Browser, found: Json, event: str, act: str = "correct") -> str:
    return f"/contracts/{found['id']}/entries/{row_of(browser, found, event)}/{act}"


def previewed(browser: Browser, path: str, status: int = 200, **typed: Any) -> Reader:
    """A form of a correction or an annulment, filled in further and looked at."""
    typed = {name.replace("__", "."): value for name, value in typed.items()}
    return browser.send(form_of(browser.look(path)), status, **typed)


def test_a_correction_form_is_filled_from_the_entry_and_previews_all_changes(anywhere: Browser) -> None:
    found = notified(anywhere)
    assert anywhere.desk.show(found)["state"] == "terminated"
    path = path_to(anywhere, found, "notify_cancellation")
    assert path in anywhere.look(f"/contracts/{found['id']}").links
    asked = form_of(anywhere.look(path)).values
    assert (asked["facts.arrived_on"], asked["facts.chosen_on"], asked["reason"]) == ("2022-06-01", "", "")
    page = previewed(anywhere, path, facts__arrived_on="7/1", reason="受領印は7月1日")
    assert "効力を失う自動の記録 終了 2022年7月2日（土）" in page.text
    assert "2022年7月1日（金）と読み取りました" in page.text and "2022年7月31日（日）" in page.text
    assert "2022年7月 月額基本料 6,451円 200,000円" in page.text
    assert "再送が必要な書面 解約通知受付確認書、ご利用明細書" in page.text
    assert anywhere.desk.show(found)["state"] == "terminated"  # nothing is stored yet
    done = anywhere.send(confirmation_of(page))
    assert "記録しました：記録を訂正する" in done.text and "訂正済み" in done.text
    assert "効力を失った記録" in done.text and "<del><strong>終了" in anywhere.html
    shown = anywhere.desk.show(found)
    assert (shown["state"], shown["cancellation"]["effective_on"]) == ("cancel_notified", "2022-07-31")
    row = anywhere.desk.history(found)[-1]
    assert (row["event"], row["reason"]) == ("correct_entry", "受領印は7月1日")
    assert row["facts"]["facts"] == {"arrived_on": "2022-07-01", "arrived_at": None}  # only what differs


def test_a_corrected_entry_can_be_corrected_again_from_its_new_values(browser: Browser) -> None:
    found = notified(browser)
    path = path_to(browser, found, "notify_cancellation")
    browser.send(confirmation_of(previewed(browser, path, facts__arrived_on="7/1", reason="受領印")))
    assert form_of(browser.look(path)).values["facts.arrived_on"] == "2022-07-01"
    page = previewed(
        browser, path, facts__arrived_on="7/1 14:30", facts__chosen_on="9/30", reason="指定日の記載漏れ"
    )
    browser.send(confirmation_of(page))
    assert browser.desk.show(found)["cancellation"]["effective_on"] == "2022-09-30"
    assert form_of(browser.look(path)).values["facts.arrived_on"] == "2022-07-01 14:30"
    browser.send(confirmation_of(previewed(browser, path, facts__chosen_on="", reason="指定はなかった")))
    assert browser.desk.show(found)["cancellation"]["effective_on"] == "2022-07-31"


def test_an_annulment_removes_a_notice_of_another_contract(anywhere: Browser) -> None:
    found = notified(anywhere)
    path = path_to(anywhere, found, "notify_cancellation", "annul")
    page = previewed(anywhere, path, ground="never_happened", reason="別の契約への通知")
    assert "終了 課金中" in page.text and "効力を失う自動の記録" in page.text
    assert "サービスを提供していない可能性がある期間" in page.text and "提供を再開するまで" in page.text
    done = anywhere.send(confirmation_of(page))
    assert "記録しました：誤登録を抹消する" in done.text
    assert anywhere.desk.show(found)["state"] == "billing"
    assert "<del><strong>解約通知" in anywhere.html and "<del><strong>終了" in anywhere.html
    assert path not in done.links  # a superseded entry cannot be corrected


def test_a_declaration_made_by_mistake_names_who_avoided_it_and_when(browser: Browser) -> None:
    found = notified(browser)
    path = path_to(browser, found, "notify_cancellation", "annul")
    page = previewed(browser, path, 422, ground="mistake", reason="錯誤の申出")
    assert "取り消した人と取り消した日は" in page.text
    typed = {"ground": "mistake", "avoided_by": "お客様", "avoided_on": "7/15", "reason": "錯誤の申出"}
    done = browser.send(confirmation_of(previewed(browser, path, **typed)))
    assert "取消し（錯誤）" in done.text
    assert browser.desk.history(found)[-1]["facts"]["avoided_by"] == "お客様"


def test_a_correction_is_called_a_correction_and_an_annulment_no_revocation(browser: Browser) -> None:
    found = notified(browser)
    for act, title in (("correct", "記録を訂正する"), ("annul", "誤登録を抹消する")):
        page = browser.look(path_to(browser, found, "notify_cancellation", act))
        assert title in page.text and "撤回" not in page.text and "同意" not in page.text
        assert ("民法第95条" in page.text) is (act == "annul") is ("取消し" in page.text)


def test_a_row_of_the_clock_and_the_application_offer_what_is_possible(browser: Browser) -> None:
    found = notified(browser)
    links = browser.look(f"/contracts/{found['id']}").links
    offered = {tuple(link.rsplit("/", 2)[1:]) for link in links if "/entries/" in link}
    mine = {(row_of(browser, found, event), "correct") for event in ("apply", "accept", "notify_cancellation")}
    mine |= {(row_of(browser, found, event), "annul") for event in ("accept", "notify_cancellation")}
    assert offered == mine


def test_corrections_are_hidden_from_roles_without_the_right(browser: Browser) -> None:
    found = notified(browser)
    path = path_to(browser, found, "notify_cancellation")
    become(browser, "佐藤", "order_desk")
    assert not [link for link in browser.look(f"/contracts/{found['id']}").links if "/entries/" in link]
    browser.look(path, 403)


def test_an_entry_that_cannot_be_corrected_is_refused_with_the_reason(browser: Browser) -> None:
    found, other = notified(browser), browser.desk.apply()
    clock = browser.look(path_to(browser, found, "terminate"), 409)
    assert "自動の記録は訂正できません" in clock.text
    mine, theirs = path_to(browser, found, "notify_cancellation", "annul"), row_of(browser, other, "apply")
    browser.look(f"/contracts/{found['id']}/entries/{theirs}/correct", 404)
    browser.look(f"/contracts/{found['id']}/entries/nothing/correct", 404)
    page = previewed(browser, mine, ground="never_happened", reason="別の契約")
    browser.send(confirmation_of(page))
    assert "抹消された記録です" in browser.look(mine, 409).text
    annulment = browser.desk.history(found)[-1]["id"]
    assert "訂正の記録そのものは" in browser.look(mine.replace(mine.split("/")[-2], annulment), 409).text
    opening = browser.look(path_to(browser, found, "apply", "annul"))
    refused = browser.send(form_of(opening), 409, ground="never_happened", reason="誤り")
    assert "謝絶するか、取り下げてください" in refused.text


def test_a_correction_without_a_difference_a_reason_or_a_needed_day_is_marked(browser: Browser) -> None:
    found = notified(browser)
    path = path_to(browser, found, "notify_cancellation")
    assert "変わった項目がありません" in previewed(browser, path, 422, reason="x").text
    # a fact that the event does not have is no field of its form
    assert "変わった項目がありません" in previewed(browser, path, 422, reason="x", facts__item="basic").text
    assert "入力してください" in previewed(browser, path, 422, facts__chosen_on="9/30").text
    assert "入力してください" in previewed(browser, path, 422, facts__arrived_on="", reason="x").text
    assert "日付として読み取れません" in previewed(browser, path, 422, facts__arrived_on="いつか", reason="x").text


def test_a_notice_that_ends_the_contract_at_once_requires_a_confirmation(anywhere: Browser) -> None:
    found = contract(anywhere)
    anywhere.move_to("2022-07-20")
    page = previewed(
        anywhere, f"/contracts/{found['id']}/notify_cancellation", arrived_on="6/1", reason="遅れて発見"
    )
    assert "契約は直ちに次の状態になります。 終了" in page.text and "直ちに終了することを確認しました" in page.text
    again = anywhere.send(confirmation_of(page), 409)
    assert "確認の印が必要です" in again.text and "状況が変わりました" not in again.text
    assert anywhere.desk.show(found)["state"] == "billing"
    anywhere.send(confirmation_of(again), ends="yes")
    assert anywhere.desk.show(found)["state"] == "terminated"


def test_a_notice_found_after_the_end_is_entered_from_the_page_of_the_contract(anywhere: Browser) -> None:
    found = notified(anywhere, "2022-06-11")
    path = f"/contracts/{found['id']}/notify_cancellation"
    page = anywhere.look(f"/contracts/{found['id']}")
    assert (
        "終了日までに通知が到達していたことや合意していたことが後で分かったとき" in page.text
        and path in page.links
    )
    refused = previewed(anywhere, path, 409, arrived_on="7/18", reason="遅れて発見")
    assert "契約は2022年7月11日の満了をもって終了している。" in refused.text
    anywhere.send(confirmation_of(previewed(anywhere, path, arrived_on="6/1", reason="遅れて発見")))
    assert anywhere.desk.show(found)["terminated_on"] == "2022-07-01"


def test_a_notice_that_ends_later_needs_no_further_tick(browser: Browser) -> None:
    found = contract(browser)
    page = previewed(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="6/1")
    assert "直ちに終了する" not in page.text
    browser.send(confirmation_of(page))
    assert browser.desk.show(found)["state"] == "cancel_notified"


def with_option(browser: Browser) -> Json:
    """A contract that is being billed, with an option accepted on 20 June; it is 20 July."""
    found = contract(browser)
    browser.move_to("2022-06-20")
    option = browser.desk.apply_for_option(found)
    browser.desk.accept(option, billing_starts_on="2022-06-25")
    browser.move_to("2022-07-20")
    return found


def test_entries_that_no_longer_hold_are_named_and_fall_only_by_a_tick(anywhere: Browser) -> None:
    """A notice found late ends the contract before its option was accepted."""
    found = with_option(anywhere)
    path = f"/contracts/{found['id']}/notify_cancellation"
    page = previewed(anywhere, path, arrived_on="5/10", reason="郵便受けで発見")
    assert "効力を失う入力" in page.text and "上の" in page.text and "直ちに終了" in page.text
    again = anywhere.send(confirmation_of(page), 409, ends="yes")
    assert "確認の印が必要です" in again.text
    assert anywhere.desk.show(found)["state"] == "billing"
    accepted = next(part for part in anywhere.html.split('"') if part.startswith("o_") and "." in part)
    done = anywhere.send(confirmation_of(again), ends="yes", accept=accepted)
    assert "効力なし" in done.text
    assert anywhere.desk.show(found)["state"] == "terminated"


def test_a_correction_does_what_its_preview_showed_or_is_refused(anywhere: Browser) -> None:
    found = notified(anywhere)
    path = path_to(anywhere, found, "notify_cancellation")
    page = previewed(anywhere, path, facts__arrived_on="7/1", reason="受領印")
    anywhere.desk.do(found, "notify_cancellation", arrived_on="2022-06-20", reason="別の通知", status=200)
    again = anywhere.send(confirmation_of(page), 409)
    assert "確認した後に状況が変わりました" in again.text and "2022年7月20日（水）" in again.text


EDITED = {
    "accept": ({"facts.billing_starts_on": "2022-05-02"}, {"billing_starts_on": "2022-05-02"}),
    "apply": (
        {"facts.delivery.https": "true", "facts.requested_billing_start_on": "2022-05-02"},
        {"requested_billing_start_on": "2022-05-02",
         "delivery": {"custom_domain": None, "https": True, "certificate_obtained": None,
                      "certificate_expires_on": None, "certificate_kind": None}},
    ),
    "change_administrator": ({"facts.changed_on": "2022-05-03"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("event", EDITED)
def test_each_entry_is_corrected_by_the_fields_of_its_form(browser: Browser, event: str) -> None:
    found = contract(browser)
    browser.desk.do(found, "change_administrator", administrator={"name": "佐藤"})
    typed, facts = EDITED[event]
    path = path_to(browser, found, event)
    browser.send(confirmation_of(browser.send(form_of(browser.look(path)), reason="誤記", **typed)))
    (row,) = (row for row in browser.desk.history(found) if row["event"] == "correct_entry")
    assert row["facts"]["facts"] == facts


def test_a_customer_typed_wrongly_is_corrected_from_what_was_typed(anywhere: Browser) -> None:
    found = contract(anywhere)
    path = path_to(anywhere, found, "apply")
    asked = form_of(anywhere.look(path)).values
    assert asked["facts.customer.name"] == found["customer"]["name"]
    assert asked["facts.administrator.name"] == found["administrator"]["name"]
    assert "入力してください" in previewed(anywhere, path, 422, facts__customer__name="", reason="x").text
    page = previewed(
        anywhere, path, facts__customer__name="株式会社真正", facts__customer__phone="03-1", reason="誤記"
    )
    assert "株式会社真正" in page.text and "再送が必要な書面" in page.text
    anywhere.send(confirmation_of(page))
    shown = anywhere.desk.show(found)
    assert (shown["customer"]["name"], shown["customer"]["phone"]) == ("株式会社真正", "03-1")
    assert shown["customer"]["email"] == found["customer"]["email"]
    assert anywhere.desk.history(found)[-1]["facts"]["people"] == ["customer.name", "customer.phone"]
    typed = {"facts.administrator.name": "", "facts.administrator.email": ""}
    page = anywhere.send(form_of(anywhere.look(path)), reason="未定", **typed)
    assert "設定権限の管理責任者が定められていない" in page.text, "so the acceptance would no longer hold"


def test_the_parts_of_a_contract_can_be_corrected_on_its_page(browser: Browser) -> None:
    found = contract(browser)
    desk = browser.desk
    option = desk.apply_for_option(found)
    desk.accept(option, billing_starts_on="2022-06-15")
    change = desk.post(f"/v1/contracts/{found['id']}/item_changes", {"item": "basic", "reference": "C-1"}, 201)
    taken = {"kind": "consultation", "ground": "申出", "notified": True}
    measure = desk.post(f"/v1/contracts/{found['id']}/measures", taken, 201)
    desk.client.put(f"/v1/contracts/{found['id']}/usage/2022-05", json={"live_hours": "300"})
    links = [one for one in browser.look(f"/contracts/{found['id']}").links if one.endswith("/correct")]
    assert {one.split("/")[-2][:2] for one in links} >= {"c_", "o_", "i_", "m_", "u_"}
    for link in links:
        assert form_of(browser.look(link)).values["reason"] == ""
    for id_, typed in (
        (option["id"] + ".2", {"facts.monthly_fee_yen": "8,000"}),
        (change["id"] + ".1", {"facts.received_on": "2022-06-10"}),
        (measure["id"] + ".1", {"facts.ground": "裁判所の命令"}),
    ):
        path = f"/contracts/{found['id']}/entries/{id_}/correct"
        browser.send(confirmation_of(browser.send(form_of(browser.look(path)), reason="誤記", **typed)))
    assert desk.get(f"/v1/options/{option['id']}")["monthly_fee_yen"] == 8_000
    assert desk.get(f"/v1/item_changes/{change['id']}")["received_on"] == "2022-06-10"
    assert desk.get(f"/v1/measures/{measure['id']}")["ground"] == "裁判所の命令"


def outage(browser: Browser) -> tuple[Json, Json]:
    """A contract, and an outage of 8 to 10 June that hit it."""
    found = contract(browser)
    known = {"known_at": "2022-06-08T08:00:00+09:00", "source": "監視", "contracts": "all", "attributable": True}
    return found, browser.desk.post("/v1/outages", known | {"recovered_at": "2022-06-10T09:00:00+09:00"}, 201)


def test_an_outage_is_corrected_from_what_is_recorded(anywhere: Browser) -> None:
    found, hit = outage(anywhere)
    links = anywhere.look(f"/outages/{hit['id']}").links
    path = f"/outages/{hit['id']}/corrections"
    assert path in links and f"/outages/{hit['id']}/annulments" in links
    asked = form_of(anywhere.look(path)).values
    assert asked["facts.known_at"] == "2022-06-08 08:00" and asked["facts.contracts"] == "all"
    assert (asked["facts.recovered_at"], asked["facts.attributable"]) == ("2022-06-10 09:00", "true")
    assert "変わった項目がありません" in previewed(anywhere, path, 422, reason="監視記録").text
    assert "入力してください" in previewed(anywhere, path, 422, facts__known_at="", reason="監視記録").text
    page = previewed(anywhere, path, facts__recovered_at="2022/6/9 7:00", reason="監視記録")
    done = anywhere.send(confirmation_of(page))
    assert "記録しました：障害の記録を訂正する" in done.text and "2022年6月9日（木） 07:00" in done.text
    assert anywhere.desk.get(f"/v1/contracts/{found['id']}/credits")["items"][0]["state"] == "refused"


def test_an_outage_that_never_happened_is_annulled_with_its_credits(browser: Browser) -> None:
    found, hit = outage(browser)
    page = previewed(browser, f"/outages/{hit['id']}/annulments", reason="別の系統の障害")
    done = browser.send(confirmation_of(page))
    assert "抹消済" in done.text and "訂正する" not in done.text
    assert {one["state"] for one in browser.desk.get(f"/v1/contracts/{found['id']}/credits")["items"]} <= {
        "refused"
    }


def test_a_claim_found_after_the_lapse_shows_what_it_changes(browser: Browser) -> None:
    found, hit = outage(browser)
    browser.move_to("2022-10-01")
    assert browser.desk.get(f"/v1/contracts/{found['id']}/credits")["items"][0]["state"] == "lapsed"
    path = f"/contracts/{found['id']}/credits/{hit['id']}/claim"
    page = previewed(browser, path, claimed_on="2022-08-01", reason="郵便受けで発見")
    assert "失権 減額 2022-06-08 2022年9月10日（土） 00:00 改めて加わる自動の記録" in page.text
    assert "2022年8月 障害による減額 0円 -13,333円" in page.text
    browser.send(confirmation_of(page))
    assert browser.desk.get(f"/v1/contracts/{found['id']}/credits")["items"][0]["state"] == "credited"


def test_a_claim_is_corrected_by_its_day(browser: Browser) -> None:
    found, hit = outage(browser)
    browser.desk.post(f"/v1/contracts/{found['id']}/credits/{hit['id']}/claim", {"claimed_on": "2022-06-11"})
    browser.move_to("2022-07-20")
    (path,) = [one for one in browser.look(f"/contracts/{found['id']}").links if "/k_" in one and "correct" in one]
    page = previewed(browser, path, facts__claimed_on="7/1", reason="受領印は7月1日")
    assert "2022年6月 障害による減額 -13,333円 0円" in page.text
    browser.send(confirmation_of(page))
    assert browser.desk.get(f"/v1/contracts/{found['id']}/credits")["items"][0]["claimed_on"] == "2022-07-01"


@pytest.mark.parametrize("act", ["correct", "annul"])
def test_the_english_pages_correct_an_entry_too(browser: Browser, act: str) -> None:
    found = notified(browser)
    browser.client.cookies.set("language", "en")
    path = path_to(browser, found, "notify_cancellation", act)
    typed = {"facts.arrived_on": "7/1"} if act == "correct" else {"ground": "never_happened"}
    page = browser.send(form_of(browser.look(path)), reason="mistyped", **typed)
    assert "Automatic transitions that lose their effect" in page.text and "Documents to send again" in page.text


def test_a_credit_row_is_corrected_through_its_outage(browser: Browser) -> None:
    found, _ = outage(browser)
    rows = [row["id"] for row in browser.desk.feed() if row["id"].startswith("k_")]
    for act in ("correct", "annul"):
        page = browser.look(f"/contracts/{found['id']}/entries/{rows[0]}/{act}", 409)
        assert "障害の記録を訂正してください" in page.text


PEOPLE: dict[str, tuple[Json, Json, Json]] = {
    "change_administrator": (
        {"administrator": {"name": "佐籐"}}, {"facts.administrator.name": "佐藤"}, {"administrator": "佐藤"},
    ),
    "change_particulars": (
        {"customer": {"phone": "1"}}, {"facts.customer.phone": "2", "facts.customer.name": "真"},
        {"customer": "真", "phone": "2"},
    ),
    "succeed": (
        {"ground": "merger", "customer": {"name": "承経"}, "administrator": {"name": "高橋"}},
        {"facts.customer.name": "承継", "facts.administrator.name": "", "facts.administrator.email": ""},
        {"customer": "承継", "administrator": "山田太郎"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("event", PEOPLE)
def test_the_person_named_in_a_change_can_be_corrected(browser: Browser, event: str) -> None:
    entered, typed, becomes = PEOPLE[event]
    found = contract(browser)
    browser.desk.do(found, event, **entered)
    path = path_to(browser, found, event)
    browser.send(confirmation_of(browser.send(form_of(browser.look(path)), reason="誤記", **typed)))
    shown = browser.desk.show(found)
    seen = {person: shown[person]["name"] for person in ("customer", "administrator")}
    assert {**seen, "phone": shown["customer"]["phone"]}.items() >= becomes.items()


def test_the_person_named_in_an_amendment_can_be_corrected(browser: Browser) -> None:
    found = browser.desk.apply()
    browser.desk.do(found, "amend", customer={"name": "株式会社変更"})
    path = path_to(browser, found, "amend")
    typed = {"facts.customer.name": "株式会社変更後"}
    browser.send(confirmation_of(browser.send(form_of(browser.look(path)), reason="誤記", **typed)))
    assert browser.desk.show(found)["customer"]["name"] == "株式会社変更後"
    assert browser.desk.show(found)["administrator"]["name"] == "山田太郎"
