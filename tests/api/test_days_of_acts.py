"""Events name the day or the instant they happened; an instant orders notice and acceptance (R10, R16)."""

from datetime import datetime
from typing import Any

import pytest

from lifecycle.commands.event_operations import EVENT_ROUTES, EventRoute
from lifecycle.machines.body import Entering
from tests.api.desk import START, Desk, Json, path_of
from tests.api.parts import last_row, measured, refusing
from tests.api.situations import contract_in

DOMAIN = {"custom_domain": {"name": "v.example.jp", "acquired": True, "dns_registered": False}, "https": False}
ACTS: dict[
    str, tuple[str, str, Json]
] = {  # the state it is tried in, the stem of its two fields, what else is sent
    "withdraw": ("applied", "withdrawn", {}),
    "reject": ("applied", "rejected", {"reason": "x"}),
    "reschedule_billing": ("accepted", "agreed", {"billing_starts_on": "2022-06-01"}),
    "revoke_cancellation": ("cancel_notified", "agreed", {"reason": "x"}),
    "end_by_agreement": ("accepted", "agreed", {"ends_on": "2022-06-01", "reason": "x"}),
    "end_by_company": ("accepted", "declared", {"ends_on": "2022-06-01", "ground": "x", "reason": "x"}),
    "amend": ("applied", "amended", {"item": "basic"}),
}


@pytest.mark.parametrize("event", ACTS)
def test_an_act_gives_a_day_or_an_instant_never_both(standing_desk: Desk, event: str) -> None:
    state, stem, body = ACTS[event]
    contract = contract_in(standing_desk, state)
    both = body | {f"{stem}_on": "2022-04-22", f"{stem}_at": "2022-04-22T08:00:00+09:00"}
    problem = standing_desk.do(contract, event, 422, **both)
    assert problem["errors"] == [{"pointer": "", "detail": f"give {stem}_on or {stem}_at, not both"}]


@pytest.mark.parametrize("event", ACTS)
def test_an_act_in_the_future_is_refused(standing_desk: Desk, event: str) -> None:
    state, stem, body = ACTS[event]
    contract = contract_in(standing_desk, state)
    for moment in ({f"{stem}_on": "2022-04-23"}, {f"{stem}_at": "2022-04-22T09:00:01+09:00"}):
        problem = standing_desk.do(contract, event, 409, **body | moment)
        assert "not_in_future" in [rule for rule, _ in refusing(problem)]


@pytest.mark.parametrize("event", [event for event in ACTS if event != "revoke_cancellation"])
@pytest.mark.parametrize(
    ("given", "legal"),
    [
        ({}, "2022-04-22T09:00:00+09:00"),
        ({"at": "2022-04-22T08:15:00+09:00"}, "2022-04-22T08:15:00+09:00"),
        ({"at": "2022-04-21T23:15:00Z"}, "2022-04-22T08:15:00+09:00"),
    ],
)
def test_the_history_has_its_legal_instant(standing_desk: Desk, event: str, given: Json, legal: str) -> None:
    state, stem, body = ACTS[event]
    contract = contract_in(standing_desk, state)
    moment = {f"{stem}_{name}": value for name, value in given.items()}
    changed = standing_desk.post(f"{path_of(contract)}/{event}", body | moment)
    row = next(row for row in standing_desk.history(changed) if row["event"] == event)
    assert row["effective_at"] == legal


def applied(desk: Desk) -> Json:
    return desk.apply(received_on="2022-04-20")


# an acceptance and a notice of 21 April, entered at 09:00 on the 22nd in that order
ORDERS: list[tuple[Json, Json, str]] = [
    ({"accepted_at": "2022-04-21T11:00:00+09:00"}, {"arrived_at": "2022-04-21T09:00:00+09:00"}, "withdrawn"),
    ({"accepted_at": "2022-04-21T09:00:00+09:00"}, {"arrived_at": "2022-04-21T11:00:00+09:00"}, "cancels"),
    ({"accepted_on": "2022-04-21"}, {"arrived_on": "2022-04-21"}, "cancels"),
    ({"accepted_at": "2022-04-21T11:00:00+09:00"}, {"arrived_on": "2022-04-21"}, "cancels"),
    ({"accepted_on": "2022-04-21"}, {"arrived_at": "2022-04-21T09:00:00+09:00"}, "cancels"),
    ({"accepted_at": "2022-04-21T00:00:01+09:00"}, {"arrived_at": "2022-04-21T00:00:00+09:00"}, "withdrawn"),
]


@pytest.mark.parametrize(("acceptance", "notice", "outcome"), ORDERS)
def test_instants_of_one_day_order_notice_and_acceptance(
    desk: Desk, acceptance: Json, notice: Json, outcome: str
) -> None:
    contract = desk.accept(applied(desk), **acceptance)
    if outcome == "cancels":
        after = desk.do(contract, "notify_cancellation", **notice)
        assert after["cancellation"]["effective_on"] == "2022-05-31"  # the minimum term
        return
    problem = desk.do(contract, "notify_cancellation", 409, **notice)
    (ruling,) = problem["rulings"]
    assert (ruling["rule"], ruling["reading"]) == ("notice_needs_a_contract", "R10")
    assert "withdraw" in ruling["because"].lower()
    assert desk.show(contract)["state"] == "accepted"


def test_the_instants_are_facts_of_the_history_where_they_were_given(desk: Desk) -> None:
    contract = desk.accept(applied(desk), accepted_at="2022-04-21T09:00:00+09:00")
    assert last_row(desk, contract)["facts"]["accepted_at"] == "2022-04-21T09:00:00+09:00"
    desk.do(contract, "notify_cancellation", arrived_at="2022-04-21T11:00:00+09:00")
    assert last_row(desk, contract)["facts"]["arrived_at"] == "2022-04-21T11:00:00+09:00"
    other = desk.accept(applied(desk), accepted_on="2022-04-21")
    assert "accepted_at" not in last_row(desk, other)["facts"]


