"""Notices: a contract can have several, one can be revoked, and a preview shows the effect of each."""

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.situations import contract_in, option_in

MADE = {"contract": contract_in, "option": option_in}


def ending(subject: Json) -> tuple[str, list[tuple[str, bool]]]:
    """Return the last day, and each notice's own day with whether it is revoked."""
    found = subject["cancellation"]
    return found["effective_on"], [(n["effective_on"], n["revoked"]) for n in found["notices"]]


@pytest.mark.parametrize("kind", MADE)
def test_one_of_two_notices_is_revoked_and_the_other_decides(desk: Desk, kind: str) -> None:
    subject = MADE[kind](desk, "billing")
    first = desk.do(subject, "notify_cancellation")
    both = desk.do(subject, "notify_cancellation", chosen_on="2022-09-30")
    assert ending(both) == ("2022-05-22", [("2022-05-22", False), ("2022-09-30", False)])
    assert "several_notices" in {ruling["rule"] for ruling in both["cancellation"]["because"]}
    notice = first["cancellation"]["notices"][0]["id"]
    one = desk.do(subject, "revoke_cancellation", notice=notice, reason="agreed on the phone")
    assert one["state"] == "cancel_notified"
    assert ending(one) == ("2022-09-30", [("2022-05-22", True), ("2022-09-30", False)])
    assert one["next"] == {"event": "terminate", "due_at": "2022-10-01T00:00:00+09:00"}


def test_a_revoked_notice_cannot_be_revoked_again(desk: Desk) -> None:
    contract = contract_in(desk, "cancel_notified", "another notice stands")
    facts = {"notice": contract["cancellation"]["notices"][0]["id"], "reason": "agreed"}
    desk.do(contract, "revoke_cancellation", **facts)
    problem = desk.do(contract, "revoke_cancellation", 409, **facts)
    assert [(r["rule"], r["reading"]) for r in problem["rulings"]] == [("notice_stands", "R13")]


def test_a_revocation_without_a_named_notice_revokes_all(desk: Desk) -> None:
    contract = contract_in(desk, "cancel_notified", "another notice stands")
    after = desk.do(contract, "revoke_cancellation", reason="agreed")
    assert (after["state"], after["cancellation"], after["next"]["event"]) == (
        "accepted", None, "start_billing",
    )  # fmt: skip
    row = desk.history(contract)[-1]
    assert [r["rule"] for r in row["rulings"]] == ["taken_back_with_consent", "minimum_term"]
    assert "later_of_notice_and_chosen_day" in {r["rule"] for r in row["rulings_before"]}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("notice", ["c_00000000000000000000000000.4", "nothing", "💥"])
def test_an_unknown_notice_cannot_be_revoked(desk: Desk, kind: str, notice: str) -> None:
    subject = MADE[kind](desk, "cancel_notified")
    assert desk.do(subject, "revoke_cancellation", 404, notice=notice, reason="agreed") == {
        "type": "/problems/unknown",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such notice.",
        "instance": f"{path_of(subject)}/revoke_cancellation",
    }


def test_the_notice_of_another_contract_cannot_be_revoked(desk: Desk) -> None:
    one, other = contract_in(desk, "cancel_notified"), contract_in(desk, "cancel_notified")
    notice = other["cancellation"]["notices"][0]["id"]
    assert desk.do(one, "revoke_cancellation", 404, notice=notice, reason="agreed")["status"] == 404


def test_a_notice_cannot_be_revoked_after_its_last_day(desk: Desk) -> None:
    contract = desk.do(contract_in(desk, "billing"), "notify_cancellation")
    desk.move_to("2022-05-22T23:59:59+09:00")
    desk.post(f"{path_of(contract)}/revoke_cancellation", {"reason": "agreed"}, dry_run=True)
    desk.move_to("2022-05-23T00:00:00+09:00")
    problem = desk.do(contract, "revoke_cancellation", 409, reason="agreed")
    assert (problem["state"], problem["allowed_events"]) == ("terminated", [])


PREVIEWS: list[tuple[str, str, str, str | None]] = [
    ("premium", "2022-06-01", "2022-04-22", None),
    ("basic", "2022-06-01", "2022-05-30", None),
    ("basic", "2022-06-01", "2022-05-02", None),
    ("premium", "2022-05-01", "2022-06-10", "2022-09-30"),
    ("premium", "2022-05-01", "2022-06-10", "2022-06-01"),
    ("premium", "2022-05-01", "2022-06-10", "2022-07-10"),
    ("basic", "2022-05-31", "2022-05-31", None),
    ("basic", "2022-04-30", "2022-04-30", "2199-12-31"),
]


@pytest.mark.parametrize(("item", "starts_on", "arrived_on", "chosen_on"), PREVIEWS)
def test_a_preview_agrees_with_the_real_contract(
    open_desk: OpenDesk, item: str, starts_on: str, arrived_on: str, chosen_on: str | None
) -> None:
    desk = open_desk()
    asked = {"item": item, "billing_starts_on": starts_on, "arrived_on": arrived_on}
    foreseen = desk.get("/v1/preview/cancellation", **asked, **({"chosen_on": chosen_on} if chosen_on else {}))
    contract = desk.accepted(item=item, requested_billing_start_on=starts_on)
    desk.move_to(max(arrived_on, "2022-04-23"))
    shown = desk.do(contract, "notify_cancellation", arrived_on=arrived_on, chosen_on=chosen_on)
    real = shown["cancellation"]
    for name in ("effective_on", "ends_at", "decided_by", "because", "billing_starts"):
        assert foreseen[name] == real[name]
    assert foreseen["minimum_term_ends_on"] == shown["minimum_term_ends_on"]
    assert foreseen["notice_period_ends_on"] == real["notices"][0]["notice_period_ends_on"]
