"""A dry run gives exactly the answer of the later commit and stores nothing."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.api.answers import operations
from tests.api.desk import Desk, Json, Subject, path_of
from tests.api.money_scenes import SCENES as MONEY
from tests.api.part_scenes import SCENES as PART_SCENES
from tests.api.running_scenes import SCENES as RUNNING
from tests.api.terms_scenes import SCENES as TERMS

FEES = {"initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}
Scene = Callable[[Desk], tuple[str, Json]]


def of_contract(event: str, *before: tuple[str, Json], **body: Any) -> Scene:
    """The event on a contract that went through some others first."""

    def scene(desk: Desk) -> tuple[str, Json]:
        contract = desk.apply()
        for earlier, facts in before:
            desk.do(contract, earlier, **facts)
        return f"{path_of(contract)}/{event}", body

    return scene


def of_option(event: str, *before: tuple[str, Json], **body: Any) -> Scene:
    """The event on an option that went through some others first."""

    def scene(desk: Desk) -> tuple[str, Json]:
        option = desk.apply_for_option(desk.accepted())
        for earlier, facts in before:
            desk.do(option, earlier, **facts)
        return f"{path_of(option)}/{event}", body

    return scene


ACCEPT = ("accept", {})
OFFER = {"billing_starts_on": "2022-05-01"} | FEES
NOTIFY: tuple[str, Json] = ("notify_cancellation", {})
SCENES: dict[str, Scene] = {
    "contracts-apply": lambda desk: (
        "/v1/contracts",
        desk.application | {"reference": "K", "options": [{"kind": "drm", "reference": "D"}]},
    ),
    "contracts-accept": of_contract("accept", accepted_on="2022-04-22"),
    "contracts-reject": of_contract("reject", reason="not cleared"),
    "contracts-withdraw": of_contract("withdraw"),
    "contracts-reschedule_billing": of_contract("reschedule_billing", ACCEPT, billing_starts_on="2022-06-01"),
    "contracts-notify_cancellation": of_contract("notify_cancellation", ACCEPT, chosen_on="2022-09-30"),
    "contracts-revoke_cancellation": of_contract("revoke_cancellation", ACCEPT, NOTIFY, reason="agreed"),
    "options-apply": lambda desk: (f"{path_of(desk.accepted())}/options", {"kind": "drm", "reference": "D"}),
    "options-accept": of_option("accept", **OFFER),
    "options-reject": of_option("reject", reason="not for this title"),
    "options-withdraw": of_option("withdraw"),
    "options-reschedule_billing": of_option(
        "reschedule_billing", ("accept", OFFER), billing_starts_on="2022-06-01"
    ),
    "options-notify_cancellation": of_option("notify_cancellation", ("accept", OFFER)),
    "options-revoke_cancellation": of_option("revoke_cancellation", ("accept", OFFER), NOTIFY, reason="agreed"),
}
REFUSED: dict[str, Scene] = {
    "not possible in the state": of_contract("accept", ("withdraw", {})),
    "refused by the terms": of_contract("accept", accepted_on="2022-04-23"),
    "malformed": of_contract("reject"),
    "a reference that is taken": lambda desk: (
        "/v1/contracts",
        desk.application | {"reference": desk.apply()["reference"], "item": "basic"},
    ),
    "unknown": lambda desk: ("/v1/contracts/c_00000000000000000000000000/withdraw", {}),
}


def without_ids(response: Any) -> tuple[int, str, dict[str, str]]:
    """Return an answer with every id of a new contract or option replaced by a constant."""
    headers = {name: response.headers.get(name, "") for name in ("content-type", "etag", "location")}
    hidden = {name: re.sub(r"[co]_[0-9a-z]{26}", "id", value) for name, value in headers.items()}
    return response.status_code, re.sub(r"[co]_[0-9a-z]{26}", "id", response.text), hidden


def rehearsed_and_done(desk: Desk, path: str, body: Json) -> tuple[int, str, dict[str, str]]:
    """The answer of the commit, after a dry run that answered the same and stored nothing."""
    before = desk.counts()
    rehearsed = desk.client.post(path, json=body, params={"dry_run": True})
    assert desk.counts() == before
    done = desk.client.post(path, json=body)
    status, body_of_done, headers = without_ids(done)
    would = (200, body_of_done, headers | {"location": ""}) if status == 201 else (status, body_of_done, headers)
    assert without_ids(rehearsed) == would, "nothing is made, and nothing is there to look at"
    return status, body_of_done, headers


@pytest.mark.parametrize("operation", SCENES)
def test_a_dry_run_answers_what_the_commit_then_answers(desk: Desk, operation: str) -> None:
    path, body = SCENES[operation](desk)
    before = desk.counts()
    status, _, headers = rehearsed_and_done(desk, path, body)
    assert status == (201 if operation.endswith("apply") else 200)
    assert headers["etag"]
    assert desk.counts()["history"] > before["history"]


@pytest.mark.parametrize("why", REFUSED)
def test_a_dry_run_is_refused_as_the_commit_would_be(desk: Desk, why: str) -> None:
    path, body = REFUSED[why](desk)
    before = desk.counts()
    status, *_ = rehearsed_and_done(desk, path, body)
    assert status >= 400
    assert desk.counts() == before


@pytest.mark.parametrize("operation", MONEY | TERMS)
def test_a_dry_run_of_money_or_terms_answers_what_the_commit_then_answers(desk: Desk, operation: str) -> None:
    path, body = (MONEY | TERMS)[operation](desk)
    status, *_ = rehearsed_and_done(desk, path, body)
    assert status == 200


def test_every_operation_that_changes_something_can_be_rehearsed(document: Json) -> None:
    """A new operation needs a scene above; the clock's own is below; secrets have tests of their own."""
    commands = {o["operationId"]: o for method, _, o in operations(document) if method != "get"}
    others = {"clock-move_clock", "tokens-create", "tokens-revoke", "approvals-approve", "approvals-decline"}
    others |= {"webhooks-add", "webhooks-rotate", "imports-import_rows", "contracts-attach"}
    assert {*SCENES, *PART_SCENES, *MONEY, *RUNNING, *TERMS, *others} == set(commands)
    for name, operation in commands.items():
        names = {parameter["name"] for parameter in operation["parameters"]}
        keyed = (
            set() if name == "imports-import_rows" else {"Idempotency-Key"}
        )  # rows are known by their references
        assert {"dry_run"} | keyed <= names, name


