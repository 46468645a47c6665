"""The documents sent to customers, as an auditor gets them."""

import csv
import hashlib
import io
import json
from pathlib import Path

from typer.testing import CliRunner

from lifecycle.cli import app
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import entered
from tests.docs.pages import ROOT


def sent(desk: Desk, **query: str) -> list[Json]:
    answer = desk.client.get("/v1/audit/sent", params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def url(desk: Desk) -> str:
    return desk.engine.url.render_as_string(hide_password=False)


def test_an_auditor_can_check_what_was_issued_settled_and_billed_elsewhere(desk: Desk, tmp_path: Path) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    assert (
        CliRunner().invoke(app, ["statements", "--issued-until", "2022-03", "--database-url", url(desk)]).exit_code
        == 0
    )
    for month in ("2022-05", "2022-06"):
        desk.post(f"{path_of(contract)}/statements/{month}/issue")
    desk.do(contract, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    (waits,) = desk.get(f"{path_of(contract)}/refunds")["items"]
    done = {"settled_on": "2022-07-04", "how": "=transfer"}
    desk.post(f"{path_of(contract)}/refunds/{waits['id']}/settle", done)
    rows = sent(desk)
    assert [(row["record"], row["month"], row["amount_yen"]) for row in rows] == [
        ("issued", "2022-05", "100000"), ("issued", "2022-06", "100000"),
        ("billed_elsewhere", "2022-03", ""), ("settled", "2022-06", "-50000"),
    ]  # fmt: skip
    assert {row["contract"] for row in rows} == {contract["id"]}
    for row in rows[:2]:
        assert hashlib.sha256(row["content"].encode()).hexdigest() == row["hash"]
        shown = desk.get(f"{path_of(contract)}/statements/{row['month']}")
        assert json.loads(row["content"]) == shown["lines"] and row["at"] == shown["issued_at"]
    settled = rows[3]
    assert (settled["id"], settled["settled_on"], settled["kind"]) == (
        waits["id"],
        "2022-07-04",
        "monthly_base_fee",
    )
    assert settled["entry"] == waits["cause"]["entry"] and settled["content"] == "'=transfer"  # no formula
    assert [row["record"] for row in sent(desk, month="2022-05")] == ["issued"]
    assert desk.client.get("/v1/audit/sent", params={"month": "May"}).status_code == 422
    file = tmp_path / "sent.csv"
    run = CliRunner().invoke(app, ["audit", "sent", "--out", str(file), "--database-url", url(desk)])
    assert run.exit_code == 0 and "4 rows" in run.output
    assert list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))) == rows


def test_an_export_proves_what_was_issued(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    path = f"{path_of(contract)}/statements/2022-05/issue"
    desk.post(path, None, dry_run=True)
    version = desk.get(path_of(contract))["version"]
    issued = desk.post(path)
    desk.post(path)  # the same again writes nothing
    (stored,) = sent(desk)
    (row,) = [row for row in desk.history(contract) if row["event"] == "issue_statement"]
    assert row["facts"] == {"month": "2022-05", "total_yen": issued["total_yen"], "sha256": stored["hash"]}
    assert row["stands"] and row["recorded_at"] == issued["issued_at"]
    assert desk.get(path_of(contract))["version"] == version


def test_months_issued_for_all_have_their_rows_too(desk: Desk) -> None:
    contracts = [entered(desk, "2022-03-01") for _ in range(3)]
    desk.move_to("2022-07-05")
    desk.post("/v1/statements/2022-06/issue")
    hashes = {row["contract"]: row["hash"] for row in sent(desk)}
    for contract in contracts:
        assert [row["facts"]["sha256"] for row in desk.history(contract) if row["event"] == "issue_statement"] == [
            hashes[contract["id"]]
        ]


def test_an_issued_statement_is_neither_corrected_nor_annulled(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    entry = desk.history(contract)[-1]["id"]
    annulment = {"entries": [entry], "ground": "never_happened", "reason": "sent in error"}
    refused = desk.post(f"{path_of(contract)}/annulments", annulment, 409)
    assert refused["detail"] == "A statement stands as it was sent: put right what it is about."
    correction = {"entry": entry, "facts": {"total_yen": 1}, "reason": "sent in error"}
    assert desk.post(f"{path_of(contract)}/corrections", correction, 409)["detail"] == refused["detail"]


def test_neither_an_issue_nor_a_note_is_the_cause_of_a_difference(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    for month in ("2022-05", "2022-06"):
        desk.post(f"{path_of(contract)}/statements/{month}/issue")
    desk.post(f"{path_of(contract)}/notes", {"text": "The customer asks for a copy."}, 201)
    assert desk.get("/v1/waiting")["items"] == []
    desk.do(contract, "notify_cancellation", arrived_on="2022-05-16", reason="found in the post room")
    desk.post(f"{path_of(contract)}/notes", {"text": "The customer was told."}, 201)
    (waits,) = desk.get(f"{path_of(contract)}/refunds")["items"]
    notice = next(row["id"] for row in desk.history(contract) if row["event"] == "notify_cancellation")
    assert waits["cause"]["entry"] == notice


def test_the_journal_of_a_month_holds_what_was_issued(desk: Desk, tmp_path: Path) -> None:
    contract = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    file, mapping = tmp_path / "journal.csv", str(ROOT / "docs" / "examples" / "journal-yayoi.toml")
    words = ["statements", "2022-06", "--journal", mapping, "--out", str(file), "--database-url", url(desk)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    lines = desk.get(f"{path_of(contract)}/statements/2022-06")["lines"]
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("cp932"))))
    assert [int(row[8]) for row in rows] == [line["amount_yen"] for line in lines if line["amount_yen"]]
    assert {row[3] for row in rows} == {"2022/06/30"} and rows
    assert desk.application["customer"]["name"] not in str(rows)
    done = CliRunner().invoke(app, ["statements", "2022-06", "--journal", str(file), *words[4:]])
    assert done.exit_code == 1 and "cannot use" in done.output
