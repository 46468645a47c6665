"""A month's statements of all contracts: issued in the background if many are left, and never twice (R40)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest

from lifecycle.commands import issue_month as issuing
from lifecycle.commands.command import CommandContext
from lifecycle.commands.one_at_a_time import alone
from lifecycle.terms.calendar import Month
from tests.api.desk import Desk, Json
from tests.api.parts import entered
from tests.api.test_issued_months import issue, run


@pytest.fixture
def contract(desk: Desk) -> Json:
    """Basic, billed from 1 March 2022; it is 5 July."""
    found = entered(desk, "2022-03-01")
    desk.move_to("2022-07-05")
    return found


def test_many_statements_are_issued_in_the_background_with_a_location(
    desk: Desk, contract: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "PART", 2)
    monkeypatch.setattr(issuing, "FEW", 3)
    begun: list[Callable[[], object]] = []
    desk.context.background = begun.append
    for _ in range(4):
        entered(desk, "2022-06-01")
    path = "/v1/statements/2022-06/issue"
    counted = {"month": "2022-06", "contracts": 5, "issued": 0, "billed_elsewhere": 0, "left": 5}
    assert desk.get(path) == counted | {"state": "open"}
    assert desk.post(path, None, dry_run=True) == {"month": "2022-06", "issued": 5, "already": 0}
    answer = desk.client.post(path)
    assert (answer.status_code, answer.headers["Location"]) == (202, path)
    assert answer.json() == desk.get(path) == counted | {"state": "running"}
    assert desk.post(path, None, 202) == counted | {"state": "running"} and len(begun) == 1
    assert desk.get("/v1/statements/2022-05/issue")["state"] == "open"
    begun.pop()()
    assert desk.get(path) == counted | {"state": "done", "issued": 5, "left": 0}
    assert desk.post(path) == {"month": "2022-06", "issued": 0, "already": 5}


def test_an_interrupted_issue_of_a_month_is_resumed(
    desk: Desk, contract: Json, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(issuing, "PART", 2)
    monkeypatch.setattr(issuing, "FEW", 0)
    desk.context.background = lambda work: work()
    for _ in range(4):
        entered(desk, "2022-06-01")
    real, seen = issuing.issue_of, []

    def dying(*arguments: Any) -> Any:
        seen.append(arguments)
        if len(seen) == 4:
            raise RuntimeError("the process ends here")
        return real(*arguments)

    monkeypatch.setattr(issuing, "issue_of", dying)
    path = "/v1/statements/2022-06/issue"
    desk.post(path, None, 202)
    assert "cannot issue all statements" in caplog.text
    shown = desk.get(path)
    assert (shown["state"], shown["issued"], shown["left"]) == ("open", 2, 3)  # the first part is whole
    desk.post(path, None, 202)
    assert (desk.get(path)["state"], desk.get(path)["left"]) == ("done", 0)
    sums = [one["total_yen"] for one in desk.get("/v1/statements/2022-06")["items"]]
    assert sorted(sums) == [100_000, 180_000, 180_000, 180_000, 180_000]


def test_the_statements_command_issues_a_month_and_prints_the_number(desk: Desk, contract: Json) -> None:
    entered(desk, "2022-06-01")
    issue(desk, contract, "2022-06")
    assert "2022-06: 1 issued, 1 before" in run(desk, "2022-06", "--issue")
    assert "2022-06: 0 issued, 2 before" in run(desk, "2022-06", "--issue")
    assert desk.get("/v1/statements/2022-06/issue")["state"] == "done"


def test_two_who_issue_a_month_at_once_issue_each_statement_once(
    desk: Desk, contract: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "PART", 2)
    for _ in range(6):
        entered(desk, "2022-06-01")
    now, together = datetime.fromisoformat("2022-07-05T09:00:00+09:00"), Barrier(2)

    def issue_all(who: str) -> int:
        together.wait(10)
        return issuing.issue_left(desk.engine, Month(2022, 6), CommandContext(who, now))

    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(issue_all, ("one", "other"))) == 7
    assert desk.get("/v1/statements/2022-06/issue")["left"] == 0


def test_a_month_is_issued_by_one_process_at_a_time(desk: Desk) -> None:
    with alone(desk.engine, "issue 2022-06") as mine, alone(desk.engine, "issue 2022-06") as too:
        assert mine and not too
        assert desk.get("/v1/statements/2022-06/issue")["state"] == "running"
        with alone(desk.engine, "issue 2022-05") as other:
            assert other
    assert desk.get("/v1/statements/2022-06/issue")["state"] == "done"
