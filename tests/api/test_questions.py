"""The questions of auditors over the API: one request each, with consistent pages."""

from datetime import timedelta
from typing import Any

import pytest

from lifecycle.queries.statistics import lag_by_day
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json

LATE = "found in the post room"


@pytest.fixture(scope="module")
def ended(standing_desk: Desk) -> Json:
    """A contract with an option; a notice of 10 June 2022 is entered on 20 July, so it ended on 10 July."""
    desk = standing_desk
    contract = desk.accepted(received_on="2022-04-20", options=[{"kind": "drm", "reference": "D"}])
    desk.accept(contract["options"][0])
    desk.move_to("2022-07-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10", reason=LATE)
    desk.move_to("2022-07-21")
    return desk.show(contract)


def test_why_a_contract_ended_on_its_day(standing_desk: Desk, ended: Json) -> None:
    why = standing_desk.get(f"/v1/audit/why/{ended['id']}")
    assert (why["ended_on"], why["decided_by"], why["state"]) == ("2022-07-10", "notice_period", "terminated")
    assert [row["event"] for row in why["causes"]] == ["terminate", "notify_cancellation"]
    last, notice = why["causes"]
    assert (last["actor"], last["caused_by"], notice["actor"]) == ("clock", notice["id"], "admin")
    assert (notice["facts"]["arrived_on"], notice["reason"]) == ("2022-06-10", LATE)
    assert {"R2", "R6"} <= {ruling["reading"] for ruling in why["rulings"]}
    assert [row["event"] for row in why["decisions"]] == ["accept", "notify_cancellation"]


def test_the_reason_for_an_options_end_is_the_notice_of_its_contract(standing_desk: Desk, ended: Json) -> None:
    option = ended["options"][0]
    why = standing_desk.get(f"/v1/audit/why/{option['id']}")
    assert (why["kind"], why["decided_by"], why["ended_on"]) == ("option", "base_contract", "2022-07-10")
    assert [row["subject_id"] for row in why["causes"]] == [option["id"], ended["id"]]


def test_the_question_why_explains_a_future_end_or_its_absence(standing_desk: Desk, ended: Json) -> None:
    contract = standing_desk.accepted(requested_billing_start_on="2022-08-01")
    why = standing_desk.get(f"/v1/audit/why/{contract['id']}")
    assert (why["ended_on"], why["ends_at"], why["rulings"], why["causes"]) == (None, None, [], [])
    standing_desk.do(contract, "notify_cancellation")
    why = standing_desk.get(f"/v1/audit/why/{contract['id']}")
    assert (why["ended_on"], why["ends_at"][:10]) == (None, "2022-09-01")
    assert [row["event"] for row in why["causes"]] == ["notify_cancellation"]


