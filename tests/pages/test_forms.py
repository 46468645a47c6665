"""Forms: the result is shown before the click, and the click does exactly that."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from api.messages.catalogue import MESSAGES
from api.pages.form_table import FORMS
from lifecycle.commands.billed_elsewhere import mark_billed_elsewhere
from lifecycle.commands.command import CommandContext
from lifecycle.people.tokens import issue_token
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.terms.calendar import Month
from scheduler.clock import system_clock
from tests.api.desk import Json
from tests.api.parts import use
from tests.pages.browsing import HOST, Browser, Reader

NAME = "株式会社さくら"


def contract(browser: Browser, **changes: Any) -> Json:
    """A contract that is being billed, on 11 June 2022."""
    found = browser.desk.accepted(customer={"name": NAME, "email": "a@example.co.jp"}, **changes)
    browser.move_to("2022-06-11")
    return found


def looked_at(browser: Browser, path: str, **typed: str) -> Reader:
    """A form filled in and looked at."""
    return browser.send(form_of(browser.look(path)), **typed)


def form_of(page: Reader) -> Any:
    return next(form for form in page.forms if form.values.get("step") == "look")


def confirmation_of(page: Reader) -> Any:
    return next(form for form in page.forms if form.values.get("step") == "do")


def test_a_notice_shows_its_end_its_reasons_and_the_money_before_the_click(anywhere: Browser) -> None:
    found = contract(anywhere)
    page = looked_at(anywhere, f"/contracts/{found['id']}/notify_cancellation", arrived_on="R4.6.10")
    assert "2022年7月10日（日）" in page.text and "2022年6月10日（金）と読み取りました" in page.text
    assert "30日を経過する日" in page.text and "第6条" in page.text
    assert "64,516円" in page.text and "200,000円" in page.text  # July in part instead of July whole
    assert anywhere.desk.show(found)["state"] == "billing"
    done = anywhere.send(confirmation_of(page))
    assert "記録しました：解約通知を受け付ける" in done.text and "解約予定" in done.text
    assert "日付の変更" not in done.text, "a first notice moves no day"
    shown = anywhere.desk.show(found)
    assert shown["cancellation"]["effective_on"] == "2022-07-10"
    assert shown["cancellation"]["notices"][0]["arrived_on"] == "2022-06-10"


def test_other_references_are_typed_one_a_line_and_corrected_so_too(anywhere: Browser) -> None:
    typed = {
        "reference": "A-1",
        "other_references": "PO-7\r\n\r\n　ＰＯ－８ ",
        "customer.name": NAME,
        "item": "basic",
    }
    page = looked_at(anywhere, "/contracts/new", **typed)
    assert "その他の参照番号 — PO-7、ＰＯ－８" in page.text
    assert "PO-7 ＰＯ－８" in anywhere.send(confirmation_of(page)).text
    (found,) = anywhere.desk.get("/v1/contracts", reference="po-8")["items"]
    path = f"/contracts/{found['id']}/entries/{found['id']}.1/correct"
    asked = form_of(anywhere.look(path))
    assert asked.values["facts.other_references"] == "PO-7\nＰＯ－８"
    page = anywhere.send(asked, **{"facts.other_references": "", "reason": "別の契約の番号でした"})
    anywhere.send(confirmation_of(page))
    assert anywhere.desk.show(found)["other_references"] == []


def test_other_references_can_be_changed_and_emptied_in_their_field(browser: Browser) -> None:
    found = browser.desk.apply(other_references=["PO-1", "PO-2"])
    page = looked_at(browser, f"/contracts/{found['id']}/amend", item="basic")
    assert form_of(page).values["other_references"] == "PO-1\nPO-2"
    browser.send(confirmation_of(page))
    assert browser.desk.show(found)["other_references"] == ["PO-1", "PO-2"]
    assert browser.desk.history(found)[-1]["facts"].keys() == {"item"}
    page = looked_at(browser, f"/contracts/{found['id']}/amend", other_references="")
    browser.send(confirmation_of(page))
    assert browser.desk.show(found)["other_references"] == []


FULL: dict[str, Any] = {
    "customer": {"name": NAME, "email": "k@example.jp", "phone": "03-0000-0000", "number": "C-1"},
    "administrator": {"name": "山田太郎", "email": "y@example.jp"},
    "requested_billing_start_on": "2022-05-01",
    "delivery": {"custom_domain": {"name": "v.example.jp", "acquired": True}, "https": True},
}
# By page: what is emptied or changed there, and what the contract then says, beside what stays.
EMPTIED: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    (
        "amend",
        {"requested_billing_start_on": "", "customer.phone": " ", "delivery.custom_domain.name": ""}
        | {"administrator.name": "", "administrator.email": ""},
        {"requested_billing_start_on": None, "phone": None, "custom_domain": None, "administrator": None},
    ),
    (
        "amend",
        {"administrator.email": "", "customer.name": "株式会社変更", "delivery.https": "false"},
        {"administrator": {"name": "山田太郎", "email": None}, "name": "株式会社変更", "https": False},
    ),
    ("change_particulars", {"customer.phone": "", "customer.email": ""}, {"phone": None, "email": None}),
    (
        "change_delivery",
        {"delivery.custom_domain.name": "", "delivery.https": ""},
        {"custom_domain": None, "https": False},
    ),
]


@pytest.mark.parametrize(("event", "typed", "becomes"), EMPTIED)
def test_emptied_fields_are_removed_and_others_stay(
    browser: Browser, event: str, typed: dict[str, str], becomes: dict[str, Any]
) -> None:
    found = browser.desk.apply(**FULL)
    if event != "amend":
        browser.desk.do(found, "accept", accepted_on="2022-04-22", billing_starts_on="2022-05-01")
    before = said_of(browser.desk.show(found))
    asked = form_of(browser.look(f"/contracts/{found['id']}/{event}"))
    browser.send(confirmation_of(browser.send(asked, **typed)))
    assert said_of(browser.desk.show(found)) == before | becomes


def said_of(contract: dict[str, Any]) -> dict[str, Any]:
    """The values of the application, with the customer's particulars and the delivery one by one."""
    named = ("administrator", "requested_billing_start_on", "item", "reference")
    return {**contract["customer"], **contract["delivery"], **{name: contract[name] for name in named}}


