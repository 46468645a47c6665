"""Every event in every state of contract and option: it results in the state of the events table or is refused."""

from collections.abc import Callable
from functools import cache

import pytest

from lifecycle.machines.table import EVENTS
from tests.api.desk import START, Desk, Json, path_of, without_changes
from tests.api.situations import ANOTHER, BEGUN, NOT_BEGUN, contract_in, option_in
from tests.oracle.tables import Row, rows, text

CLOCK = ("start_billing", "hold_billing", "terminate", "change_item")
ASIDE = (
    "meet_condition",
    "waive_condition",
    "follow_up_misuse",
    "receive_form",
)  # need something open first: tried elsewhere
FEES = {"initial_fee_yen": 0, "monthly_fee_yen": 5_000}
MADE = {"contract": contract_in, "option": option_in}


def body_of(kind: str, event: str, subject: Json, when: str | None) -> Json:
    """A body that nothing but the state can refuse."""
    notices = (subject["cancellation"] or {}).get("notices", [])
    bodies: dict[str, Json] = {
        "accept": {"billing_starts_on": "2022-06-01"} | (FEES if kind == "option" else {}),
        "reject": {"reason": "not cleared"},
        "report_misuse": {"found_at": START, "instruction": "change the keys"},
        "end_by_company": {"ends_on": "2023-06-30", "ground": "General terms", "reason": "unpaid"},
        "withdraw": {},
        "notify_cancellation": {},
        "reschedule_billing": {"billing_starts_on": "2022-07-01"},
        "revoke_cancellation": {"reason": "agreed", "notice": notices[0]["id"] if when == ANOTHER else None},
    }
    if event in bodies or EVENTS[kind][event].input is None:
        return bodies.get(event, {})
    return happening_now(kind, event)


def happening_now(kind: str, event: str) -> Json:
    """The example of an event without its own day or instant."""
    known = EVENTS[kind][event]
    assert known.input is not None
    own = ("on", f"{known.happened}_on", f"{known.happened}_at")
    example: Json = vars(known.input.body)["examples"][0]
    return {name: value for name, value in example.items() if name not in own}


def allowed(kind: str, state: str, *, begun: bool) -> list[str]:
    """What the table lets a person do in a state, by name."""
    events = [
        text(row, "event")
        for row in rows("events")
        if (row["kind"], row["state"]) == (kind, state) and row["outcome"] != "refused"
    ]
    gone = (*CLOCK, *ASIDE, "reschedule_billing") if begun else (*CLOCK, *ASIDE)
    return sorted({event for event in events if event not in gone})


Make = Callable[[Row], Json]


@pytest.fixture(scope="module")
def left_alone(standing_desk: Desk) -> Make:
    """A contract or an option in a row's situation, shared by all rows that do not change it."""

    @cache
    def made(kind: str, state: str, when: str | None) -> Json:
        return MADE[kind](standing_desk, state, when)

    return lambda row: made(text(row, "kind"), text(row, "state"), row["when"])


OURS = [row for row in rows("events") if row["kind"] in MADE and row["event"] not in ASIDE]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in OURS])
def test_an_event_results_in_the_state_of_the_table_or_is_refused(
    standing_desk: Desk, left_alone: Make, row: Row
) -> None:
    kind, state, event = text(row, "kind"), text(row, "state"), text(row, "event")
    stays = event in CLOCK or row["outcome"] == "refused"
    subject = left_alone(row) if stays else MADE[kind](standing_desk, state, row["when"])
    path, begun = f"{path_of(subject)}/{event}", row["when"] == BEGUN
    body = body_of(kind, event, subject, row["when"])
    assert sorted(subject["allowed_events"]) == allowed(kind, state, begun=begun)
    if event in CLOCK:  # fired by the clock alone
        assert standing_desk.post(path, body, 404)["title"] == "Not found"
    elif row["outcome"] == "refused":
        problem = standing_desk.post(path, body, 409)
        assert (problem["type"], problem["title"], problem["detail"], problem["instance"]) == (
            "/problems/not-possible",
            "Not possible in this state",
            f"{event} is not possible in the state {state}",
            path,
        )
        assert (problem["state"], problem["allowed_events"]) == (state, subject["allowed_events"])
        assert standing_desk.show(subject) == subject
    else:
        after = standing_desk.post(path, body)
        assert (after["state"], after["version"]) == (row["outcome"], subject["version"] + 1)
        assert standing_desk.show(subject) == without_changes(after)
        assert standing_desk.history(subject)[-1]["event"] == event


@pytest.mark.parametrize("kind", MADE)
def test_once_billing_has_begun_its_start_is_not_moved_under_a_notice(desk: Desk, kind: str) -> None:
    subject = MADE[kind](desk, "cancel_notified", BEGUN)
    problem = desk.do(subject, "reschedule_billing", 409, billing_starts_on="2022-07-01")
    assert [ruling["rule"] for ruling in problem["rulings"]] == ["billing_not_begun"]
    assert "reschedule_billing" not in subject["allowed_events"]


@pytest.mark.parametrize(("when", "state"), [(BEGUN, "billing"), (NOT_BEGUN, "accepted")])
def test_a_revoked_end_of_a_contract_restores_its_option(desk: Desk, when: str, state: str) -> None:
    contract = contract_in(desk, {"billing": "billing", "accepted": "accepted"}[state])
    option = desk.accept(desk.apply_for_option(contract), billing_starts_on="2022-06-01")
    desk.do(contract, "notify_cancellation")
    assert desk.show(option)["cancellation"]["decided_by"] == "base_contract"
    assert desk.do(contract, "revoke_cancellation", reason="agreed")["state"] == state
    again = desk.show(option)
    apart = {"version"}
    assert {k: v for k, v in again.items() if k not in apart} == {
        k: v for k, v in option.items() if k not in apart
    }


def test_options_are_rejected_or_withdrawn_with_their_contract(desk: Desk) -> None:
    for event, state in (("reject", "rejected"), ("withdraw", "withdrawn")):
        contract = desk.apply(options=[{"kind": "drm", "reference": f"D-{event}"}])
        after = desk.do(contract, event, reason="the rights are not cleared")
        option = desk.show(contract["options"][0])
        assert [option["state"], after["options"][0]["state"], after["state"]] == [state] * 3
        assert desk.history(option)[-1]["caused_by"] == desk.history(contract)[-1]["id"]
