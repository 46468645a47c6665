"""Forms lose no input: the confirmed content is the shown one, and changes by others are listed."""

import html
import re

from sqlalchemy import select

from lifecycle.people.tokens import issue_token
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from scheduler.clock import system_clock
from tests.api.desk import TOKEN
from tests.pages.browsing import HOST, Browser, Form, Reader
from tests.pages.test_forms import confirmation_of, contract, form_of, looked_at


def test_a_day_changed_after_the_preview_is_shown_before_it_is_stored(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    again = browser.send(confirmation_of(page), arrived_on="2022-06-01")
    assert "確認した結果と違います" in again.text and "2022年7月1日（金）" in again.text
    assert browser.desk.show(found)["state"] == "billing"
    browser.send(confirmation_of(again))
    assert browser.desk.show(found)["cancellation"]["effective_on"] == "2022-07-01"


def test_a_refused_confirmation_lists_what_others_recorded_meanwhile(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-06-01")
    again = browser.send(confirmation_of(page), 409)
    told = again.text.partition("その間の記録：")[2][:60]
    assert "解約通知" in told and "admin" in told and "2022年6月11日" in told
    assert "状態 解約予定 —" not in again.text
    applied = browser.desk.apply(requested_billing_start_on="2022-07-01")
    page = looked_at(browser, f"/contracts/{applied['id']}/accept")
    browser.desk.accept(applied)
    again = browser.send(confirmation_of(page), 409)
    assert "この状態では操作できません" in again.text
    assert "その間の記録： 承諾 admin" in again.text


def test_the_page_shows_how_each_field_is_read_during_typing(browser: Browser) -> None:
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


def test_the_form_proposes_the_day_of_the_contract_for_an_option(browser: Browser) -> None:
    found = browser.desk.accepted()
    option = browser.desk.apply_for_option(found, reference="OD-D")
    page = browser.look(f"/options/{option['id']}/accept")
    assert form_of(page).values["billing_starts_on"] == "2022-05-01"


def test_after_an_application_the_next_is_one_click_away(browser: Browser) -> None:
    typed = {"reference": "OD-1", "customer.name": "株式会社さくら", "item": "premium", "received_on": "4/20"}
    done = browser.send(confirmation_of(looked_at(browser, "/contracts/new", **typed)))
    assert "続けて次の申込を受け付ける" in done.text and "/contracts/new" in done.links


def test_the_same_notice_by_fax_and_by_post_requires_a_confirmation(browser: Browser) -> None:
    found = contract(browser)
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-06-10")
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="6/10")
    assert "到達日と指定日が同じ通知" in page.text
    again = browser.send(confirmation_of(page), 409)
    assert len(browser.desk.show(found)["cancellation"]["notices"]) == 1
    browser.send(confirmation_of(again), sure="yes")
    assert len(browser.desk.show(found)["cancellation"]["notices"]) == 2


def test_a_different_notice_requires_no_confirmation(browser: Browser) -> None:
    found = contract(browser)
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-06-10")
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="6/9")
    assert "到達日と指定日が同じ通知" not in page.text
    browser.send(confirmation_of(page))


def test_a_likely_duplicate_application_requires_a_confirmation(anywhere: Browser) -> None:
    first = anywhere.desk.apply(reference="OD-1", customer={"name": "株式会社さくら映像"}, item="premium")
    typed = {"reference": "OD-2", "customer.name": "（株）サクラ映像", "item": "premium", "received_on": "4/22"}
    page = looked_at(anywhere, "/contracts/new", **typed)
    assert "同じお客様の、同じ品目の申込" in page.text and f"/contracts/{first['id']}" in page.links
    anywhere.send(confirmation_of(page), 409)
    assert anywhere.desk.counts()["contract"] == 1
    for other in ({"item": "basic"}, {"customer.name": "株式会社うめ"}):
        assert "同じお客様" not in looked_at(anywhere, "/contracts/new", **(typed | other)).text


def test_the_acceptance_of_a_likely_duplicate_requires_a_confirmation(
    anywhere: Browser,
) -> None:
    first, second, other = (
        anywhere.desk.apply(reference=f"OD-{n}", customer={"name": name}, received_on="2022-04-20")
        for n, name in enumerate(("株式会社さくら映像", "（株）サクラ映像", "株式会社うめ"))
    )
    anywhere.desk.accept(first)
    page = looked_at(anywhere, f"/contracts/{second['id']}/accept")
    assert "OD-0 2022年4月20日（水）" in page.text and f"/contracts/{first['id']}" in page.links
    anywhere.send(confirmation_of(page), 409)
    assert "記録しました" in anywhere.send(confirmation_of(page), sure="yes").text
    assert "同じお客様" not in looked_at(anywhere, f"/contracts/{other['id']}/accept").text


def test_a_second_identical_proposal_requires_a_confirmation(browser: Browser) -> None:
    browser.desk.context.four_eyes = True
    found = browser.desk.apply(reference="OD-4")
    place = f"/contracts/{found['id']}/accept"
    browser.send(confirmation_of(looked_at(browser, place)))
    page = looked_at(browser, place)
    assert "二人目の承認待ち： 承諾する admin" in browser.look(f"/contracts/{found['id']}").text
    assert "同じ操作の承認待ちの依頼" in page.text and "承認を依頼する" in page.text
    browser.send(confirmation_of(page), 409)
    assert len(browser.desk.get("/v1/approvals", state="proposed")["items"]) == 1