def test_a_required_field_cannot_be_emptied(browser: Browser) -> None:
    found = browser.desk.apply(**FULL)
    asked = form_of(browser.look(f"/contracts/{found['id']}/amend"))
    assert "参照番号 ：入力してください。" in browser.send(asked, 422, reference=" ").text
    assert "変わった項目がありません。" in browser.send(asked, 422).text


def test_a_wrong_other_reference_is_reported_at_its_field(browser: Browser) -> None:
    typed = {"reference": "A-1", "other_references": "PO-7\nPO\u200b8", "customer.name": NAME, "item": "basic"}
    page = browser.send(form_of(browser.look("/contracts/new")), 422, **typed)
    assert "その他の参照番号 ：保存できない文字が含まれています：U+200B ZERO WIDTH SPACE" in page.text
    page = browser.send(form_of(page), 422, **typed | {"other_references": "ａ－１"})
    assert "その他の参照番号 ：同じ番号が重複しています" in page.text


def test_a_form_without_a_needed_field_answers_at_once(browser: Browser) -> None:
    page = browser.look(f"/contracts/{contract(browser)['id']}/notify_cancellation")
    assert "2022年7月11日（月）" in page.text  # as if it had arrived today


def test_a_command_does_what_its_preview_showed_or_is_refused_with_the_change(anywhere: Browser) -> None:
    found = contract(anywhere)
    page = looked_at(anywhere, f"/contracts/{found['id']}/notify_cancellation")
    anywhere.desk.do(found, "notify_cancellation", arrived_on="2022-06-01")
    again = anywhere.send(confirmation_of(page), 409)
    assert "確認した後に状況が変わりました" in again.text and "2022年7月1日（金）" in again.text
    assert len(anywhere.desk.show(found)["cancellation"]["notices"]) == 1
    anywhere.send(confirmation_of(again))
    assert len(anywhere.desk.show(found)["cancellation"]["notices"]) == 2


def test_midnight_between_the_look_and_the_click_is_a_change(browser: Browser) -> None:
    found = contract(browser)
    page = looked_at(browser, f"/contracts/{found['id']}/notify_cancellation")
    browser.move_to("2022-06-12")
    again = browser.send(confirmation_of(page), 409)
    assert "2022年7月11日（月）" in again.text and "2022年7月12日（火）" in again.text
    assert browser.desk.show(found)["state"] == "billing"


