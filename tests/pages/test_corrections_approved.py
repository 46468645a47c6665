"""Corrections in the browser that need two people: proposed, approved by another, lapsed."""

from tests.api.desk import Json
from tests.api.parts import claim, credits_of, outage
from tests.pages.browsing import Browser, Reader
from tests.pages.test_corrections import path_to
from tests.pages.test_forms import confirmation_of, contract, form_of
from tests.pages.test_proposals import become, watched

__all__ = ["watched"]


def ended(browser: Browser) -> Json:
    """A contract that a notice of 1 July ended on the 31st; it is 10 August, and Tanaka is signed in."""
    browser.desk.context.four_eyes = False
    found = contract(browser)
    browser.move_to("2022-08-10")
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-07-01", reason="typed wrongly")
    browser.desk.context.four_eyes = True
    return found


def asked(browser: Browser, found: Json, **typed: str) -> Reader:
    """A correction of the notice, filled in and looked at."""
    path = path_to(browser, found, "notify_cancellation")
    typed = {name.replace("__", "."): value for name, value in typed.items()}
    return browser.send(form_of(browser.look(path)), reason="受領印", **typed)


def test_a_correction_that_moves_an_end_requires_approval_and_shows_its_entry(watched: Browser) -> None:
    found = ended(watched)
    page = asked(watched, found, facts__arrived_on="8/1")
    assert "承認を依頼する" in page.text and "二人目の承認が必要" in page.text
    assert "この内容で確定する" not in page.text
    done = watched.send(confirmation_of(page))
    assert "二人目の承認を待っています" in done.text and "終了" in done.text
    place = f"/proposals/{watched.desk.get('/v1/approvals', state='proposed')['items'][-1]['id']}"
    become(watched, "佐藤", "operator")
    page = watched.look(place)
    assert "対象の入力 解約通知" in page.text and "到達日 2022年8月1日（月）" in page.text
    assert "受領印" in page.text and "2022年8月31日（水）" in page.text
    watched.send(confirmation_of(page))
    assert watched.desk.show(found)["cancellation"]["effective_on"] == "2022-08-31"


def test_a_correction_that_moves_no_end_is_confirmed_by_one_person(watched: Browser) -> None:
    found = ended(watched)
    page = asked(watched, found, facts__chosen_on="7/15")
    assert "承認を依頼する" not in page.text and "この内容で確定する" in page.text
    assert "記録しました" in watched.send(confirmation_of(page)).text


def test_a_preview_names_the_proposals_that_lapse_and_their_pages_give_the_reason(watched: Browser) -> None:
    found = ended(watched)
    watched.send(confirmation_of(asked(watched, found, facts__arrived_on="8/1")))
    place = f"/proposals/{watched.desk.get('/v1/approvals', state='proposed')['items'][-1]['id']}"
    page = asked(watched, found, facts__chosen_on="7/15")
    assert "失効する依頼" in page.text and place in page.links
    watched.send(confirmation_of(page))
    listed = watched.look("/proposals")
    assert (
        "失効した依頼" in listed.text
        and place in listed.links
        and "承認を待っている依頼はありません" in listed.text
    )
    gone = watched.look(place)
    assert "失効 田中" in gone.text and "依頼の後に対象の記録が変わった" in gone.text
    assert not [form for form in gone.forms if form.action == place]
    watched.client.cookies.set("language", "en")
    assert (
        "Lapsed" in watched.look(place).text
        and "The record changed after the proposal" in watched.look(place).text
    )


def test_entries_entered_together_are_approved_by_page_too(watched: Browser) -> None:
    found = ended(watched)
    notice = {"subject": found["id"], "event": "notify_cancellation", "facts": {"arrived_on": "2022-06-20"}}
    report = {"found_at": "2022-06-10T10:00:00+09:00", "instruction": "鍵を替える"}
    entries = [notice | {"reason": "発見"}, notice | {"event": "report_misuse", "facts": report}]
    made = watched.desk.post(f"/v1/contracts/{found['id']}/entries", {"entries": entries}, 202)
    page = watched.look(f"/proposals/{made['id']}")
    assert "複数の入力をまとめて記録する" in page.text and "鍵を替える" in page.text and "発見" in page.text
    watched.send(confirmation_of(page))
    assert watched.desk.show(found)["terminated_on"] == "2022-07-20"


def test_an_outage_that_moves_money_sent_is_approved_by_another(watched: Browser) -> None:
    desk = watched.desk
    desk.context.four_eyes = False
    found = contract(watched)
    watched.move_to("2022-08-10")
    hit = outage(desk, [found], "2022-07-20T00:00:00+09:00", recovered_at="2022-07-23T00:00:00+09:00")
    claim(desk, found, hit, claimed_on="2022-07-25")
    desk.post(f"/v1/contracts/{found['id']}/statements/2022-07/issue")
    desk.context.four_eyes = True
    path = f"/outages/{hit['id']}/corrections"
    page = watched.send(form_of(watched.look(path)), **{"facts.known_at": "2022-07-21 00:00"}, reason="監視記録")
    assert "承認を依頼する" in page.text and "2022年7月 発行済み" in page.text
    done = watched.send(confirmation_of(page))
    assert "二人目の承認を待っています" in done.text and credits_of(desk, found)[0]["units"] == 3
    place = f"/proposals/{desk.get('/v1/approvals', state='proposed')['items'][-1]['id']}"
    become(watched, "佐藤", "operator")
    assert place in watched.look("/proposals").links
    page = watched.look(place)
    assert "監視記録" in page.text and "2022年7月21日" in page.text
    assert "記録しました" in watched.send(confirmation_of(page)).text
    assert credits_of(desk, found)[0]["units"] == 2