def test_the_form_of_an_outage_accepts_references_or_all_contracts(anywhere: Browser) -> None:
    two = [anywhere.desk.accepted(reference=f"OD-{number}") for number in (1, 2)]
    anywhere.move_to("2022-06-11")
    known = {"known_at": "2022/6/10 8:00", "source": "監視"}
    later = known | {"known_at": "2022/6/10 9:00"}
    done = anywhere.send(confirmation_of(looked_at(anywhere, "/outages/new", contracts="ＯＤ－1\nOD-2", **known)))
    assert "記録しました" in done.text
    anywhere.send(confirmation_of(looked_at(anywhere, "/outages/new", contracts="すべて", **later)))
    found = [one["contracts"] for one in anywhere.desk.get("/v1/outages")["items"]]
    assert sorted(map(str, found)) == sorted([str(sorted(one["id"] for one in two)), "all"])
    page = anywhere.send(form_of(anywhere.look("/outages/new")), 422, contracts="OD-none", **later)
    assert "次の番号の契約はありません：OD-none" in page.text and not [
        one for one in page.forms if one.values.get("step") == "do"
    ]


def sent_signed_out(browser: Browser, form: Form, **typed: str) -> Reader:
    """Send a form after the session has expired; return the sign-in page."""
    browser.client.cookies.clear()
    return browser.send(form, 401, **typed)


def test_after_a_new_sign_in_the_typed_values_are_restored_without_scripts(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    asked = sent_signed_out(browser, confirmation_of(page), reason="郵送\n& 電話")
    assert "入力した内容は残っています" in asked.text
    again = browser.send(asked.forms[-1], 403, token="wrong")
    back = browser.send(again.forms[-1], token=TOKEN)
    form = form_of(browser.send(back.forms[-1]))
    assert (form.values["arrived_on"], form.values["reason"]) == ("2022-06-10", "郵送\n& 電話")
    assert browser.desk.show(found)["state"] == "billing"
    browser.send(confirmation_of(browser.read(browser.response, 200)))
    assert browser.desk.show(found)["cancellation"]["effective_on"] == "2022-07-10"


def test_a_form_from_before_signing_in_again_elsewhere_is_looked_at_once_more(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation", arrived_on="2022-06-10")
    browser.client.cookies.clear()
    browser.sign_in()
    again = browser.send(confirmation_of(page))
    assert browser.desk.show(found)["state"] == "billing"
    browser.send(confirmation_of(again))
    assert browser.desk.show(found)["state"] == "cancel_notified"


def test_another_person_does_not_get_what_was_typed(browser: Browser) -> None:
    with writing(browser.desk.engine) as conn:
        other = issue_token(conn, "佐藤", ["order_desk"], system_clock())
    page = looked_at(browser, f"/contracts/{contract(browser)['id']}/notify_cancellation", reason="秘密")
    asked = sent_signed_out(browser, form_of(page))
    back = browser.send(asked.forms[-1], token=other)
    assert str(browser.response.url) == f"{HOST}{form_of(page).action}" and "秘密" not in browser.html
    assert form_of(back).values["arrived_on"] == ""
    assert "秘密" not in browser.html
    assert form_of(browser.send(form_of(page))).values["arrived_on"] == ""


def test_a_form_of_another_site_is_not_kept_for_the_sign_in(stranger: Browser) -> None:
    form = Form("/contracts/new", "post", {"reference": "OD-EVIL"})
    for origin in (None, "https://evil.example"):
        stranger.send(form, origin=origin)
        assert "OD-EVIL" not in stranger.html and "/sign-in?next=" in str(stranger.response.url)


def test_a_preview_has_an_address_that_only_its_browser_can_open(anywhere: Browser) -> None:
    found = contract(anywhere)
    form = form_of(anywhere.look(f"/contracts/{found['id']}/notify_cancellation"))
    headers = {"Origin": HOST, "Accept": "text/html,*/*"}
    typed = form.values | {"arrived_on": "2022-06-10"}
    sent = anywhere.client.post(form.action, data=typed, headers=headers)
    preview = anywhere.read(sent, 200)
    address = sent.url.raw_path.decode()
    assert [answer.status_code for answer in sent.history] == [303] and "?shown=" in address
    done = anywhere.send(confirmation_of(preview))
    again = anywhere.look(address)
    assert confirmation_of(again).values["key"] == confirmation_of(preview).values["key"]
    assert "記録しました" in done.text and "2022年7月10日（日）" in again.text
    with reading(anywhere.desk.engine) as conn:
        (kept,) = conn.execute(select(tables.shown_page.c.page)).scalars()
    assert "サンプル".encode() not in kept
    wrong = anywhere.client.post(form.action, data=typed | {"chosen_on": "6月31日"}, headers=headers)
    assert anywhere.read(wrong, 422).text == anywhere.look(wrong.url.raw_path.decode(), 422).text
    anywhere.sign_in()  # under another secret: the form itself is there
    assert form_of(anywhere.look(address)).values["arrived_on"] == ""
