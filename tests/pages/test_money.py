"""Issued months, refunds and the contracts of a customer on the pages."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from api.documents.content import Document
from api.documents.writer import DocumentWriter
from lifecycle.commands import issue_month
from lifecycle.errors import Archived
from tests.api.desk import Json, path_of
from tests.api.parts import claim, entered, outage
from tests.pages.browsing import Browser
from tests.pages.test_forms import confirmation_of, form_of


def contract(browser: Browser) -> Json:
    """Basic, billed from 1 March 2022; it is 5 July."""
    found = entered(browser.desk, "2022-03-01")
    browser.move_to("2022-07-05")
    return found


def test_a_statement_is_previewed_before_its_issue_and_listed_afterwards(anywhere: Browser) -> None:
    found = contract(anywhere)
    page = anywhere.look(f"/contracts/{found['id']}")
    address = f"/contracts/{found['id']}/statements/2022-06/issue"
    assert address in page.links and f"/contracts/{found['id']}/statements/2022-07/issue" not in page.links
    form = anywhere.look(address)
    assert "月額基本料" in form.text and "100,000円" in form.text and "2022年6月" in form.text
    assert anywhere.desk.get(f"{path_of(found)}/statements/2022-06")["issued_at"] is None
    done = anywhere.send(confirmation_of(form))
    assert "記録しました：明細を発行する" in done.text and "2022年7月5日（火）発行" in done.text
    assert address not in done.links
    assert anywhere.desk.get(f"{path_of(found)}/statements/2022-06")["issued_at"] == "2022-07-05T09:00:00+09:00"


def test_a_statement_that_changed_since_it_was_shown_is_not_issued(browser: Browser) -> None:
    found = contract(browser)
    form = browser.look(f"/contracts/{found['id']}/statements/2022-06/issue")
    hit = outage(browser.desk, [found], "2022-06-10T00:00:00+09:00", recovered_at="2022-06-12T00:00:00+09:00")
    claim(browser.desk, found, hit, claimed_on="2022-06-20", reason="found in the post room")
    again = browser.send(confirmation_of(form), 409)
    assert "確認した後に状況が変わりました" in again.text and "93,334円" in again.text
    assert browser.desk.get(f"{path_of(found)}/statements/2022-06")["issued_at"] is None
    browser.send(confirmation_of(again))
    assert browser.desk.get(f"{path_of(found)}/statements/2022-06")["total_yen"] == 93_334


def test_a_difference_after_the_issue_is_shown_beside_the_month(browser: Browser) -> None:
    found = contract(browser)
    browser.desk.post(f"{path_of(found)}/statements/2022-06/issue")
    hit = outage(browser.desk, [found], "2022-06-10T00:00:00+09:00", recovered_at="2022-06-12T00:00:00+09:00")
    claim(browser.desk, found, hit, claimed_on="2022-06-20", reason="found in the post room")
    text = browser.look(f"/contracts/{found['id']}").text
    assert "発行後に分かった差額 障害による減額 2022年7月の明細に計上 -6,666円" in text
    assert "発行済みの月の調整額" in text and "93,334円" in text  # July so far


def test_a_month_that_is_not_over_or_invalid_is_refused(browser: Browser) -> None:
    found = contract(browser)
    assert (
        "規程により受け付けられません" in browser.look(f"/contracts/{found['id']}/statements/2022-07/issue").text
    )
    for path in (
        f"/contracts/{found['id']}/statements/June/issue",
        "/statements/June",
        "/statements/2022-13/issue",
    ):
        browser.look(path, 422)


def test_a_month_of_all_contracts_is_issued_from_its_page(
    anywhere: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = contract(anywhere)
    entered(anywhere.desk, "2022-06-01")
    page = anywhere.look("/statements")
    assert "2件中0件を発行済み" in page.text and str(anywhere.response.url).endswith("/statements/2022-06")
    assert f"/contracts/{found['id']}#charges" in page.links and "280,000円" not in page.text
    form = anywhere.look("/statements/2022-06/issue")
    assert "今回発行する明細 — 2" in form.text
    done = anywhere.send(confirmation_of(form))
    assert "記録しました：全契約の明細を発行する" in done.text and "2件中2件を発行済み" in done.text
    assert "280,000円" in done.text and "/statements/2022-06/issue" not in done.links
    assert anywhere.client.get("/statements/2022-06.csv").text.count("2022-07-05T09:00:00+09:00") == 2
    assert "/statements/2022-06.xlsx" in done.links
    assert anywhere.client.get("/statements/2022-06.xlsx").content.startswith(b"PK")
    monkeypatch.setattr(issue_month, "FEW", 0)
    begun: list[object] = []
    anywhere.desk.context.background = begun.append
    running = anywhere.send(confirmation_of(anywhere.look("/statements/2022-05/issue")))
    assert "発行中です" in running.text and "1件中0件を発行済み" in running.text and len(begun) == 1
    begun.pop()()  # type: ignore[operator]
    assert "1件中1件を発行済み" in anywhere.look("/statements/2022-05").text


def test_money_that_waits_is_found_from_the_first_page_and_settled(anywhere: Browser) -> None:
    found = contract(anywhere)
    for month in ("2022-05", "2022-06"):
        anywhere.desk.post(f"{path_of(found)}/statements/{month}/issue")
    anywhere.desk.do(found, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    first = anywhere.look("/")
    assert "返金・追加請求（未精算）" in first.text and "返金 50,000円" in first.text
    assert f"/contracts/{found['id']}#refunds" in first.links
    assert f"/contracts/{found['id']}#refunds" in anywhere.look("/refunds").links
    page = anywhere.look(f"/contracts/{found['id']}")
    (address,) = [link for link in page.links if link.endswith("/settle")]
    assert "未精算" in page.text
    shown = anywhere.send(form_of(anywhere.look(address)), settled_on="7/4", how="銀行振込")
    assert (
        "返金 50,000円 2022年6月 月額基本料" in shown.text and "2022年7月4日（月）と読み取りました" in shown.text
    )
    assert "精算 未精算 精算済み" in shown.text
    done = anywhere.send(confirmation_of(shown))
    assert "2022年7月4日（月）精算済み 銀行振込" in done.text
    (settled,) = anywhere.desk.get(f"{path_of(found)}/refunds")["items"]
    assert (settled["state"], settled["settled_on"], settled["how"]) == ("settled", "2022-07-04", "銀行振込")
    assert "返金・追加請求（未精算）" not in anywhere.look("/").text
    assert "精算待ちはありません。" in anywhere.look("/refunds").text
    assert address not in done.links
    assert "精算の記録" in done.text and "2022年6月 月額基本料 -50,000円 2022年7月4日（月）" in done.text
    row = anywhere.desk.history(found)[-1]["id"]
    (annul,) = [link for link in done.links if row in link and "annul" in link]
    assert not [link for link in done.links if row in link and "correct" in link]
    wrong = form_of(anywhere.look(annul))
    shown = anywhere.send(wrong, ground="never_happened", reason="別の契約への振込だった")
    again = anywhere.send(confirmation_of(shown))
    assert "未精算" in again.text and "返金・追加請求（未精算）" in anywhere.look("/").text


def test_a_settlement_refreshes_the_cached_worklist_of_a_live_service(browser: Browser) -> None:
    found = contract(browser)
    browser.desk.post(f"{path_of(found)}/statements/2022-06/issue")
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    browser.desk.context.sandbox = False
    browser.desk.context.kept.clear()  # a minute later
    assert "返金 50,000円" in browser.look("/").text
    (waits,) = browser.desk.get(f"{path_of(found)}/refunds")["items"]
    form = form_of(browser.look(f"/contracts/{found['id']}/refunds/{waits['id']}/settle"))
    browser.send(confirmation_of(browser.send(form, settled_on="2022-07-05", how="銀行振込")))
    assert "返金 50,000円" not in browser.look("/").text


def test_a_day_of_settlement_in_the_future_is_refused_above_the_form(browser: Browser) -> None:
    found = contract(browser)
    browser.desk.post(f"{path_of(found)}/statements/2022-06/issue")
    browser.desk.do(found, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    (waits,) = browser.desk.get(f"{path_of(found)}/refunds")["items"]
    form = form_of(browser.look(f"/contracts/{found['id']}/refunds/{waits['id']}/settle"))
    refused = browser.send(form, 409, settled_on="2022-07-06", how="銀行振込")
    assert "規程により受け付けられません" in refused.text
    browser.look(f"/contracts/{found['id']}/refunds/r_{'0' * 26}/settle", 404)


def test_a_page_lists_all_contracts_of_a_customer(anywhere: Browser) -> None:
    desk = anywhere.desk
    of = {"name": "株式会社さくら", "email": "a@example.co.jp"}
    first = desk.apply(customer=of | {"number": "C-1/７"})
    second = desk.apply(customer=of | {"number": "c-1/7"})
    other = desk.apply(customer=of | {"number": "C-2"})
    page = anywhere.look(f"/contracts/{first['id']}")
    assert "/customers/C-1%2F%EF%BC%97" in page.links
    shown = anywhere.look("/customers/C-1%2F%EF%BC%97")
    assert {f"/contracts/{one['id']}" for one in (first, second)} <= set(shown.links)
    assert f"/contracts/{other['id']}" not in shown.links and "株式会社さくら" in shown.text
    assert "このお客様番号の契約はありません。" in anywhere.look("/customers/none").text


def test_issued_statements_are_found_by_month_total_and_customer_together(anywhere: Browser) -> None:
    found = contract(anywhere)
    for month in ("2022-03", "2022-04", "2022-05"):
        anywhere.desk.post(f"{path_of(found)}/statements/{month}/issue")
    assert "/statements/found" in anywhere.look("/statements").links
    papers = [f"/contracts/{found['id']}/papers/statement-2022-{month:02}" for month in (3, 4, 5)]
    for query, months in {
        "": papers,
        "month_from=2022年4月&total_to=100,000円": papers[1:],
        "month_to=2022/4&customer=ｻﾝﾌﾟﾙ": papers[:2],
        "total_from=100001": papers[:1],
        "issued_to=2022年4月21日": [],
        "total_from=100000&customer=どこにもない": [],
    }.items():
        page = anywhere.look(f"/statements/found?{query}")
        assert [link for link in page.links if "/papers/statement-" in link] == months, query
    page = anywhere.look("/statements/found?month_from=2022-13&total_to=9999999999999999999", 422)
    assert "年月を 2022-05 のように" in page.text and "整数で入力" in page.text


def test_the_statements_of_an_issued_month_are_one_zip_file(browser: Browser) -> None:
    for reference in ("OD/1", "OD/2"):
        browser.desk.accepted(reference=reference)
    browser.move_to("2022-06-05")
    browser.look("/statements/2022-05.zip", 404)
    browser.desk.post("/v1/statements/2022-05/issue")
    page = browser.look("/statements/2022-05")
    assert "発行済みの明細書2通" in page.text and "/statements/2022-05.zip" in page.links
    answer = browser.client.get("/statements/2022-05.zip")
    with ZipFile(BytesIO(answer.content)) as file:
        assert file.testzip() is None
        names = sorted(file.namelist())
        text = PdfReader(file.open(names[0])).pages[0].extract_text()
    assert [name.partition("_c_")[0] for name in names] == ["OD_1", "OD_2"] and "ご利用明細書" in text


def test_the_zip_file_of_a_month_has_a_text_file_for_a_failed_statement(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reference in ("OD/1", "OD/2"):
        browser.desk.accepted(reference=reference)
    browser.move_to("2022-06-05")
    browser.desk.post("/v1/statements/2022-05/issue")
    paper = DocumentWriter.paper

    def but_one(writer: DocumentWriter, name: str) -> Document:
        if writer.found.view["reference"] == "OD/1":
            raise Archived("old.jsonl.gz", "00")
        return paper(writer, name)

    monkeypatch.setattr(DocumentWriter, "paper", but_one)
    with ZipFile(BytesIO(browser.client.get("/statements/2022-05.zip").content)) as file:
        (told, other) = sorted(file.namelist())
        assert (told[-4:], other[-4:]) == (".txt", ".pdf") and "old.jsonl.gz" in file.read(told).decode()


def test_statements_without_an_issuer_are_refused_before_the_download(browser: Browser) -> None:
    browser.desk.accepted()
    browser.move_to("2022-06-05")
    browser.desk.post("/v1/statements/2022-05/issue")
    browser.desk.context.sandbox = False
    browser.look("/statements/2022-05.zip", 409)
