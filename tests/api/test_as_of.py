"""What was in force at a past instant and what was known about it: two independent time axes."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, path_of


def at(day: str, hour: str = "12:00:00") -> str:
    return f"{day}T{hour}+09:00"


@pytest.fixture(scope="module")
def late(standing_desk: Desk) -> Json:
    """A contract billed from 1 May; a notice of 10 June is entered on 20 July, so it ended on 10 July."""
    contract = standing_desk.accepted(received_on="2022-04-20", options=[{"kind": "drm", "reference": "D"}])
    standing_desk.accept(contract["options"][0])
    standing_desk.move_to("2022-07-20")
    standing_desk.do(contract, "notify_cancellation", arrived_on="2022-06-10", reason="found in the post room")
    return contract


# (effective_at, known_at) → state of the contract, state of the option
BELIEFS: list[tuple[str | None, str | None, str, str]] = [
    (at("2022-04-20"), None, "applied", "applied"),
    (at("2022-04-22", "08:59:59"), None, "applied", "applied"),
    (at("2022-04-22", "09:00:00"), None, "accepted", "accepted"),
    (at("2022-04-30", "23:59:59"), None, "accepted", "accepted"),
    (at("2022-05-01", "00:00:00"), None, "billing", "billing"),
    (at("2022-06-09", "23:59:59"), None, "billing", "billing"),
    (at("2022-06-10", "00:00:00"), None, "cancel_notified", "billing"),
    (at("2022-07-10", "23:59:59"), None, "cancel_notified", "billing"),
    (at("2022-07-11", "00:00:00"), None, "terminated", "terminated"),
    (at("2022-07-15"), None, "terminated", "terminated"),
    (None, at("2022-07-15"), "billing", "billing"),
    (at("2022-07-15"), at("2022-07-15"), "billing", "billing"),
    (at("2022-07-15"), at("2022-07-20", "09:00:00"), "terminated", "terminated"),
    (at("2022-06-20"), at("2022-07-20", "08:59:59"), "billing", "billing"),
    (at("2022-06-20"), at("2022-07-20", "09:00:00"), "cancel_notified", "billing"),
    (at("2022-06-20"), at("2022-04-25"), "billing", "billing"),
    (at("2199-12-31"), at("2022-07-19"), "billing", "billing"),
    (at("2199-12-31"), None, "terminated", "terminated"),
]


@pytest.mark.parametrize(("effective_at", "known_at", "state", "option"), BELIEFS, ids=str)
def test_a_late_notice_changes_what_held_but_not_what_was_believed(
    standing_desk: Desk, late: Json, effective_at: str | None, known_at: str | None, state: str, option: str
) -> None:
    asked = {name: value for name, value in (("effective_at", effective_at), ("known_at", known_at)) if value}
    shown = standing_desk.show(late, **asked)
    assert (shown["state"], shown["options"][0]["state"]) == (state, option)
    assert shown["allowed_events"] == []
    assert shown["as_of"]["effective_at"] == (effective_at or known_at)
    assert shown["as_of"]["known_at"] == (known_at or at("2022-07-20", "09:00:00"))


def test_the_reasons_are_those_of_the_moment(standing_desk: Desk, late: Json) -> None:
    believed = standing_desk.show(late, known_at=at("2022-07-15"))
    held = standing_desk.show(late, effective_at=at("2022-06-20"))
    assert (believed["cancellation"], believed["next"]) == (None, None)
    assert held["cancellation"]["effective_on"] == "2022-07-10"
    assert held["next"] == {"event": "terminate", "due_at": at("2022-07-11", "00:00:00")}
    assert held["cancellation"] == standing_desk.show(late)["cancellation"]


MOMENTS: list[Json] = [
    {"effective_at": at("2022-04-19")},
    {"effective_at": at("2022-04-19"), "known_at": at("2022-07-20")},
    {"known_at": at("2022-04-22", "08:59:59")},
    {"effective_at": at("2022-05-01"), "known_at": at("2022-04-21")},
]


@pytest.mark.parametrize("moments", MOMENTS, ids=str)
def test_before_the_application_there_was_nothing(standing_desk: Desk, late: Json, moments: Any) -> None:
    problem = standing_desk.show(late, 404, **moments)
    assert (problem["type"], problem["instance"]) == ("/problems/unknown", path_of(late))


def test_a_future_moment_shows_what_will_follow(desk: Desk) -> None:
    contract = desk.accepted()
    assert desk.show(contract, effective_at=at("2022-05-01"))["state"] == "billing"
    assert desk.show(contract)["state"] == "accepted"


def test_a_revoked_notice_was_believed_until_then(desk: Desk) -> None:
    contract = desk.accepted()
    desk.move_to("2022-05-10")
    desk.do(contract, "notify_cancellation")
    desk.move_to("2022-05-20")
    desk.do(contract, "revoke_cancellation", reason="agreed on the phone")
    assert desk.show(contract, known_at=at("2022-05-15"))["state"] == "cancel_notified"
    assert desk.show(contract, effective_at=at("2022-05-15"))["state"] == "cancel_notified"
    assert desk.show(contract, effective_at=at("2022-05-20"))["state"] == "billing"


def test_the_present_moment_is_the_present_answer(standing_desk: Desk, late: Json) -> None:
    now, moment = standing_desk.show(late), standing_desk.show(late, effective_at=at("2022-07-20"))
    apart = {"as_of", "allowed_events", "version"}
    assert {k: v for k, v in moment.items() if k not in apart} == {k: v for k, v in now.items() if k not in apart}