def test_an_application_taken_twice_by_two_clicks_is_one(browser: Browser) -> None:
    typed = {"reference": "OD-1", "customer.name": NAME, "item": "premium", "received_on": "4/20"}
    page = looked_at(browser, "/contracts/new", **typed)
    for _ in range(2):
        shown = browser.send(confirmation_of(page))
        assert "OD-1" in shown.text and NAME in shown.text
    assert browser.desk.counts()["contract"] == 1


def test_an_application_with_everything(browser: Browser) -> None:
    typed = {
        "reference": "OD-2", "customer.name": NAME, "customer.email": "a@example.co.jp", "item": "premium",
        "administrator.name": "山田", "requested_billing_start_on": "令和4年5月1日",
        "declarations.laws_accepted": "true", "declarations.rights_cleared": "true", "delivery.https": "true",
        "delivery.custom_domain.name": "video.example.jp", "delivery.custom_domain.acquired": "true",
        "options.0.reference": "OD-2-D", "received_on": "2022/4/20 10:30",
    }  # fmt: skip
    browser.send(confirmation_of(looked_at(browser, "/contracts/new", **typed)))
    shown = browser.desk.get("/v1/contracts", q="OD-2")["items"][0]
    assert shown["requested_billing_start_on"] == "2022-05-01" and shown["received_on"] == "2022-04-20"
    assert shown["delivery"]["custom_domain"] == {
        "name": "video.example.jp", "acquired": True, "dns_registered": False,
    }  # fmt: skip
    assert [option["reference"] for option in shown["options"]] == ["OD-2-D"]
    assert shown["administrator"] == {"name": "山田", "email": None}


