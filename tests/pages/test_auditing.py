"""The pages for auditors: actions and approvals, late entries, and the reasons for a contract's end."""

import csv
import io

import pytest

from api.pages import otherwise
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.records.engine import writing
from lifecycle.sheets.reading import read_sheet
from lifecycle.timers.parked import StepFault, park
from tests.pages.browsing import Browser
from tests.pages.test_forms import confirmation_of
from tests.pages.test_proposals import become, proposed


@pytest.fixture
def late(anywhere: Browser) -> Browser:
    """On 11 June, a notice was entered ten days after it had arrived."""
    found = anywhere.desk.accepted(reference="OD-L")
    anywhere.move_to("2022-06-11")
    anywhere.desk.do(found, "notify_cancellation", arrived_on="2022-06-01", reason="郵送の到着")
    return anywhere


def test_late_entries_of_every_kind_are_found_with_their_references(late: Browser) -> None:
    page = late.look("/audit", late_days="5")
    assert "10日遅れて記録" in page.text and "OD-L" in page.text and "郵送の到着" in page.text
    assert "該当する入力はありません" in late.look("/audit", late_days="11").text
    assert "該当する入力はありません" in late.look("/audit", since="2022/6/12", until="2022/6/30").text
    file = late.client.get("/audit.csv", params={"late_days": "5"}).text.splitlines()
    assert len(file) == 2 and ",OD-L," in file[1] and ",10," in file[1]


def test_editions_of_the_terms_are_entries_too(late: Browser) -> None:
    with writing(late.desk.engine) as conn:
        record_editions(conn, CommandContext("start", late.desk.context.clock()))
    assert "規程の版の登録" in late.look("/audit", person="start").text and 'href="/terms"><bdi>' in late.html
    assert late.client.get("/audit.xlsx", params={"person": "start"}).status_code == 200


def test_the_page_finds_actions_by_the_approver(anywhere: Browser) -> None:
    anywhere.desk.context.four_eyes = True
    become(anywhere, "田中", "operator", "order_desk")
    place = proposed(anywhere, anywhere.desk.apply(reference="OD-4"), accepted_on="2022-04-22")
    become(anywhere, "佐藤", "operator")
    anywhere.send(confirmation_of(anywhere.look(place)))
    become(anywhere, "監査", "auditor")
    page = anywhere.look("/audit", person="佐藤", since="2022/4/1")
    assert "OD-4" in page.text and "田中" in page.text and "承諾" in page.text


@pytest.mark.parametrize("of", ["OD-L", "ｏｄ－ｌ", "id"])
def test_the_page_why_finds_a_contract_by_id_or_reference(late: Browser, of: str) -> None:
    id_ = late.desk.get("/v1/contracts")["items"][0]["id"]
    page = late.look("/audit/why", of=id_ if of == "id" else of)
    assert "2022年7月2日（土） 00:00" in page.text and "30日を経過する日" in page.text
    assert "終了日を決めた、または動かした入力" in page.text


def test_the_page_why_lists_the_entries_behind_a_day_or_an_amount(late: Browser) -> None:
    page = late.look("/audit/why", of="OD-L", month="2022/6")
    assert "課金開始日 2022年5月1日（日）" in page.text and "最低利用期間の満了日 2022年5月31日（火）" in page.text
    assert "2022年6月の金額" in page.text and "月額基本料 200,000円" in page.text
    assert "もとになった記録（3件）" in page.text, "accepted, billing begun, notice"
    rows = late.client.get("/audit/why.csv", params={"of": "OD-L", "month": "2022-06"}).text
    assert "2022年6月1日から2022年6月30日まで" in rows
    told = {tuple(row[:2]) for row in csv.reader(io.StringIO(rows))}
    days = ("billing_starts_on", "2022-05-01"), ("minimum_term_ends_on", "2022-05-31")
    assert told >= {("ends_at", "2022-07-02T00:00:00+09:00"), *days, ("monthly_base_fee", "200000")}
    sheet = read_sheet(late.client.get("/audit/why.xlsx", params={"of": "OD-L", "month": "2022-06"}).content)
    assert {("課金開始日", "2022年5月1日（日）"), ("月額基本料", "200000")} <= {
        (row.cells[0], row.cells[1]) for row in sheet.rows
    }
    assert "この月の明細はありません" in late.look("/audit/why", of="OD-L", month="2023-01").text
    late.look("/audit/why", 422, of="OD-L", month="someday")
    assert 'aria-invalid="true"' in late.html


def test_the_page_compares_the_past_as_known_with_the_present(late: Browser) -> None:
    page = late.look("/audit/believed", of="OD-L", known_on="2022/6/5")
    assert "課金中" in page.text and "解約予定" in page.text and "10日遅れて記録" in page.text
    assert "違いはありません" in late.look("/audit/believed", of="OD-L", known_on="6/5", against_on="6/6").text
    assert "記録されていません" in late.look("/audit/believed", of="OD-L", known_on="2020/1/1").text
    assert "記録されていません" in late.look("/audit/believed", of="none", known_on="6/5").text
    late.look("/audit/believed", 422, of="OD-L", known_on="x")
    late.look("/audit/believed", of="OD-L")


