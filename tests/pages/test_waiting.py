"""The worklist: everything that waits, with counts, oldest first, and its assignee."""

import re
from datetime import UTC, datetime

import pytest

from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.pages.browsing import Browser, Reader
from tests.pages.test_proposals import become, proposed

DOMAIN = {"name": "v.example.jp", "acquired": False, "dns_registered": True}


def waiting_for(page: Reader) -> list[str]:
    return [link for link in page.links if re.fullmatch(r"/(contracts/c_\w+(#refunds)?|proposals/a_\w+)", link)]


def test_the_worklist_shows_all_waiting_contracts_the_oldest_first(anywhere: Browser) -> None:
    desk = anywhere.desk
    held = desk.accepted(reference="OD-held", delivery={"custom_domain": DOMAIN, "https": False})
    base = desk.accepted(reference="OD-base")
    anywhere.move_to("2022-06-11")
    incomplete = desk.apply(reference="OD-incomplete", administrator=None, received_on="2022-06-09")
    fine = desk.apply(reference="OD-fine", received_on="2022-06-10")
    option = desk.apply_for_option(base, reference="OD-option", received_on="2022-06-08")
    page = anywhere.look("/waiting")
    expected = [held, {"id": option["contract_id"]} if "contract_id" in option else base, incomplete, fine]
    assert waiting_for(page) == [f"/contracts/{one['id']}" for one in expected]
    assert "41日経過" in page.text and "不備のある申込" in page.text and "対応待ち 4" in page.text
    assert f"/options/{option['id']}/accept" in page.links and f"/contracts/{fine['id']}/accept" in page.links
    assert f"/contracts/{held['id']}/meet_condition" in page.links


def test_held_billing_whose_conditions_are_met_waits_for_a_day(anywhere: Browser) -> None:
    desk = anywhere.desk
    held = desk.accepted(delivery={"custom_domain": DOMAIN, "https": False})
    anywhere.move_to("2022-06-11")
    desk.do(held, "meet_condition", condition="domain")
    page = anywhere.look("/waiting")
    assert "利用条件は充足、開始日は未定" in page.text
    assert f"/contracts/{held['id']}/reschedule_billing" in page.links


def test_the_page_shows_when_a_condition_was_met_or_waived(browser: Browser) -> None:
    desk = browser.desk
    found = desk.accepted(delivery={"custom_domain": DOMAIN, "https": True})
    browser.move_to("2022-06-11")
    desk.do(found, "meet_condition", condition="certificate", met_on="2022-05-23")
    desk.do(found, "waive_condition", condition="domain", reason="社内ドメインのため")
    page = browser.look(f"/contracts/{found['id']}")
    assert re.search(r"✓ 証明書の取得\s*2022年5月23日", page.text)
    assert re.search(r"免除\S*\s*ドメインの取得\s*2022年6月11日", page.text), page.text


def test_a_certificate_waits_to_be_renewed_from_30_days_before(browser: Browser) -> None:
    delivery = {"https": True, "certificate_obtained": True, "certificate_expires_on": "2022-07-31"}
    found = browser.desk.accepted(delivery=delivery)
    browser.move_to("2022-06-30")
    assert "証明書の更新" not in browser.look("/waiting").text
    browser.move_to("2022-07-02")
    page = browser.look("/waiting", kind="certificate")
    assert "証明書の更新" in page.text and "1日経過" in page.text and "7月31日" in page.text
    assert f"/contracts/{found['id']}/change_delivery" in page.links
    assert "証明書の有効期限" in browser.look(f"/contracts/{found['id']}").text


def test_a_claim_shows_its_last_day(browser: Browser) -> None:
    desk = browser.desk
    found = desk.accepted()
    browser.move_to("2022-06-11")
    outage = desk.post(
        "/v1/outages",
        {"known_at": "2022-06-01T00:00:00+09:00", "source": "監視", "attributable": True, "contracts": "all"},
        201,
    )
    desk.post(f"/v1/outages/{outage['id']}/recover", {"recovered_at": "2022-06-03T00:00:00+09:00"})
    page = browser.look("/waiting", kind="claim")
    last = desk.get(f"/v1/contracts/{found['id']}/credits")["items"][0]["last_claim_on"]
    assert f"{int(last[5:7])}月{int(last[8:])}日" in page.text
    assert f"/contracts/{found['id']}/credits/{outage['id']}/claim" in page.links