def test_an_unreadable_field_is_marked_and_the_others_stay_filled_in(browser: Browser) -> None:
    typed = {"reference": "OD-3", "customer.name": NAME, "customer.email": "no address", "received_on": "いつか"}
    page = browser.send(form_of(browser.look("/contracts/new")), 422, **typed)
    assert "日付として読み取れません" in page.text
    assert typed.items() <= form_of(page).values.items()
    marked = re.findall(r'name="([\w.]+)"[^>]*aria-invalid="true" aria-describedby="([^"]+)"', browser.html)
    assert [name for name, _ in marked] == ["received_on"]
    assert all(f'id="{place}"' in browser.html for _, places in marked for place in places.split())
    assert 'href="#f-received_on"' in browser.html
    page = browser.send(form_of(page), 422, received_on="4/20")
    invalid = re.findall(r'name="([\w.]+)"[^>]*aria-invalid="true"', browser.html)
    assert invalid == ["customer.email", "item"]
    assert "選択肢から" in page.text or "入力してください" in page.text


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "punycode", "undefined", "rot13"])
def test_a_form_in_another_charset_is_refused(browser: Browser, charset: str) -> None:
    """UTF-7 writes half a sign, which no database keeps."""
    values = form_of(browser.look("/contracts/new")).values | {"reference": "+2AA-"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in values.items()]
    headers = {"Origin": HOST, "Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    sent = "".join([*parts, "--b--\r\n"]).encode()
    browser.read(browser.client.post("/contracts/new", content=sent, headers=headers), 422)


def test_an_amount_beyond_all_numbers_is_marked(browser: Browser) -> None:
    option = browser.desk.apply_for_option(browser.desk.accepted())["id"]
    days = {"accepted_on": "2022-04-22", "billing_starts_on": "2022-05-01", "monthly_fee_yen": "0"}
    for fee in ("9" * 30, "9" * 5000):
        typed = days | {"initial_fee_yen": fee}
        browser.send(form_of(browser.look(f"/options/{option}/accept")), 422, **typed)
        assert re.findall(r'name="([\w.]+)"[^>]*aria-invalid="true"', browser.html) == ["initial_fee_yen"]


def test_a_refusal_names_every_rule_that_refuses(browser: Browser) -> None:
    found = browser.desk.apply(declarations={"laws_accepted": False, "rights_cleared": False})
    page = browser.send(form_of(browser.look(f"/contracts/{found['id']}/accept")), 409)
    assert "規程により受け付けられません" in page.text
    assert "第3条第3項" in page.text and "第3条第4項" in page.text


def test_a_late_entry_without_a_reason_is_refused_by_the_house(browser: Browser) -> None:
    page = browser.look(f"/contracts/{contract(browser)['id']}/notify_cancellation")
    refused = browser.send(form_of(page), 409, arrived_on="2022-04-30")
    assert (
        "社内規則により受け付けられません" in refused.text
        and "31日を超える後日入力には理由を要する" in refused.text
    )
    assert "規程により受け付けられません" not in refused.text


def test_an_impossible_command_is_refused_on_its_page(browser: Browser) -> None:
    found = browser.desk.apply()
    browser.desk.do(found, "withdraw")
    page = browser.send(form_of(browser.look(f"/contracts/{found['id']}/accept")), 409)
    assert "この状態では操作できません" in page.text


def test_the_form_computes_the_latest_arrival_for_a_desired_end(browser: Browser) -> None:
    path = f"/contracts/{contract(browser)['id']}/notify_cancellation"
    page = browser.look(path, ends_on="令和4年8月31日")
    assert "2022年8月31日（水）に終了するには、通知が2022年8月1日（月）までに到達する必要があります" in page.text
    use = next(link for link in page.links if "chosen_on=2022-08-31" in link)
    assert "2022年8月31日（水）" in browser.look(use).text
    assert "2022年7月11日" in browser.look(path, ends_on="2022/6/30").text  # too early: the earliest is named
    assert "日付として読み取れません" in browser.look(path, ends_on="soon").text


def test_a_part_of_a_page_is_the_answer_alone(browser: Browser) -> None:
    page = browser.look(f"/contracts/{contract(browser)['id']}/notify_cancellation")
    browser.send(form_of(page), part="1", arrived_on="2022-06-01")
    assert "2022年7月1日（金）" in browser.html and "<html" not in browser.html


def test_every_form_has_a_page_and_marks_missing_fields(browser: Browser) -> None:
    ids = everything(browser)
    for form in FORMS:
        page = browser.look(form.at(**{name: ids[name] for name in re.findall(r"\{(\w+)\}", form.address)}))
        assert MESSAGES[f"form.{form.name}"][0] in page.text
        if any(one.required for one in form.fields):
            browser.send(form_of(page), 422)
            assert 'aria-invalid="true"' in browser.html, form.name


def everything(browser: Browser) -> dict[str, str]:
    """The ids of one thing of each kind."""
    desk = browser.desk
    found = contract(browser)
    option = desk.apply_for_option(found)
    change = desk.post(f"/v1/contracts/{found['id']}/item_changes", {"item": "basic", "reference": "C-1"}, 201)
    taken = {"kind": "consultation", "ground": "申出", "notified": True}
    measure = desk.post(f"/v1/contracts/{found['id']}/measures", taken, 201)
    known = {"known_at": "2022-06-08T08:00:00+09:00", "source": "監視", "contracts": "all"}
    outage = desk.post("/v1/outages", known, 201)
    made = {"contract": found, "option": option, "change": change, "measure": measure, "outage": outage}
    ids = {f"{name}_id": one["id"] for name, one in made.items()}
    with writing(desk.engine) as conn:
        mark_billed_elsewhere(conn, [found["id"]], Month(2022, 5), CommandContext("desk", system_clock()))
    use(desk, found, "2022-05", live_hours=900)
    (payment,) = desk.get(f"/v1/contracts/{found['id']}/refunds")["items"]
    return ids | {
        "month": "2022-05",
        "refund_id": payment["id"],
        "subject_id": found["id"],
        "entry": f"{found['id']}.2",
    }


def test_a_command_is_hidden_from_and_refused_to_roles_without_the_right(browser: Browser) -> None:
    found = contract(browser)
    offered = f"/contracts/{found['id']}/end_by_company"
    assert offered in browser.look(f"/contracts/{found['id']}").links
    page = browser.look(offered)
    with writing(browser.desk.engine) as conn:
        token = issue_token(conn, "佐藤", ["order_desk"], system_clock())
    browser.client.cookies.clear()
    browser.send(browser.look("/sign-in").forms[-1], token=token)
    assert offered not in browser.look(f"/contracts/{found['id']}").links
    browser.look(offered, 403)
    form = form_of(page)
    csrf = browser.look(f"/contracts/{found['id']}/notify_cancellation").forms[-1].values.get("csrf")
    csrf = csrf or form_of(browser.look(f"/contracts/{found['id']}/notify_cancellation")).values["csrf"]
    browser.send(form, 403, csrf=csrf, ends_on="2022-06-30", ground="x", reason="x")


def test_a_session_that_ended_in_between_sends_to_sign_in(browser: Browser) -> None:
    page = browser.look(f"/contracts/{contract(browser)['id']}/notify_cancellation")
    with writing(browser.desk.engine) as conn:
        conn.execute(update(tables.session).values(expires_at=system_clock()))
    assert "トークン" in browser.send(form_of(page), 401).text