def test_the_audit_page_is_for_auditors(browser: Browser) -> None:
    become(browser, "受注", "order_desk")
    assert "/audit" not in browser.look("/").links
    assert "監査担当" in browser.look("/audit", 403).text and "/import" in browser.look("/months").links
    assert '<a href="/pictures" aria-current="page">' in browser.html
    become(browser, "監査", "auditor")
    assert "/import" not in browser.look("/").links


@pytest.mark.parametrize("asked", [{"since": "x"}, {"until": "2022/2/30"}])
def test_an_unreadable_date_is_marked_in_the_form(browser: Browser, asked: dict[str, str]) -> None:
    browser.look("/audit", 422, **asked)
    assert 'aria-invalid="true"' in browser.html


def test_an_unknown_position_in_the_log_causes_no_error(browser: Browser) -> None:
    browser.look("/audit", 404, after="c_none.1")
    assert browser.look("/audit", late_days="x").text and browser.look("/audit/why", of="%").text


def test_reasons_and_beliefs_are_files_too_by_reference(late: Browser) -> None:
    rows = late.client.get("/audit/why.csv", params={"of": "od-l"}).text.splitlines()
    assert "30日を経過する日" in rows[1] and any(",notify_cancellation,admin," in row for row in rows)
    asked = {"of": "OD-L", "known_on": "2022-06-05"}
    file = late.client.get("/audit/believed.csv", params=asked).text
    assert "OD-L,/contract/state,billing,cancel_notified" in file
    assert len(late.client.get("/audit/why.csv", params={"of": "none"}).text.splitlines()) == 1
    for name in ("why", "believed", "otherwise", "log"):
        assert late.client.get(f"/audit/{name}.xlsx", params=asked).status_code == 200


def test_another_reading_is_computed_over_the_book(late: Browser) -> None:
    late.desk.do(late.desk.get("/v1/contracts")["items"][0], "notify_cancellation", arrived_on="2022-06-10")
    page = late.look("/audit/otherwise", choice="several_notices:last_arrived")
    assert "OD-L" in page.text and "2022年7月1日（金）" in page.text and "2022年7月10日（日）" in page.text
    file = late.client.get("/audit/otherwise.csv", params={"choice": "several_notices:last_arrived"}).text
    assert "effective_on,2022-07-01,2022-07-10" in file
    assert "1件の契約をすべて調べました" in page.text
    assert "違いのある契約はありません" in late.look("/audit/otherwise", choice="gb_per_tb:", number="1024").text
    for wrong in ("several_notices:earlier", "none:1", "gb_per_tb:"):
        late.look("/audit/otherwise", 422, choice=wrong, number="x")


def test_a_long_what_if_computation_resumes_on_the_next_page(
    late: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    late.desk.do(late.desk.get("/v1/contracts")["items"][0], "notify_cancellation", arrived_on="2022-06-10")
    late.desk.accepted(reference="OD-M", requested_billing_start_on="2022-07-01")
    monkeypatch.setattr(otherwise, "PATIENCE_S", 0.0)
    page, seen = late.look("/audit/otherwise", choice="several_notices:last_arrived"), []
    while "続きがあります" in page.text:
        seen.append(("OD-L" in page.text, "違いのある契約はありません" in page.text))
        page = late.look(next(link for link in page.links if "after=" in link))
    assert seen == [(True, False), (False, False)]
    assert "2件の契約をすべて調べました" in page.text and "これより後に、違いのある契約はありません" in page.text


def test_the_page_of_operations_lists_parked_rows_and_decisions(late: Browser) -> None:
    id_ = late.desk.get("/v1/contracts")["items"][0]["id"]
    now = late.desk.context.clock()
    with writing(late.desk.engine) as conn:
        park(conn, [StepFault(id_, "terminate", now, 0, "ValueError: no")], now)
    late.desk.context.four_eyes = True
    become(late, "田中", "operator", "order_desk")
    place = proposed(
        late, late.desk.apply(reference="OD-5", requested_billing_start_on="2022-07-01"), accepted_on="2022-06-11"
    )
    become(late, "佐藤", "operator")
    late.send(confirmation_of(late.look(place)))
    become(late, "監査", "auditor")
    page = late.look("/audit/log")
    assert "ValueError: no" in page.text and "OD-L" in page.text
    assert "依頼を承認" in page.text and "田中" in page.text and "佐藤" in page.text and "OD-5" in page.text
    assert "approved,田中,佐藤" in late.client.get("/audit/log.csv").text


def test_the_api_accepts_references_instead_of_ids(late: Browser) -> None:
    asked: dict[str, dict[str, str]] = {"why/{}": {}, "believed": {"contract": "{}"}, "reads": {"subject": "{}"}}
    for question, query in asked.items():
        for of, status in (("od-l", 200), ("OD-NONE", 404)):
            named = {name: text.format(of) for name, text in query.items()}
            known = {"known_at": "2022-06-11T00:00:00Z"} if question == "believed" else {}
            late.desk.get(f"/v1/audit/{question.format(of)}", status, **named, **known)
