"""Thirty contracts in every situation, all entered on one day. The same seed gives the same contracts."""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.api.desk import Desk, Json, path_of

TODAY = date(2022, 4, 22)
SIZE = 30


def fill(desk: Desk, seed: int = 8) -> None:
    """Enter the contracts: applications, options, acceptances, notices of both, some revoked, some rejected."""
    draw = Random(seed)
    for number in range(SIZE):
        contract = desk.apply(
            reference=f"K-{number:02}",
            received_on="2022-03-01",
            item="premium" if draw.random() < 0.8 else "basic",
            options=[{"kind": "drm", "reference": f"D-{number:02}"}] if draw.random() < 0.7 else [],
        )
        if number % 10 == 9:
            desk.do(contract, draw.choice(["reject", "withdraw"]), reason="the book wants one")
            continue
        start = day(draw, -50, 40)
        desk.accept(contract, **accepted(start))
        option = contract["options"][0]["id"] if contract["options"] else None
        if option and contract["item"] == "premium" and draw.random() < 0.8:
            desk.accept(option, **accepted(start + timedelta(days=draw.choice([0, 0, 1, 10, 45]))))
            notify(desk, draw, option, 0.4)
        notify(desk, draw, contract["id"], 0.8)
        if draw.random() < 0.2:
            notify(desk, draw, contract["id"], 1.0)
        take_back(desk, draw, contract["id"])


def accepted(start: date) -> Json:
    return {"accepted_on": str(min(start, TODAY)), "billing_starts_on": str(start), "reason": "from the book"}


def notify(desk: Desk, draw: Random, subject: str, chance: float) -> None:
    """Enter a notice, perhaps with a chosen day, unless the subject has ended or the random choice is no."""
    shown = desk.show(subject)
    if draw.random() > chance or "notify_cancellation" not in shown["allowed_events"]:
        return
    chosen = str(day(draw, 20, 300)) if draw.random() < 0.5 else None
    late = draw.choice([0, 0, 5, 40])
    arrived = max(TODAY - timedelta(days=late), date.fromisoformat(shown["accepted_on"]))
    facts: dict[str, Any] = {"arrived_on": str(arrived), "chosen_on": chosen, "reason": "from the book"}
    rehearsed = desk.client.post(f"{path_of(subject)}/notify_cancellation", json=facts, params={"dry_run": True})
    if rehearsed.status_code == 409:  # an option accepted after the end that this notice leads to (R37)
        facts["accept_invalidated"] = [one["id"] for one in rehearsed.json()["changes"]["invalidated"]]
    desk.do(subject, "notify_cancellation", **facts)


def take_back(desk: Desk, draw: Random, subject: str) -> None:
    """Revoke one notice in six."""
    if draw.random() < 0.17 and "revoke_cancellation" in desk.show(subject)["allowed_events"]:
        desk.do(subject, "revoke_cancellation", reason="from the book")


def day(draw: Random, first: int, last: int) -> date:
    """A day so many days from the day of entry."""
    return TODAY + timedelta(days=draw.randint(first, last))
