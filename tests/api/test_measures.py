"""Measures of Art. 10 on a contract: ground, notice, start and planned end."""

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import entered, impossible, last_row, measured, refusing

MAY = {"starts_at": "2022-05-01T10:00:00+09:00", "ends_at": "2022-05-03T10:00:00+09:00"}
KINDS = {
    "suspension": "Art. 10(1)(1)",
    "consultation": "Art. 10(1)(2)",
    "deletion_request": "Art. 10(1)(3)",
    "deletion": "Art. 10(1)(4)",
    "access_limit": "Art. 10(2), 10(3)",
}


@pytest.fixture
def contract(desk: Desk) -> Json:
    return entered(desk, "2022-03-01")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_measure_leaves_the_contract_unchanged(desk: Desk, contract: Json, kind: str) -> None:
    measure = measured(desk, contract, kind=kind, notified=False)
    assert (measure["state"], measure["next"], measure["allowed_events"]) == ("in_force", None, ["lift"])
    assert desk.show(contract) == contract
    row = last_row(desk, measure)
    assert [(r["rule"], r["article"], r["reading"]) for r in row["rulings"]] == [
        ("measure_taken", KINDS[kind], "R30")
    ]
    assert "without notice" in row["rulings"][0]["because"]
    assert desk.get(f"{path_of(contract)}/measures") == {"items": [measure], "next": None}


def test_a_planned_measure_starts_and_ends_by_the_clock(desk: Desk, contract: Json) -> None:
    measure = measured(desk, contract, **MAY)
    assert (measure["state"], measure["next"]) == ("planned", {"event": "start", "due_at": MAY["starts_at"]})
    due = desk.get("/v1/due", until="2022-06-01T00:00:00+09:00")["items"]
    assert [(entry["event"], entry["due_at"]) for entry in due] == [
        ("start", MAY["starts_at"]), ("end", MAY["ends_at"])
    ]  # fmt: skip
    desk.move_to("2022-05-01T10:00:00+09:00")
    assert desk.show(measure)["state"] == "in_force"
    desk.move_to("2022-05-03T10:00:00+09:00")
    over = desk.show(measure)
    assert (over["state"], over["next"], over["lifted_at"]) == ("ended", None, None)
    rows = desk.history(measure)
    assert [(row["event"], row["actor"], row["caused_by"]) for row in rows[1:]] == [
        ("start", "clock", rows[0]["id"]), ("end", "clock", rows[0]["id"])
    ]  # fmt: skip
    impossible(desk.do(measure, "lift", 409), "lift", "ended", [])


@pytest.mark.parametrize("when", [{}, MAY])
def test_a_measure_is_lifted_once_in_force_or_planned(desk: Desk, contract: Json, when: Json) -> None:
    measure = measured(desk, contract, **when)
    lifted = desk.do(measure, "lift", reason="the complaint was withdrawn")
    assert (lifted["state"], lifted["lifted_at"]) == ("lifted", "2022-04-22T09:00:00+09:00")
    impossible(desk.do(measure, "lift", 409), "lift", "lifted", [])
    assert last_row(desk, measure)["reason"] == "the complaint was withdrawn"


@pytest.mark.parametrize("ends_at", [MAY["starts_at"], "2022-05-01T00:59:59Z"])
def test_the_planned_end_must_be_after_the_start(desk: Desk, contract: Json, ends_at: str) -> None:
    before = desk.counts()
    problem = measured(desk, contract, 409, **MAY | {"ends_at": ends_at})
    assert refusing(problem) == [("measure_in_order", "Art. 10")]
    assert desk.counts() == before


def test_a_suspension_leaves_notice_period_and_fees_running(desk: Desk, contract: Json) -> None:
    expected = desk.post(f"{path_of(contract)}/notify_cancellation", {}, dry_run=True)["cancellation"]
    before = desk.get(f"{path_of(contract)}/statements/2022-05")
    measured(desk, contract)
    assert desk.get(f"{path_of(contract)}/statements/2022-05") == before
    noticed = desk.do(contract, "notify_cancellation")["cancellation"]
    assert (noticed["effective_on"], noticed["decided_by"]) == (expected["effective_on"], "notice_period")
