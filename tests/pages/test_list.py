"""The list of contracts: filters, order, counts, an address to share, and bulk actions."""

import html
import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.pages.browsing import Browser, Reader


def shown(page: Reader) -> list[str]:
    found = (re.fullmatch(r"(/contracts/c_\w+)(\?list=.*)?", link) for link in page.links)
    return [link[1] for link in found if link]


def names(browser: Browser, page: Reader) -> list[str]:
    return [browser.desk.show({"id": link.rpartition("/")[2]})["reference"] for link in shown(page)]


@pytest.fixture
def month(anywhere: Browser) -> Browser:
    """On 11 June: one contract ends in July, one in August, one was applied for and one just runs."""
    desk = anywhere.desk
    ends = [desk.accepted(reference=f"OD-{name}") for name in ("july", "august", "runs")]
    anywhere.move_to("2022-06-11")
    desk.do(ends[0], "notify_cancellation", arrived_on="2022-06-10")
    desk.do(ends[1], "notify_cancellation", arrived_on="2022-06-10", chosen_on="2022-08-31")
    desk.apply(reference="OD-new", item="basic")
    return anywhere


def test_one_click_shows_what_ends_next_month(month: Browser) -> None:
    page = month.look("/contracts")
    (address,) = {
        link for link in page.links if "ends_from=2022-07-01&ends_to=2022-07-31" in link and "sort" not in link
    }
    found = month.look(address)
    assert names(month, found) == ["OD-july"]
    assert "1件" in found.text and "200,000円" in found.text


def test_the_page_of_a_long_list_does_not_wait_for_its_number(
    month: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "700,000円" in month.look("/contracts").text
    monkeypatch.setattr("api.pages.contracts.PAGE_COUNTED", 3)
    page = month.look("/contracts").text
    assert "3件超" in page and "700,000円" not in page


def test_the_address_is_the_same_as_that_of_the_interface(month: Browser) -> None:
    asked = {"ends_from": "2022-07-01", "sort": "-effective_on", "state": "cancel_notified"}
    by_page = names(month, month.look("/contracts", **asked))
    by_api = [one["reference"] for one in month.desk.get("/v1/contracts", **asked)["items"]]
    assert by_page == by_api == ["OD-august", "OD-july"]
    file = month.client.get("/contracts.csv", params=asked)
    assert [line.split(",")[0] for line in file.text.splitlines()[1:]] == by_page
    for asked, found in (
        ({"due_before": "2022-07-12T00:00:00+09:00"}, ["OD-july"]),
        ({"reference": "ｏｄ－july"}, ["OD-july"]),
    ):
        assert names(month, month.look("/contracts", **asked)) == found
    assert names(month, month.look("/contracts", due_before="2022/7/12")) == ["OD-july"]
    month.look("/contracts", 422, due_before="7月40日")


def test_a_date_filter_accepts_all_formats_and_marks_an_unreadable_date(month: Browser) -> None:
    assert names(month, month.look("/contracts", ends_from="R4.8.1")) == ["OD-august"]
    page = month.look("/contracts", 422, ends_from="8月32日")
    assert 'aria-invalid="true" aria-describedby="ends_from-error"' in month.html and not shown(page)


def test_a_column_orders_the_list_and_then_the_other_way_round(month: Browser) -> None:
    page = month.look("/contracts", sort="reference")
    assert names(month, page) == ["OD-august", "OD-july", "OD-new", "OD-runs"]
    assert 'aria-sort="ascending"' in month.html
    (back,) = [link for link in page.links if link.endswith("sort=-reference")]
    assert names(month, month.look(back)) == ["OD-runs", "OD-new", "OD-july", "OD-august"]


@pytest.mark.parametrize("sort", ["", "reference", "-billing_starts_on"])
def test_one_walks_forwards_and_back_without_missing_a_contract(browser: Browser, sort: str) -> None:
    for number in range(103):
        browser.desk.apply(reference=f"OD-{number:03}")
    first = browser.look("/contracts", **({"sort": sort} if sort else {}))
    pages = [shown(first)]
    while following := re.search(r'rel="next" href="([^"]+)"', browser.html):
        pages.append(shown(browser.look(following[1].replace("&amp;", "&"))))
    assert [len(one) for one in pages] == [50, 50, 3] and len({one for page in pages for one in page}) == 103
    assert 'rel="prev"' in browser.response.headers["link"]
    for earlier in reversed(pages[:-1]):
        back = re.search(r'rel="prev" href="([^"]+)"', browser.html)
        assert back and shown(browser.look(back[1].replace("&amp;", "&"))) == earlier
    assert 'rel="prev"' not in browser.html


def choose(browser: Browser, act: str, ids: list[str], status: int = 200, **more: Any) -> Reader:
    form = browser.look("/contracts").forms[-1]
    assert form.action == "/contracts/chosen"
    return browser.send(form, status, act=act, chosen=ids, **more)


def test_many_are_accepted_by_one_preview_and_one_click(anywhere: Browser) -> None:
    desk = anywhere.desk
    fine = [desk.apply(reference=f"OD-{n}", customer={"name": f"第{n}放送"}) for n in range(3)]
    nobody = desk.apply(reference="OD-nobody", administrator=None)
    page = choose(anywhere, "accept", [one["id"] for one in (*fine, nobody)])
    assert {desk.show(one)["state"] for one in fine} == {"applied"}
    assert "3件を確定する" in page.text and "管理責任者が定められていない" in page.text
    confirm = page.forms[-1]
    page = anywhere.send(confirm, chosen=[one["id"] for one in fine])
    assert "3件を処理しました" in page.text
    assert {desk.show(one)["state"] for one in fine} == {"accepted"}
    assert desk.show(nobody)["state"] == "applied"


def test_applications_of_one_customer_are_accepted_together_once_each_is_ticked(browser: Browser) -> None:
    two = [browser.desk.apply(reference=f"OD-{number}")["id"] for number in range(2)]
    page = choose(browser, "accept", two)
    assert page.text.count("同じお客様の、同じ品目の申込") == 2
    page = browser.send(page.forms[-1], chosen=two, **{f"sure-{two[0]}": "yes"})
    assert "1件を処理しました。残り1件です。" in page.text and "確認の印が必要です" in page.text
    assert [browser.desk.show(one)["state"] for one in two] == ["accepted", "applied"]


def test_contracts_changed_since_the_preview_are_skipped(browser: Browser) -> None:
    desk = browser.desk
    two = [desk.apply(reference=f"OD-{number}") for number in range(2)]
    page = choose(browser, "accept", [one["id"] for one in two])
    desk.do(two[0], "withdraw", reason="お客様の都合")
    page = browser.send(page.forms[-1], chosen=[one["id"] for one in two])
    assert "1件を処理しました。残り1件です。" in page.text
    assert [desk.show(one)["state"] for one in two] == ["withdrawn", "accepted"]


def test_a_second_click_does_nothing_twice(browser: Browser) -> None:
    one = browser.desk.apply()
    page = choose(browser, "assign", [one["id"]])
    look = browser.send(page.forms[-2], act="assign", chosen=[one["id"]], to="tanaka")
    for _ in range(2):
        done = browser.send(look.forms[-1], chosen=[one["id"]])
    assert "1件を処理しました" in done.text
    rows = browser.desk.get(f"/v1/contracts/{one['id']}/history")["items"]
    assert [row["event"] for row in rows] == ["apply", "assign"]


def test_chosen_contracts_are_a_file_of_their_own(browser: Browser) -> None:
    made = [browser.desk.apply(reference=f"OD-{number}") for number in range(3)]
    form = browser.look("/contracts").forms[-1]
    data = form.values | {"act": "export", "chosen": [one["id"] for one in made[:2]]}
    answer = browser.client.post(form.action, data=data, headers={"Origin": "http://testserver"})
    assert answer.status_code == 200 and "spreadsheetml" in answer.headers["content-type"]


def test_documents_of_selected_contracts_are_one_pdf(browser: Browser) -> None:
    desk = browser.desk
    two = [desk.accepted(reference=f"OD-{number}") for number in range(2)]
    waiting = desk.apply(reference="OD-waiting")
    page = choose(browser, "papers_of_acceptance", [one["id"] for one in (*two, waiting)])
    assert "この書面がない契約が1件あります" in page.text and "OD-waiting" in page.text
    form = page.forms[-1]
    data = form.values | {"chosen": [one["id"] for one in two]}
    answer = browser.client.post(form.action, data=data, headers={"Origin": "http://testserver"})
    sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages]
    assert answer.headers["content-type"] == "application/pdf" and len(sheets) == 2
    assert all(f"OD-{number}" in sheet and "1 / 1" in sheet for number, sheet in enumerate(sheets))
    page = choose(browser, "papers_of_end", [two[0]["id"]])
    assert "この書面がない契約が1件あります" in page.text


