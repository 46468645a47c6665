"""A change of terms on the pages: a file rehearsed, an announcement recorded, contracts resettled."""

from datetime import date

from sqlalchemy import update

from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.api.desk import Json
from tests.api.terms_scenes import recorded
from tests.pages.browsing import HOST, Browser, Form, Reader
from tests.pages.test_proposals import become, watched
from tests.terms.worlds import TEXTS

__all__ = ["watched"]
DEARER = (
    TEXTS["2022-05-01.toml"]
    .replace("in_force_from = 2022-05-01", "in_force_from = 2022-09-01\nannounced_on = 2022-08-31")
    .replace("monthly_fee_yen = 200_000", "monthly_fee_yen = 210_000")
)


def form_to(page: Reader, action: str, number: int = 0) -> Form:
    return [form for form in page.forms if form.action == action][number]


def wrong(browser: Browser) -> Json:
    """A contract whose stored end differs from the day that its notice leads to."""
    contract = browser.desk.accepted()
    browser.move_to("2022-06-10")
    browser.desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    with writing(browser.desk.engine) as conn:
        conn.execute(update(tables.contract).values(effective_on=date(2022, 8, 9)))
    return contract


def test_a_rehearsal_of_terms_lists_the_contracts_that_are_worse_off(anywhere: Browser) -> None:
    contract = anywhere.desk.accepted()
    terms = anywhere.look("/terms")
    assert "/terms/rehearsal" in terms.links and "一覧がないため、確認していません" in terms.text
    form = form_to(anywhere.look("/terms/rehearsal"), "/terms/rehearsal")
    page = anywhere.send(form, text=DEARER, until="2022/10/31", do="show")
    for said in (
        "1件の契約を確かめました",
        "お客様に不利",
        "月額基本料",
        "1,200,000円",
        "1,220,000円",
        "20,000円",
    ):
        assert said in page.text, said
    assert "には及びません" not in page.text
    assert f"/contracts/{contract['id']}" in page.links
    sent = form.values | {"text": DEARER, "until": "2022-10-31", "do": "csv"}
    csv = anywhere.client.post(form.action, data=sent, headers={"Origin": HOST})
    assert csv.headers["content-type"].startswith("text/csv")
    assert f"{contract['id']},{contract['reference']}," in csv.text and ",worse" in csv.text
    late = DEARER.replace("announced_on = 2022-08-31", "announced_on = 2022-09-10")
    page = anywhere.send(form, text=late, until="2022/10/31", do="show")
    assert "2022年9月10日（土）より前に承諾した契約には及びません" in page.text
    assert f"/contracts/{contract['id']}" not in page.links


def test_a_wrong_file_of_terms_is_refused_with_the_place(browser: Browser) -> None:
    form = form_to(browser.look("/terms/rehearsal"), "/terms/rehearsal")
    page = browser.send(form, 422, text=DEARER.replace("days = 30", "days = x"), do="show")
    assert "not TOML" in page.text
    page = browser.send(form, 422, text=DEARER.replace("days = 30", "days = -3"), do="csv")
    assert "notice.days" in page.text and "days = -3" in browser.html
    assert "/until" not in browser.send(form, 422, text=DEARER, until="someday", do="csv").text


def test_an_announcement_is_recorded_and_shown_with_the_version(anywhere: Browser) -> None:
    recorded(anywhere.desk)
    form = form_to(anywhere.look("/terms/announcement"), "/terms/announcement")
    page = anywhere.send(
        form, version="2022-05-01", announced_on="2022/4/1", how="ウェブサイト", reason="ファイルに記載がなかった"
    )
    assert "2022年4月1日（金）に周知" in page.text and "方法：ウェブサイト" in page.text
    later = anywhere.send(form, 422, version="2022-05-01", announced_on="2030/1/1", how="a", reason="b")
    assert "周知日" in later.text


def test_contracts_are_looked_at_and_then_resettled(anywhere: Browser) -> None:
    contract = wrong(anywhere)
    page = anywhere.look("/terms/resettlement")
    assert "1件中1件が変わります" in page.text and "2022年7月10日" in page.text
    done = anywhere.send(form_to(page, "/terms/resettlement"), reason="以前の版の誤り", do="act")
    assert "1件中1件に反映しました" in done.text
    assert anywhere.desk.get(f"/v1/contracts/{contract['id']}/history")["items"][-1]["reason"] == "以前の版の誤り"
    assert "規程の変更等の反映" in anywhere.look(f"/contracts/{contract['id']}").text
    assert "変わる契約はありません" in anywhere.look("/terms/resettlement").text


def test_no_reason_no_resettling(browser: Browser) -> None:
    wrong(browser)
    form = form_to(browser.look("/terms/resettlement"), "/terms/resettlement")
    assert "理由" in browser.send(form, 422, reason="", do="act").text


def test_with_four_eyes_one_proposes_and_another_one_approves(watched: Browser) -> None:
    watched.desk.context.four_eyes = False
    contract = wrong(watched)
    watched.desk.context.four_eyes = True
    page = watched.send(
        form_to(watched.look("/terms/resettlement"), "/terms/resettlement"), reason="誤り", do="act"
    )
    assert "依頼した本人は承認できません" in page.text and "2022年7月10日" not in page.text
    place = f"/proposals/{watched.desk.get('/v1/approvals')['items'][-1]['id']}"
    form = next(form for form in page.forms if form.action == f"/terms/resettlement/{place[11:]}")
    watched.send(form, do="decline", reason="まだ早い")
    assert "差し戻し" in watched.look(place).text and "まだ早い" in watched.look(place).text
    form = form_to(watched.look("/terms/resettlement"), "/terms/resettlement")
    watched.send(form, reason="誤り", do="act")
    place = f"/proposals/{watched.desk.get('/v1/approvals', state='proposed')['items'][-1]['id']}"
    today = become(watched, "佐藤", "operator")
    assert place in today.links and "全契約" in today.text and "全契約" in watched.look("/proposals").text
    page = watched.look(place)
    assert "1件中1件が変わります" in page.text and "2022年7月10日" in page.text and "田中" in page.text
    form = next(form for form in page.forms if "digest" in form.values)
    assert "1件中1件に反映しました" in watched.send(form, do="approve").text
    row = watched.desk.get(f"/v1/contracts/{contract['id']}/history")["items"][-1]
    assert (row["event"], row["actor"], row["approver"]) == ("resettle", "田中", "佐藤")
    assert "承認済み" in watched.look(place).text