def test_rows_added_by_a_correction_are_not_late_firings(desk: Desk) -> None:
    contract = desk.accepted(received_on="2022-04-20")
    desk.move_to("2022-06-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    desk.move_to("2022-09-01")
    notice = next(row for row in desk.history(contract) if row["event"] == "notify_cancellation")
    correction = {"entry": notice["id"], "facts": {"arrived_on": "2022-06-09"}, "reason": "misread"}
    desk.post(f"/v1/contracts/{contract['id']}/corrections", correction)
    (late,) = walked(desk, "late_firings", more_than_s=3_600)
    assert (late["event"], late["due_at"][:10], late["clock_late_by_s"]) == ("terminate", "2022-07-10", 0)
    assert late["known_at"] == late["recorded_at"]
    with reading(desk.engine) as conn:
        assert {lag.longest for lag in lag_by_day(conn)} == {timedelta(0)}


def test_the_question_why_covers_corrections_and_ignores_later_notes(desk: Desk) -> None:
    contract = desk.accepted(received_on="2022-04-20")
    desk.move_to("2022-06-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-05-10", reason=LATE)
    assert desk.show(contract)["terminated_on"] == "2022-06-09"
    path, notice = f"/v1/contracts/{contract['id']}", desk.history(contract)[-2]
    desk.post(f"{path}/notes", {"text": "a word after the end"}, 201)
    why = desk.get(f"/v1/audit/why/{contract['id']}")
    assert [row["event"] for row in why["causes"]] == ["terminate", "notify_cancellation"] and why["rulings"]

    correction = {"entry": notice["id"], "facts": {"arrived_on": "2022-06-10"}, "reason": "misread"}
    desk.post(f"{path}/corrections", correction)
    why = desk.get(f"/v1/audit/why/{contract['id']}")
    assert (why["ended_on"], why["ends_at"][:10]) == (None, "2022-07-11")
    assert [row["event"] for row in why["causes"]] == ["notify_cancellation"]
    assert [row["event"] for row in why["decisions"]] == ["accept", "notify_cancellation", "correct_entry"]

    desk.move_to("2022-07-20")
    why = desk.get(f"/v1/audit/why/{contract['id']}")
    assert [row["effective_at"][:10] for row in why["causes"]] == ["2022-07-11", "2022-05-10"]
    desk.post(f"{path}/annulments", {"entries": [notice["id"]], "ground": "never_happened", "reason": "not ours"})
    why = desk.get(f"/v1/audit/why/{contract['id']}")
    assert (why["ended_on"], why["ends_at"], why["causes"], why["rulings"]) == (None, None, [], [])
    assert why["decisions"][-1]["event"] == "annul_entry"


@pytest.mark.parametrize("unknown", ["c_" + "0" * 26, "o_" + "0" * 26, "nonsense", "x_" + "0" * 26])
def test_the_question_why_refuses_an_unknown_contract(standing_desk: Desk, unknown: str) -> None:
    assert standing_desk.get(f"/v1/audit/why/{unknown}", 404)["title"] == "Not found"


def test_the_question_believed_shows_the_state_and_the_later_differences(standing_desk: Desk, ended: Json) -> None:
    asked = {"contract": ended["id"], "known_at": "2022-07-15T12:00:00+09:00"}
    assert standing_desk.get("/v1/audit/believed", **asked)["believed"]["contract"]["state"] == "billing"
    told = standing_desk.get("/v1/audit/believed", **asked, against_known_at="2022-07-21T09:00:00+09:00")
    changed = {one["field"]: (one["believed"], one["against"]) for one in told["differences"]}
    assert changed["/contract/state"] == ("billing", "terminated")
    assert changed["/contract/terminated_on"] == (None, "2022-07-10")
    assert changed["/contract/cancellation/effective_on"] == (None, "2022-07-10")
    marks = {row["event"]: (row["late_by_days"], row["late"], row["corrects"]) for row in told["rows"]}
    assert marks["notify_cancellation"] == (40, True, False)
    assert marks["terminate"] == (9, True, False)
    assert "山田" not in str(told) and "サンプル" not in str(told)


def test_a_correction_and_an_annulment_are_marked_as_correcting(desk: Desk) -> None:
    contract = desk.accepted(received_on="2022-04-20")
    ids = {row["event"]: row["id"] for row in desk.history(contract)}
    path = f"/v1/contracts/{contract['id']}"
    facts = {"entry": ids["accept"], "facts": {"billing_starts_on": "2022-05-02"}, "reason": "misread"}
    desk.post(f"{path}/corrections", facts)
    gone = {"entries": [ids["accept"]], "ground": "never_happened", "reason": "another contract's"}
    desk.post(f"{path}/annulments", gone)
    now = desk.get("/v1/clock")["now"]
    asked = {"contract": contract["id"], "known_at": "2022-04-21T09:00:00+09:00", "effective_at": now}
    told = desk.get("/v1/audit/believed", **asked, against_known_at=now)
    assert {row["event"] for row in told["rows"] if row["corrects"]} >= {"correct_entry", "annul_entry"}


def test_the_same_moment_differs_in_nothing(standing_desk: Desk, ended: Json) -> None:
    moment = "2022-07-15T12:00:00+09:00"
    asked = {"contract": ended["id"], "known_at": moment, "against_known_at": moment}
    told = standing_desk.get("/v1/audit/believed", **asked)
    assert (told["differences"], told["rows"]) == ([], [])


def test_the_actions_of_an_actor_in_a_period_are_listed(standing_desk: Desk, ended: Json) -> None:
    asked = {"actor": "admin", "since": "2022-07-20T00:00:00+09:00", "until": "2022-07-21T00:00:00+09:00"}
    mine = [row for row in walked(standing_desk, "actions", **asked) if row["subject_id"] == ended["id"]]
    assert [row["event"] for row in mine] == ["notify_cancellation"]
    assert walked(standing_desk, "actions", actor="nobody") == []
    clock = walked(standing_desk, "actions", actor="clock")
    assert {"start_billing", "terminate"} <= {row["event"] for row in clock}


def test_late_entries_are_listed_with_their_days(standing_desk: Desk, ended: Json) -> None:
    (entry,) = walked(standing_desk, "late_entries", more_than_days=39)
    assert (entry["contract_id"], entry["days"], entry["reason"]) == (ended["id"], 40, LATE)
    assert walked(standing_desk, "late_entries", more_than_days=40) == []


def test_a_transition_that_could_not_fire_earlier_is_not_a_late_firing(standing_desk: Desk, ended: Json) -> None:
    late = walked(standing_desk, "late_firings", more_than_s=3_600)
    assert {row["event"] for row in late} == {"terminate"}
    row = next(row for row in late if row["subject_id"] == ended["id"])
    assert row["late_by_s"] == 9.375 * 86_400
    assert (row["known_at"], row["clock_late_by_s"]) == ("2022-07-20T09:00:00+09:00", 0.0)


@pytest.mark.parametrize("ground", ["choice", "assumed"])
def test_decisions_are_counted_by_the_reading_they_rest_on(standing_desk: Desk, ended: Json, ground: str) -> None:
    first = standing_desk.get("/v1/audit/rests_on", ground=ground, limit=500)
    for one in first["counts"]:
        only = walked(standing_desk, "rests_on", ground=ground, reading=one["reading"])
        assert len(only) == one["rows"]
        assert {ruling["reading"] for row in only for ruling in row["rulings"]} == {one["reading"]}
    if ground == "choice":
        assert {"R18", "R32"} <= {one["reading"] for one in first["counts"]}
        assert all("choice" in one["basis"] for one in first["counts"])
    else:
        assert all(ruling["assumed"] for row in first["items"] for ruling in row["rulings"])


def test_a_reading_decided_otherwise_affects_these_contracts(standing_desk: Desk, ended: Json) -> None:
    contract = standing_desk.accept(standing_desk.apply(), billing_starts_on="2022-08-10")
    standing_desk.do(contract, "notify_cancellation", arrived_on="2022-07-21", chosen_on="2022-08-21")
    before = standing_desk.counts()
    told = standing_desk.get("/v1/audit/otherwise", reading="R8")
    assert told["settings"] == {"within_minimum_term": "residual_fee"}
    changed = {one["field"]: (one["then"], one["otherwise"]) for one in of(told, contract)["differences"]}
    assert changed["effective_on"] == ("2022-09-09", "2022-08-21")
    assert changed["decided_by"] == ("minimum_term", "chosen_day")
    same = standing_desk.get("/v1/audit/otherwise", reading="R8", value="defer")
    assert (same["items"], same["looked_through"], same["next"]) == ([], before["contract"], None)
    assert standing_desk.counts() == before


@pytest.mark.parametrize(
    ("asked", "where", "said"),
    [
        ({"reading": "R2"}, "reading", "is no setting"),
        ({"reading": "R99"}, "reading", "there is no such reading"),
        ({"reading": "R11"}, "reading", "fixed in code"),
        ({"reading": "R23"}, "value", "needs a value"),
        ({"reading": "R23", "value": "weekly"}, "value", "cannot be that"),
        ({"reading": "R24", "setting": "proration"}, "setting", "is decided by overage_rounding, gb_per_tb"),
        ({"reading": "R24", "setting": "gb_per_tb"}, "value", "needs a value"),
    ],
    ids=str,
)
def test_a_what_if_question_without_an_alternative_is_refused(
    standing_desk: Desk, asked: Any, where: str, said: str
) -> None:
    (error,) = standing_desk.get("/v1/audit/otherwise", 422, **asked)["errors"]
    assert error["pointer"] == f"/query/{where}"
    assert said in error["detail"]


@pytest.mark.parametrize("question", ["actions", "late_firings", "rests_on"])
def test_small_pages_hold_what_one_large_page_holds(standing_desk: Desk, ended: Json, question: str) -> None:
    asked: Json = {"actions": {"actor": "clock"}, "late_firings": {"more_than_s": 0}, "rests_on": {}}[question]
    whole = standing_desk.get(f"/v1/audit/{question}", limit=500, **asked)["items"]
    assert walked(standing_desk, question, limit=3, **asked) == whole != []


def test_a_page_after_a_row_that_is_not_there_is_not_found(standing_desk: Desk) -> None:
    standing_desk.get("/v1/audit/actions", 404, actor="admin", cursor=f"c_{'0' * 26}.1")
    standing_desk.get("/v1/audit/actions", 422, actor="admin", cursor="nonsense")


def walked(desk: Desk, question: str, **asked: Any) -> list[Json]:
    """Every item of a question, page by page."""
    items: list[Json] = []
    while True:
        page = desk.get(f"/v1/audit/{question}", **asked)
        items += page["items"]
        if page["next"] is None:
            return items
        asked["cursor"] = page["next"]


def of(told: Json, contract: Json) -> Json:
    found: Json = next(item for item in told["items"] if item["contract_id"] == contract["id"])
    return found


def test_an_option_whose_application_holds_no_more_is_passed_over(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-03-01")
    option = desk.apply_for_option(contract, received_on="2022-04-20")
    body = {"withdrawn_on": "2022-04-10", "reason": "found late", "accept_invalidated": [f"{option['id']}.1"]}
    desk.do(contract, "withdraw", **body)
    assert desk.show(option)["state"] == "rejected"
    assert desk.get("/v1/audit/otherwise", reading="R8")["items"] == []