@pytest.mark.parametrize("sort", ["", "reference", "-received_on", "effective_on"])
def test_a_contract_has_links_to_its_neighbours_in_the_list(anywhere: Browser, sort: str) -> None:
    for number in range(4):
        anywhere.desk.apply(reference=f"OD-{number}", item="premium" if number else "basic")
    rows = names(anywhere, anywhere.look("/contracts", item="premium", **({"sort": sort} if sort else {})))
    page = anywhere.look(first_of_list(anywhere))
    walked: list[str] = []
    while True:
        walked.append(page.text.split("OD-")[1][:1])
        if not (following := re.search(r'rel="next" href="([^"]+)"', anywhere.html)):
            break
        page = anywhere.look(html.unescape(following[1]))
    assert [f"OD-{number}" for number in walked] == rows and len(rows) == 3
    back = re.search(r'rel="prev" href="([^"]+)"', anywhere.html)
    assert back and f"OD-{walked[-2]}" in anywhere.look(html.unescape(back[1])).text
    assert any(link.startswith("/contracts?") and "item=premium" in link for link in page.links)


def first_of_list(browser: Browser) -> str:
    found = re.search(r'href="(/contracts/c_[^"]+)"', browser.html)
    assert found
    return html.unescape(found[1])


def test_an_invalid_list_gives_no_neighbours(browser: Browser) -> None:
    one = browser.desk.apply()
    for query in ("received_from=x", "x" * 1001, "after=zz&sort=zz", "%00&q=%00"):
        browser.look(f"/contracts/{one['id']}", list=query)
        assert 'rel="next"' not in browser.html


def test_a_role_is_offered_only_what_it_may_do(browser: Browser) -> None:
    one = browser.desk.apply()
    with writing(browser.desk.engine) as conn:
        token = issue_token(conn, "受注", ["order_desk"], system_clock())
    browser.client.cookies.clear()
    browser.send(browser.look("/sign-in").forms[-1], token=token)
    browser.look("/contracts")
    assert 'value="assign"' in browser.html and 'value="accept"' not in browser.html
    choose(browser, "accept", [one["id"]], 403)
