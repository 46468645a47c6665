"""Art. 4 and the end by the company: administrator, misuse with follow-up, end with ground and day."""

import pytest

from tests.api.desk import START, Desk, path_of
from tests.api.parts import entered, impossible, last_row, measured, refusing
from tests.api.situations import contract_in

FINAL = ["rejected", "withdrawn", "terminated"]
LIVE = ["applied", "accepted", "billing", "cancel_notified"]
MISUSE = {"found_at": START, "instruction": "change every key"}
END = {"ends_on": "2022-06-30", "ground": "General terms, Art. 25", "reason": "fees unpaid"}
PERSON = {"name": "佐藤花子", "email": "sato@example.co.jp"}
BODIES = {"change_administrator": {"administrator": PERSON}, "report_misuse": MISUSE}


@pytest.mark.parametrize("event", BODIES)
@pytest.mark.parametrize("state", LIVE)
def test_control_changes_hands_and_is_misused_in_every_live_state(desk: Desk, event: str, state: str) -> None:
    contract = contract_in(desk, state)
    after = desk.do(contract, event, **BODIES[event])
    assert (after["state"], after["version"]) == (state, contract["version"] + 1)
    assert event in contract["allowed_events"]


@pytest.mark.parametrize("event", [*BODIES, "end_by_company"])
@pytest.mark.parametrize("state", FINAL)
def test_control_events_are_refused_on_a_terminated_contract(desk: Desk, event: str, state: str) -> None:
    contract = contract_in(desk, state)
    before = desk.counts()
    impossible(desk.do(contract, event, 409, **(BODIES | {"end_by_company": END})[event]), event, state, [])
    assert desk.counts() == before


def test_another_administrator_is_shown_and_found_but_not_written_into_the_history(desk: Desk) -> None:
    contract = desk.accepted()
    after = desk.do(contract, "change_administrator", administrator=PERSON, reason="she took over")
    assert (after["administrator"], after["customer"]) == (PERSON, contract["customer"])
    assert [item["id"] for item in desk.get("/v1/contracts", q="佐藤")["items"]] == [contract["id"]]
    assert desk.get("/v1/contracts", q="山田")["items"] == []
    row = last_row(desk, contract)
    assert "佐藤" not in str(row)
    assert (row["facts"], row["reason"], len(row["personal"])) == ({}, "she took over", 64)
    assert [(r["rule"], r["article"]) for r in row["rulings"]] == [("administrator_changed", "Art. 4(1)")]


def test_an_application_without_an_administrator_is_accepted_once_one_is_named(desk: Desk) -> None:
    contract = desk.apply(administrator=None)
    assert refusing(desk.do(contract, "accept", 409)) == [("administrator_named", "Art. 4(1)")]
    desk.do(contract, "change_administrator", administrator=PERSON)
    assert desk.do(contract, "accept")["state"] == "accepted"


def test_a_misuse_report_shows_its_instruction_and_its_follow_up(desk: Desk) -> None:
    contract = desk.accepted()
    reported = desk.do(contract, "report_misuse", **MISUSE)
    row = last_row(desk, contract)
    assert reported["misuse_reports"] == [
        {
            "id": row["id"],
            "found_on": "2022-04-22",
            "instruction": "change every key",
            "comply_by": None,
            "follow_up": None,
        }
    ]
    assert row["effective_at"] == START
    assert [(r["rule"], r["article"]) for r in row["rulings"]] == [("misuse_reported", "Art. 4(4)")]
    done = desk.do(contract, "follow_up_misuse", report=row["id"], follow_up="every key was changed")
    assert done["misuse_reports"][0]["follow_up"] == "every key was changed"
    problem = desk.do(contract, "follow_up_misuse", 409, report=f"{contract['id']}.1", follow_up="done")
    assert refusing(problem) == [("report_on_record", "Art. 4(4)")]


def test_misuse_is_not_found_tomorrow(desk: Desk) -> None:
    problem = desk.do(desk.accepted(), "report_misuse", 409, **MISUSE | {"found_at": "2022-04-22T09:00:01+09:00"})
    assert refusing(problem) == [("not_in_future", "Art. 4(4)")]


@pytest.mark.parametrize("state", ["accepted", "billing", "cancel_notified"])
def test_the_company_ends_a_contract_for_cause_on_its_day(desk: Desk, state: str) -> None:
    contract = contract_in(desk, state)
    ends_on = "2022-05-10"
    ended = desk.do(contract, "end_by_company", **END | {"ends_on": ends_on})
    assert (ended["state"], ended["cancellation"]["effective_on"]) == ("cancel_notified", ends_on)
    assert ended["cancellation"]["decided_by"] == "company"
    notice = ended["cancellation"]["notices"][-1]
    assert (notice["by"], notice["chosen_on"], notice["notice_period_ends_on"]) == ("company", ends_on, None)
    row = last_row(desk, contract)
    assert (row["facts"]["ground"], row["reason"]) == (END["ground"], END["reason"])
    assert (row["rulings"][0]["rule"], row["rulings"][0]["reading"]) == ("company_end", "R31")
    desk.move_to("2022-05-11")
    assert desk.show(contract)["terminated_on"] == ends_on
    assert last_row(desk, contract)["caused_by"] == row["id"]


def test_an_application_is_not_ended_but_rejected(desk: Desk) -> None:
    contract = desk.apply()
    impossible(desk.do(contract, "end_by_company", 409, **END), "end_by_company", "applied",
               contract["allowed_events"])  # fmt: skip


def test_the_company_ends_nothing_in_the_past_nor_before_the_acceptance(desk: Desk) -> None:
    contract = desk.accept(desk.apply(received_on="2022-04-20"), accepted_on="2022-04-21")
    past = desk.do(contract, "end_by_company", 409, **END | {"ends_on": "2022-04-21"})
    assert refusing(past) == [("company_end_to_come", "General terms")]
    assert past["rulings"][0]["on"] == "2022-04-22"
    before = desk.do(contract, "end_by_company", 409, **END | {"ends_on": "2022-04-20"})
    assert refusing(before) == [
        ("company_end_after_acceptance", "General terms"), ("company_end_to_come", "General terms")
    ]  # fmt: skip
    assert desk.do(contract, "end_by_company", **END | {"ends_on": "2022-04-22"})["next"] == {
        "event": "terminate", "due_at": "2022-04-23T00:00:00+09:00"
    }  # fmt: skip


def test_a_suspended_contract_still_ends_on_its_day_and_the_measure_with_it(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    measure = measured(desk, contract)
    ends_on = desk.do(contract, "notify_cancellation")["cancellation"]["effective_on"]
    assert ends_on == "2022-05-22"
    desk.move_to("2022-05-23")
    assert desk.show(contract)["state"] == "terminated"
    assert desk.get(path_of(measure))["state"] == "ended"