def test_a_withdrawal_before_the_acceptance_invalidates_it_only_with_consent(desk: Desk) -> None:
    contract = desk.accept(applied(desk), accepted_at="2022-04-21T11:00:00+09:00")
    entry = last_row(desk, contract)["id"]
    body: dict[str, Any] = {"withdrawn_at": "2022-04-21T09:00:00+09:00", "reason": "the letter was found"}
    problem = desk.do(contract, "withdraw", 409, **body)
    assert [one["id"] for one in problem["changes"]["invalidated"]] == [entry]
    after = desk.do(contract, "withdraw", accept_invalidated=[entry], **body)
    assert (after["state"], after["accepted_on"]) == ("withdrawn", None)


def test_a_condition_met_in_time_and_entered_late_leaves_the_billing_start_on_its_day(
    desk: Desk,
) -> None:
    contract = desk.accepted(delivery=DOMAIN)
    desk.move_to("2022-05-10")
    assert desk.show(contract)["billing_held"] is True
    after = desk.do(contract, "meet_condition", condition="dns", met_on="2022-04-28")
    assert (after["state"], after["billing_starts_on"], after["billing_held"]) == ("billing", "2022-05-01", False)


def test_a_measure_is_lifted_from_the_instant_named(desk: Desk) -> None:
    contract = desk.accept(applied(desk), accepted_on="2022-04-21")
    measure = desk.post(
        f"{path_of(contract)}/measures",
        {"kind": "suspension", "ground": "x", "notified": True, "starts_at": "2022-04-22T07:00:00+09:00"},
        201,
    )
    path = f"/v1/measures/{measure['id']}/lift"
    assert (
        desk.post(path, {"lifted_at": "2022-04-22T09:00:01+09:00"}, 409)["rulings"][0]["rule"] == "not_in_future"
    )
    lifted = desk.post(path, {"lifted_at": "2022-04-22T08:30:00+09:00", "reason": "over"})
    assert (lifted["state"], lifted["lifted_at"]) == ("lifted", "2022-04-22T08:30:00+09:00")


@pytest.mark.parametrize("event", ["withdraw", "amend", "change_administrator"])
def test_an_event_before_the_receipt_of_the_application_is_refused(desk: Desk, event: str) -> None:
    contract = applied(desk)
    bodies: dict[str, Json] = {
        "withdraw": {"withdrawn_on": "2022-04-19"},
        "amend": {"amended_on": "2022-04-19", "item": "basic"},
        "change_administrator": {"on": "2022-04-19", "administrator": {"name": "x"}},
    }
    problem = desk.do(contract, event, 409, **bodies[event])
    assert refusing(problem) == [("not_before_the_application", "Art. 7")]


def test_an_event_earlier_on_the_day_of_the_application_is_refused_by_its_time(desk: Desk) -> None:
    contract = desk.apply(received_at="2022-04-20T09:00:00+09:00")
    problem = desk.do(contract, "withdraw", 409, withdrawn_at="2022-04-20T08:00:00+09:00")
    (ruling,) = problem["rulings"]
    assert "later than the time given" in ruling["because"] and "時刻" in ruling["because_ja"]


def test_a_revocation_is_agreed_on_after_the_notice_arrived(desk: Desk) -> None:
    contract = desk.accept(applied(desk), accepted_on="2022-04-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-21")
    problem = desk.do(contract, "revoke_cancellation", 409, agreed_on="2022-04-20", reason="x")
    assert problem["state"] == "accepted"
    after = desk.do(contract, "revoke_cancellation", agreed_at="2022-04-21T15:00:00+09:00", reason="x")
    assert (after["state"], last_row(desk, after)["effective_at"]) == ("accepted", "2022-04-21T15:00:00+09:00")


def test_a_revocation_agreed_in_time_and_entered_late_reverses_the_end(desk: Desk) -> None:
    contract = desk.accept(applied(desk), accepted_on="2022-04-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-21")
    desk.move_to("2022-06-10")
    assert desk.show(contract)["state"] == "terminated"
    after = desk.do(contract, "revoke_cancellation", agreed_on="2022-05-30", reason="the letter was found")
    assert (after["state"], after["terminated_on"]) == ("billing", None)
    assert [row["event"] for row in after["changes"]["superseded"]] == ["terminate"]


@pytest.mark.parametrize("event", [event for event, (_, _, body) in ACTS.items() if "reason" in body])
def test_events_that_require_a_reason_are_refused_without_one(standing_desk: Desk, event: str) -> None:
    state, _, body = ACTS[event]
    contract = contract_in(standing_desk, state)
    sent = {name: value for name, value in body.items() if name != "reason"}
    assert [error["pointer"] for error in standing_desk.do(contract, event, 422, **sent)["errors"]] == ["/reason"]


@pytest.mark.parametrize("content", [b"", b"null"])
def test_a_body_that_is_left_out_means_now(desk: Desk, content: bytes) -> None:
    measure = measured(desk, desk.accepted())
    answer = desk.client.post(
        f"{path_of(measure)}/lift", content=content, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["lifted_at"]) == (200, START)


@pytest.mark.parametrize(
    "route", [route for route in EVENT_ROUTES if route.input.may_be_left_out], ids=lambda route: route.operation
)
def test_every_event_whose_body_may_be_left_out_has_facts_by_default(route: EventRoute) -> None:
    facts = route.input.facts(route.input.body(), Entering(datetime.fromisoformat(START), lambda: None))
    assert isinstance(facts, route.event.facts)
