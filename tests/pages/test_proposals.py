"""Four eyes in the browser: a proposal and its effect are shown, then approved by another or declined."""

import pytest

from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.api.desk import Json
from tests.pages.browsing import Browser, Reader
from tests.pages.test_forms import confirmation_of, looked_at

FEES = {"initial_fee_yen": "30000", "monthly_fee_yen": "5000", "billing_starts_on": "2022-05-01"}


@pytest.fixture
def watched(anywhere: Browser) -> Browser:
    """A desk where weighty commands need two; Tanaka is signed in."""
    anywhere.desk.context.four_eyes = True
    become(anywhere, "田中", "operator", "order_desk")
    return anywhere


def become(browser: Browser, name: str, *roles: str) -> Reader:
    """Somebody else signs in; the first page they see."""
    with writing(browser.desk.engine) as conn:
        token = issue_token(conn, name, roles, system_clock())
    browser.client.cookies.clear()
    return browser.send(browser.look("/sign-in").forms[-1], token=token)


def proposed(browser: Browser, found: Json, **typed: str) -> str:
    """Propose an acceptance as the signed-in person; return the page of the decision."""
    kind = "options" if found["id"].startswith("o_") else "contracts"
    done = browser.send(confirmation_of(looked_at(browser, f"/{kind}/{found['id']}/accept", **typed)))
    assert "二人目の承認を待っています" in done.text
    return f"/proposals/{browser.desk.get('/v1/approvals', state='proposed')['items'][-1]['id']}"


def test_a_second_person_sees_the_effect_and_approves(watched: Browser) -> None:
    contract = watched.desk.apply(reference="OD-4")
    place = proposed(watched, contract, accepted_on="2022-04-22", reason="審査済み")
    mine = watched.look(place)
    assert "依頼した本人は承認できません" in mine.text and "審査済み" in mine.text
    assert not [form for form in mine.forms if form.values.get("step") == "do"]
    assert "内容を見て判断する" not in watched.look("/waiting", kind="approval").text
    today = become(watched, "佐藤", "operator")
    assert "内容を見て判断する" in watched.look("/waiting", kind="approval").text
    assert "二人目の承認待ち" in today.text and place in today.links and "田中" in today.text
    assert place in watched.look("/proposals").links
    page = watched.look(place)
    assert "2022年5月1日（日）" in page.text and "第2条" in page.text and "2022年4月22日（金）" in page.text
    assert "承認する" in page.text and "この内容で確定する" not in page.text
    done = watched.send(confirmation_of(page))
    assert "記録しました" in done.text and "承諾済" in done.text
    row = watched.desk.history(contract)[-1]
    assert (row["event"], row["actor"], row["approver"]) == ("accept", "田中", "佐藤")
    after = watched.look(place)
    assert "承認済み" in after.text and "佐藤" in after.text
    assert not [form for form in after.forms if form.action == place]
    assert "承認を待っている依頼はありません" in watched.look("/proposals").text


def test_an_approval_does_what_its_page_showed_or_is_refused(watched: Browser) -> None:
    contract = watched.desk.apply()
    place = proposed(watched, contract)
    become(watched, "佐藤", "operator")
    confirmation = confirmation_of(watched.look(place))
    watched.move_to("2022-04-23")  # the acceptance named no day: it would be of another one
    page = watched.send(confirmation, 412)
    assert "状況が変わりました" in page.text and watched.desk.show(contract)["state"] == "applied"
    watched.send(confirmation_of(page))
    assert watched.desk.show(contract)["accepted_on"] == "2022-04-23"


def test_a_proposal_of_what_has_moved_on_can_only_be_declined(watched: Browser) -> None:
    watched.desk.context.four_eyes = False
    contract = watched.desk.accepted(requested_billing_start_on="2022-05-01")
    option = watched.desk.apply_for_option(contract)
    watched.desk.context.four_eyes = True
    place = proposed(watched, option, billing_starts_on="6/1", initial_fee_yen="1", monthly_fee_yen="1")
    watched.move_to("2022-05-02")  # the clock starts the contract's billing
    become(watched, "鈴木", "operator")
    page = watched.look(place)
    assert "記録が更新されています" in page.text
    (decline,) = [form for form in page.forms if form.values.get("step") == "decline"]
    assert "入力に誤りがあります" in watched.send(decline, 422).text
    assert "承認を待っている依頼はありません" in watched.send(decline, reason="<b>古い</b>").text
    after = watched.look(place)
    assert "差し戻し" in after.text and "&lt;b&gt;古い" in watched.html
    again = watched.send(decline, 409, reason="もう一度")
    assert "すでに決裁されています" in again.text
    assert watched.desk.show(option)["state"] == "applied"


def test_a_note_leaves_a_proposal_as_it_is(watched: Browser) -> None:
    contract = watched.desk.apply()
    place = proposed(watched, contract)
    watched.desk.post(f"/v1/contracts/{contract['id']}/notes", {"text": "電話あり"}, 201)
    become(watched, "鈴木", "operator")
    page = watched.look(place)
    assert "記録が更新されています" not in page.text
    assert [form for form in page.forms if form.values.get("step") == "do"]


def test_a_proposal_lapses_when_its_contract_changes(watched: Browser) -> None:
    contract = watched.desk.apply()
    place = proposed(watched, contract)
    watched.desk.do(contract, "change_administrator", administrator={"name": "佐藤花子"})
    become(watched, "鈴木", "operator")
    page = watched.look(place)
    assert "失効" in page.text and "依頼の後に対象の記録が変わった" in page.text
    assert not [form for form in page.forms if form.action == place]


def test_options_are_approved_too_and_roles_are_heeded(watched: Browser) -> None:
    watched.desk.context.four_eyes = False
    contract = watched.desk.accepted()
    option = watched.desk.apply_for_option(contract)
    watched.desk.context.four_eyes = True
    place = proposed(watched, option, **FEES)
    desk = become(watched, "受付", "order_desk")
    assert place in desk.links
    page = watched.look(place)
    assert "この操作の権限がありません" in page.text
    auditor = become(watched, "監査", "auditor")
    assert place in auditor.links
    page = watched.look(place)
    assert [form for form in page.forms if form.action == place] == []
    assert place not in become(watched, "閲覧", "viewer").links
    watched.look(place, 403)
    become(watched, "鈴木", "operator")
    watched.send(confirmation_of(watched.look(place)))
    assert watched.desk.show(option)["state"] == "accepted"


def test_an_approval_from_another_site_is_refused_and_an_unknown_one_is_404(watched: Browser) -> None:
    place = proposed(watched, watched.desk.apply())
    become(watched, "佐藤", "operator")
    watched.send(confirmation_of(watched.look(place)), 403, origin="https://elsewhere.test")
    watched.look("/proposals/a_0", 404)
    watched.look(f"/proposals/a_{'0' * 26}", 404)
