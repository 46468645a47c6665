"""Usage, charges and statements: corrected, exact, reproducible for any past instant, and all in one file."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lifecycle.cli import app
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import (
    amounts,
    changed,
    charged,
    claim,
    entered,
    impossible,
    last_row,
    later,
    lines,
    outage,
    refusing,
    use,
)

FULL = ("monthly_base_fee", 100_000)


@pytest.fixture
def contract(desk: Desk) -> Json:
    return entered(desk, "2022-03-01")


def test_use_is_recorded_as_written_and_corrected_by_another_put(desk: Desk, contract: Json) -> None:
    first = use(desk, contract, "2022-03", transcode_hours="102.25", storage_gb=2000, live_hours=70.5)
    assert (first["transcode_hours"], first["storage_gb"], first["delivery_gb"], first["live_hours"]) == (
        "102.25", "2000", "0", "70.5"
    )  # fmt: skip
    again = use(desk, contract, "2022-03", live_hours="0.000001")
    assert (again["id"], again["version"], again["transcode_hours"]) == (first["id"], 2, "102.25")
    assert desk.get(f"{path_of(contract)}/usage/2022-03") == again
    assert desk.get(f"{path_of(contract)}/usage/2022-04", 404)["detail"] == "There is no such usage."
    rows = [row for row in desk.feed() if row["subject_id"] == first["id"]]
    assert [(row["event"], row["facts"]["live_hours"]) for row in rows] == [
        ("record", "70.5"), ("correct", "0.000001")
    ]  # fmt: skip


def test_a_month_that_has_not_begun_has_no_use(desk: Desk, contract: Json) -> None:
    before = desk.counts()
    problem = use(desk, contract, "2022-05", 409, live_hours=1)
    assert refusing(problem) == [("month_has_begun", "Art. 7, Annex 1")]
    assert problem["rulings"][0]["on"] == "2022-05-01"
    assert desk.counts() == before
    assert use(desk, contract, "2022-04", live_hours=1)["month"] == "2022-04"


def test_usage_of_a_terminated_contract_is_still_recorded(desk: Desk, contract: Json) -> None:
    desk.do(contract, "notify_cancellation", arrived_on="2022-03-01", reason="late")
    assert desk.show(contract)["terminated_on"] == "2022-03-31"
    use(desk, contract, "2022-03", delivery_gb="1000.01")
    assert amounts(lines(desk, contract, "2022-03")) == [
        ("initial_fee", 80_000), FULL, ("overage_delivery_gb", 8)
    ]  # fmt: skip
    use(desk, contract, "2022-04", delivery_gb=5_000)
    assert lines(desk, contract, "2022-04") == []


def test_a_statement_as_known_before_a_late_correction_stays_the_same(desk: Desk, contract: Json) -> None:
    use(desk, contract, "2022-03", live_hours=72)
    then = later("2022-04-22T09:00:00+09:00", hours=1)
    desk.move_to("2022-04-25")
    use(desk, contract, "2022-03", live_hours=80)
    told = [("initial_fee", 80_000), FULL]
    assert amounts(lines(desk, contract, "2022-03")) == [*told, ("overage_live_hours", 750)]
    assert amounts(lines(desk, contract, "2022-03", known_at=then)) == [*told, ("overage_live_hours", 150)]
    now = "2022-04-25T09:00:00+09:00"
    assert lines(desk, contract, "2022-03", known_at=now) == lines(desk, contract, "2022-03")
    assert ("overage_live_hours", 150) in amounts(charged(desk, contract, known_at=then))
    assert ("overage_live_hours", 750) in amounts(charged(desk, contract))
    before = desk.get(f"{path_of(contract)}/statements/2022-03", 404, known_at="2022-04-01T00:00:00+09:00")
    assert before["detail"] == "There is no such contract at that moment."


def test_a_statement_as_known_before_a_late_claim_has_no_credit(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], "2022-03-10T08:00:00+09:00", recovered_at="2022-03-12T08:00:00+09:00")
    then = later("2022-04-22T09:00:00+09:00", hours=1)
    desk.move_to("2022-05-02")
    claim(desk, contract, hit, claimed_on="2022-04-20", reason="found in the post room")
    assert amounts(lines(desk, contract, "2022-04")) == [FULL, ("outage_credit", -6_666)]
    assert amounts(lines(desk, contract, "2022-04", known_at=then)) == [FULL]
    assert charged(desk, contract, known_at=then) == [
        charge for charge in charged(desk, contract) if charge["kind"] != "outage_credit"
        and charge["arose_at"] <= then
    ]  # fmt: skip


def test_a_credit_is_capped_at_the_base_fee_and_flagged(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], "2022-03-02T00:00:00+09:00", recovered_at="2022-04-20T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-04-21")
    found = lines(desk, contract, "2022-04")
    assert amounts(found) == [FULL, ("outage_credit", -100_000)]
    assert found[-1]["flag"] == "credit exceeds the base fee"


def test_all_charges_together_are_all_statements_together(desk: Desk) -> None:
    contract = entered(desk, "2022-01-15", "premium")
    option = desk.accept(desk.apply_for_option(contract), billing_starts_on="2022-04-25", monthly_fee_yen=33_333)
    desk.do(option, "notify_cancellation")
    changed(desk, contract, "basic", "2022-06-10", fee_yen=12_345)
    hit = outage(desk, [contract], "2022-02-10T08:00:00+09:00", recovered_at="2022-02-20T07:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-03-01")
    for month in ("2022-01", "2022-02", "2022-04"):
        use(desk, contract, month, transcode_hours="250.5", live_hours="150.000001")
    desk.do(contract, "notify_cancellation", chosen_on="2022-07-31")
    desk.move_to("2022-09-01")
    charges = charged(desk, contract)
    months = [f"2022-{month:02}" for month in range(1, 9)]
    stated = [line for month in months for line in lines(desk, contract, month)]
    assert sorted(stated, key=str) == sorted(charges, key=str)
    assert [charge["arose_at"] for charge in charges] == sorted(charge["arose_at"] for charge in charges)
    assert sum(charge["amount_yen"] or 0 for charge in charges) == sum(
        desk.get(f"{path_of(contract)}/statements/{month}")["total_yen"] for month in months
    )
    assert len({charge["kind"] for charge in charges}) == 8


def test_use_of_a_contract_is_recorded_even_before_it_is_billed(desk: Desk) -> None:
    contract = desk.accepted()
    use(desk, contract, "2022-04", live_hours=900)
    assert amounts(lines(desk, contract, "2022-04")) == [("initial_fee", 150_000)]
    impossible(desk.do(contract, "accept", 409), "accept", "accepted", desk.show(contract)["allowed_events"])
    assert last_row(desk, contract)["event"] == "accept"


def run(desk: Desk, *arguments: str, code: int = 0) -> str:
    """Return the output of the command."""
    url = desk.engine.url.render_as_string(hide_password=False)
    result = CliRunner().invoke(app, ["statements", *arguments, "--database-url", url])
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_writes_every_statement_of_a_month_line_by_line(desk: Desk, tmp_path: Path) -> None:
    contracts = [entered(desk, "2022-03-01", reference=f"=K+{n}") for n in range(3)]
    use(desk, contracts[0], "2022-04", live_hours=72)
    gone = entered(desk, "2022-03-01")
    desk.do(gone, "notify_cancellation", arrived_on="2022-03-01", reason="late")
    hit = outage(desk, [gone], "2022-03-02T00:00:00+09:00", recovered_at="2022-03-04T00:00:00+09:00")
    claim(desk, gone, hit, claimed_on="2022-04-20")
    desk.accepted()  # billed from May
    file = tmp_path / "april.csv"
    said = run(desk, "2022-04", "--out", str(file))
    assert "5 statements with 6 lines of 2022-04 in " in said.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir()] == ["april.csv"]
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    for contract in [*contracts, gone]:
        mine = [row for row in rows if row["contract_id"] == contract["id"]]
        expected = [(kind, str(yen)) for kind, yen in amounts(lines(desk, contract, "2022-04"))]
        assert [(row["kind"], row["amount_yen"]) for row in mine] == expected
    assert {row["reference"] for row in rows if "K+" in row["reference"]} == {f"'=K+{n}" for n in range(3)}
    assert [row["flag"] for row in rows if row["contract_id"] == gone["id"]] == ["credit exceeds the base fee"]


def test_the_command_refuses_what_is_no_month_and_a_folder_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    for month in ("2022-13", "2022", "May 2022"):
        assert "not a month" in run(desk, month, "--out", str(tmp_path / "x.csv"), code=2)
    assert "cannot write" in run(desk, "2022-04", "--out", str(tmp_path / "none" / "x.csv"), code=1)
    assert list(tmp_path.iterdir()) == []
