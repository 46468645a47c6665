"""Issued statements, differences found later, and money that waits for a person (R25, R40, R41)."""

import csv
import hashlib
import io
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from lifecycle.cli import app
from lifecycle.commands import issue_month as issuing
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import amounts, claim, credits_of, ended, entered, lines, outage, refusing, use

FULL = ("monthly_base_fee", 100_000)


@pytest.fixture
def contract(desk: Desk) -> Json:
    """Basic, billed from 1 March 2022; it is 5 July."""
    found = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    return found


def issue(desk: Desk, contract: Json, month: str, status: int = 200, **query: bool) -> Json:
    return desk.post(f"{path_of(contract)}/statements/{month}/issue", None, status, **query)


def statement(desk: Desk, contract: Json, month: str, **query: str) -> Json:
    return desk.get(f"{path_of(contract)}/statements/{month}", **query)


def refunds(desk: Desk, contract: Json) -> list[Json]:
    found: list[Json] = desk.get(f"{path_of(contract)}/refunds")["items"]
    return found


def waiting(desk: Desk) -> list[tuple[str, str]]:
    return [(w["id"], w["what"]) for w in desk.get("/v1/waiting")["items"] if w["kind"] == "refund"]


def two_days(desk: Desk, contract: Json) -> Json:
    """48 hours of outage from 10 June, claimed on 20 June: 6,666 yen."""
    hit = outage(desk, [contract], "2022-06-10T00:00:00+09:00", recovered_at="2022-06-12T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-06-20", reason="found in the post room")
    return hit


# --- issuing ------------------------------------------------------------------------------------


def test_an_issued_statement_stays_as_sent_and_the_next_one_carries_the_difference(
    desk: Desk, contract: Json
) -> None:
    sent = issue(desk, contract, "2022-06")
    assert (sent["issued_at"], amounts(sent["lines"])) == ("2022-07-05T09:00:00+09:00", [FULL])
    two_days(desk, contract)
    june = statement(desk, contract, "2022-06")
    assert (june["lines"], june["total_yen"], june["issued_at"]) == (sent["lines"], 100_000, sent["issued_at"])
    (about,) = june["adjustments"]
    (credit,) = credits_of(desk, contract)
    assert (about["month"], about["amount_yen"], about["subject_id"]) == ("2022-07", -6_666, credit["id"])
    assert about["adjusts"] == {"month": "2022-06", "kind": "outage_credit"}
    assert about["cause"] == next(r["id"] for r in desk.feed() if r["event"] == "claim")
    assert lines(desk, contract, "2022-07")[-1] == about
    assert statement(desk, contract, "2022-07")["total_yen"] == 93_334
    desk.move_to("2022-08-05")
    assert issue(desk, contract, "2022-07")["total_yen"] == 93_334
    assert amounts(lines(desk, contract, "2022-08")) == [FULL]


def test_a_repeated_issue_answers_the_first_and_a_dry_run_stores_nothing(desk: Desk, contract: Json) -> None:
    before = desk.counts()
    issue(desk, contract, "2022-06", dry_run=True)
    assert desk.counts() == before
    first = issue(desk, contract, "2022-06")
    desk.move_to("2022-07-06")
    assert issue(desk, contract, "2022-06") == first
    assert statement(desk, contract, "2022-06", known_at="2022-07-05T08:00:00+09:00")["issued_at"] is None


def test_only_months_that_are_over_are_issued(desk: Desk, contract: Json) -> None:
    for month in ("2022-07", "2022-08"):
        assert refusing(issue(desk, contract, month, 409)) == [("month_not_over", "Art. 7, Annex 1")]
        assert refusing(desk.post(f"/v1/statements/{month}/issue", None, 409))[0][0] == "month_not_over"
    assert issue(desk, contract, "2022-06")["total_yen"] == 100_000
    desk.move_to("2022-08-01T00:00:00+09:00")
    assert issue(desk, contract, "2022-07")["total_yen"] == 100_000
    desk.post("/v1/contracts/c_01g1793000mdgr1ppmy0ffgaq3/statements/2022-06/issue", None, 404)
    issue(desk, contract, "1999-06", 422)