@pytest.mark.parametrize("kind", ["", "application"])
def test_a_long_worklist_has_pages_with_every_contract(browser: Browser, kind: str) -> None:
    for number in range(60):
        browser.desk.apply(reference=f"OD-{number:03}")
    first = browser.look("/waiting", **({"kind": kind} if kind else {}))
    (following,) = [link for link in first.links if "page=2" in link]
    second = browser.look(following)
    assert len(waiting_for(first)) == 50 and len({*waiting_for(first), *waiting_for(second)}) == 60
    assert "承諾待ちの申込 60" in first.text and 'rel="prev"' in browser.html
    assert waiting_for(browser.look("/waiting", page="2²")) == waiting_for(first)


def test_a_timer_that_failed_waits_too(browser: Browser) -> None:
    found = browser.desk.accepted(reference="OD-parked")
    parked = {"subject_id": found["id"], "event": "start_billing", "due_at": datetime(2022, 4, 20, tzinfo=UTC)}
    with writing(browser.desk.engine) as conn:
        conn.execute(tables.parked.insert().values(parked | {"attempts": 5, "reason": "ValueError: x"}))
    page = browser.look("/waiting")
    assert waiting_for(page) == [f"/contracts/{found['id']}"] and f"/parked/{found['id']}/retry" in page.links
    assert "失敗した自動処理 1" in page.text and "OD-parked" in page.text


def test_the_filter_me_shows_the_contracts_assigned_to_the_person(anywhere: Browser) -> None:
    mine, other = anywhere.desk.apply(reference="OD-1"), anywhere.desk.apply(reference="OD-2")
    become(anywhere, "田中", "order_desk")
    anywhere.desk.do(mine, "assign", to="田中")
    anywhere.desk.do(other, "assign", to="佐藤")
    assert waiting_for(anywhere.look("/waiting", assigned_to="me")) == [f"/contracts/{mine['id']}"]
    assert waiting_for(anywhere.look("/waiting", assigned_to="佐藤")) == [f"/contracts/{other['id']}"]
    assert "承諾待ちの申込 1" in anywhere.look("/waiting", assigned_to="me").text


def test_the_proposer_sees_the_decision_on_a_proposal_with_its_reason(anywhere: Browser) -> None:
    anywhere.desk.context.four_eyes = True
    become(anywhere, "田中", "operator", "order_desk")
    place = proposed(anywhere, anywhere.desk.apply(reference="OD-4"), accepted_on="2022-04-22")
    assert place in waiting_for(anywhere.look("/waiting", assigned_to="me"))
    own = dict(anywhere.client.cookies)
    become(anywhere, "佐藤", "operator")
    page = anywhere.look(place)
    anywhere.send(
        [form for form in page.forms if form.action == place][-1], step="decline", reason="書類が足りない"
    )
    assert "書類が足りない" not in anywhere.look("/waiting").text
    anywhere.client.cookies.clear()
    anywhere.client.cookies.update(own)
    told = anywhere.look("/waiting").text
    assert "差し戻し" in told and "書類が足りない" in told and "佐藤" in told


def test_eleven_applications_are_accepted_by_four_clicks(browser: Browser) -> None:
    made = [browser.desk.apply(reference=f"OD-{n}", customer={"name": f"第{n}放送"}) for n in range(11)]
    page = browser.look("/waiting", kind="application")
    (every,) = re.findall(r'name="every" value="([^"]+)"', browser.html)
    shown = browser.send(page.forms[-1], act="accept", every=every)
    chosen = re.findall(r'name="chosen" value="([^"]+)"', browser.html)
    done = browser.send(shown.forms[-1], chosen=sorted({*chosen}))
    assert "11件を処理しました" in done.text
    assert {browser.desk.show(one)["state"] for one in made} == {"accepted"}