def test_a_dry_run_of_the_clock_counts_the_timers_and_fires_none(desk: Desk) -> None:
    desk.accepted(options=[{"kind": "drm", "reference": "D"}])
    before = desk.counts()
    body = {"now": "2022-05-01T00:00:00+09:00"}
    rehearsed = desk.client.put("/v1/clock", json=body, params={"dry_run": True}).json()
    assert (desk.counts(), desk.get("/v1/clock")["now"]) == (before, "2022-04-22T09:00:00+09:00")
    assert desk.move_to(body["now"]) == rehearsed == {"now": body["now"], "fired": 1}


def test_a_dry_run_first_fires_overdue_timers_and_rolls_them_back(desk: Desk) -> None:
    contract: Subject = desk.accepted()
    desk.context.clock = lambda: datetime.fromisoformat("2022-06-10T09:00:00+09:00")
    desk.context.after_commit = lambda: None  # nobody has swept since April
    assert desk.show(contract)["state"] == "accepted"
    before = desk.counts()
    rehearsed = desk.post(f"{path_of(contract)}/notify_cancellation", {}, dry_run=True)
    assert desk.counts() == before
    done = desk.do(contract, "notify_cancellation")
    assert done == rehearsed
    assert (done["state"], done["version"]) == ("cancel_notified", 4)
    assert [row["event"] for row in desk.history(contract)][2:] == ["start_billing", "notify_cancellation"]