def test_a_month_is_issued_for_all_part_by_part(
    desk: Desk, contract: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "PART", 2)
    others = [entered(desk, "2022-06-01") for _ in range(3)]
    entered(desk, "2022-07-01")
    issue(desk, others[1], "2022-06")
    counted = desk.post("/v1/statements/2022-06/issue", None, dry_run=True)
    assert counted == {"month": "2022-06", "issued": 3, "already": 1}
    assert desk.post("/v1/statements/2022-06/issue") == counted
    assert desk.post("/v1/statements/2022-06/issue") == {"month": "2022-06", "issued": 0, "already": 4}
    page = desk.get("/v1/statements/2022-06", limit=3)
    rest = desk.get("/v1/statements/2022-06", cursor=page["next"])
    found = [*page["items"], *rest["items"]]
    assert [one["contract_id"] for one in found] == sorted(one["id"] for one in (contract, *others))
    assert {one["total_yen"] for one in found} == {100_000, 180_000} and all(one["issued_at"] for one in found)
    assert rest["next"] is None
    file = desk.client.get("/v1/statements/2022-06", params={"format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["contract_id"], int(row["total_yen"]), row["issued_at"]) for row in rows] == [
        (one["contract_id"], one["total_yen"], one["issued_at"]) for one in found
    ]  # fmt: skip

    file = desk.client.get("/v1/statements/2022-06", params={"format": "xlsx"}).content
    sheet = load_workbook(io.BytesIO(file)).worksheets[0]
    heads, first, *_ = sheet.iter_rows(values_only=True)
    assert heads == (
        "契約番号",
        "参照番号",
        "お客様名",
        "対象月",
        "合計（円、税抜）",
        "注意",
        "発行日時",
        "他システムで請求済み",
    )
    assert (sheet.title, first[3:6], first[7]) == (
        "明細一覧",
        ("2022年6月", found[0]["total_yen"], None),
        "いいえ",
    )
    assert f"{first[6]:%Y-%m-%dT%H:%M:%S}+09:00" == found[0]["issued_at"]


def test_issued_statements_cannot_be_changed_or_removed(desk: Desk, contract: Json) -> None:
    issue(desk, contract, "2022-06")
    for statement_ in ("UPDATE issued SET total_yen = 1", "DELETE FROM issued"):
        with pytest.raises(DBAPIError, match=r"append-only|permission denied"), writing(desk.engine) as conn:
            conn.execute(text(statement_))


# --- money that waits ---------------------------------------------------------------------------


def test_after_the_end_the_difference_waits_until_a_person_settles_it(desk: Desk, contract: Json) -> None:
    for month in ("2022-05", "2022-06"):
        issue(desk, contract, month)
    desk.do(contract, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    (open_,) = refunds(desk, contract)  # it ended on 15 June
    notice = desk.show(contract)["cancellation"]["notices"][0]["id"]
    assert open_ | {"id": ""} == {
        "id": "", "direction": "refund", "month": "2022-06", "amount_yen": 50_000, "state": "open",
        "cause": {"kind": "monthly_base_fee", "subject_id": contract["id"], "entry": notice},
        "settled_on": None, "how": None,
    }  # fmt: skip
    assert waiting(desk) == [(contract["id"], "refund: 50,000 yen")]
    path, done = (
        f"{path_of(contract)}/refunds/{open_['id']}/settle",
        {"settled_on": "2022-07-05", "how": "transfer"},
    )
    future = {"settled_on": "2022-07-06", "how": "transfer"}
    assert refusing(desk.post(path, future, 409))[0][0] == "not_in_future"
    before = desk.counts()
    assert desk.post(path, done, dry_run=True)["state"] == "settled"
    assert desk.counts() == before
    assert desk.post(path, done) == open_ | done | {"state": "settled"}
    assert desk.post(path, done, 409)["detail"] == "It is settled already."
    assert desk.post(path.replace(open_["id"], "r_" + "0" * 26), done, 404)
    assert refunds(desk, contract) == [open_ | done | {"state": "settled"}] and waiting(desk) == []


def test_a_claim_after_the_last_month_is_money_to_refund(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-09-02")
    ended(desk, contract, date(2022, 8, 19))
    hit = outage(desk, [contract], "2022-07-20T00:00:00+09:00", recovered_at="2022-07-23T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-09-02")
    desk.move_to("2022-10-02")
    (credit,) = credits_of(desk, contract)
    assert (credit["state"], credit["amount_yen"]) == ("credited", 10_000)
    (open_,) = refunds(desk, contract)
    assert (open_["direction"], open_["month"], open_["amount_yen"]) == ("refund", "2022-09", 10_000)
    assert open_["cause"]["kind"] == "credit_left" and open_["cause"]["subject_id"] == credit["id"]
    assert waiting(desk) == [(contract["id"], "refund: 10,000 yen")]
    assert sum(yen or 0 for _, yen in amounts(lines(desk, contract, "2022-09"))) == 0


# --- billed elsewhere, and the command line -----------------------------------------------------


def run(desk: Desk, *arguments: str) -> str:
    url = desk.engine.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(app, ["statements", *arguments, "--database-url", url])
    assert result.exit_code == 0, result.output
    return result.output


def test_months_billed_before_this_version_have_no_statement(desk: Desk, contract: Json) -> None:
    late = entered(desk, "2022-06-01")
    assert "1 contracts" in run(desk, "--issued-until", "2022-05")
    assert "0 contracts" in run(desk, "--issued-until", "2022-05")
    may = statement(desk, contract, "2022-05")
    assert (may["lines"], may["total_yen"], may["billed_elsewhere"]) == ([], 0, True)
    assert refusing(issue(desk, contract, "2022-05", 409))[0][0] == "billed_elsewhere"
    assert statement(desk, contract, "2022-06")["total_yen"] == 100_000
    use(desk, contract, "2022-04", live_hours=72)  # 2 hours above what is included
    (open_,) = refunds(desk, contract)
    assert (open_["direction"], open_["month"], open_["amount_yen"]) == ("payment", "2022-04", 150)
    assert waiting(desk) == [(contract["id"], "payment: 150 yen")]
    assert amounts(lines(desk, contract, "2022-06")) == [FULL]
    assert refunds(desk, late) == []


def test_the_statements_command_lists_the_issued_months(desk: Desk, contract: Json, tmp_path: object) -> None:
    for month in ("2022-05", "2022-06"):
        issue(desk, contract, month)
    said = run(desk).split()
    assert said.index("2022-06") < said.index("2022-05") and "100,000" in said
    file = f"{tmp_path}/june.csv"
    assert "1 of them are issued" in run(desk, "2022-06", "--out", file)
    with open(file, encoding="utf-8-sig") as rows:
        assert {row["issued_at"] for row in csv.DictReader(rows)} == {"2022-07-05T09:00:00+09:00"}


def test_the_lines_are_kept_with_their_hash(desk: Desk, contract: Json) -> None:
    issue(desk, contract, "2022-06")
    with reading(desk.engine) as conn:
        row = conn.execute(select(tables.issued)).one()
    assert hashlib.sha256(row.lines.encode()).hexdigest() == row.hash


# --- usage of a month that was sent -------------------------------------------------------------


def test_usage_recorded_after_the_issue_lists_the_changed_amounts(desk: Desk, contract: Json) -> None:
    issue(desk, contract, "2022-06")
    told = use(desk, contract, "2022-06", live_hours=72)["changes"]
    (money,) = told["money"]
    owed = money["after_yen"]
    assert money == {
        "month": "2022-06", "kind": "overage_live_hours", "before_yen": 0, "after_yen": owed, "issued": True
    }  # fmt: skip
    assert told["documents"] == ["statement", "adjustment"] and owed > 0
    assert lines(desk, contract, "2022-07")[-1]["amount_yen"] == owed
    back = use(desk, contract, "2022-06", live_hours=0)["changes"]
    assert [(one["before_yen"], one["after_yen"]) for one in back["money"]] == [(owed, 0)]


def test_usage_that_changes_no_issued_amount_lists_no_changes(desk: Desk, contract: Json) -> None:
    issue(desk, contract, "2022-06")
    assert "changes" not in use(desk, contract, "2022-05", live_hours=72)
    assert "changes" not in use(desk, contract, "2022-06", live_hours=1)  # within what the fee includes


def test_the_same_use_again_is_no_entry(desk: Desk, contract: Json) -> None:
    first = use(desk, contract, "2022-06", live_hours=72, storage_gb="1.5")
    before = desk.counts()
    assert use(desk, contract, "2022-06", live_hours="72") == first
    assert desk.counts() == before
