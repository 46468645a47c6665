"""ETag and If-Match: nobody steps a contract that has moved on since they looked."""

import pytest

from tests.api.desk import Desk, answered, path_of


def test_every_answer_bears_its_version(desk: Desk) -> None:
    contract = desk.apply()
    option = desk.apply_for_option(contract)
    for subject in (contract, option):
        answer = desk.client.get(path_of(subject))
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"' == '"1"'
    accepted = desk.client.post(f"{path_of(contract)}/accept", json={})
    assert accepted.headers["ETag"] == '"2"' == f'"{accepted.json()["version"]}"'


@pytest.mark.parametrize("given", ['"2"', "2", 'W/"2"', "*", ' "2" '])
def test_the_version_that_is_there_lets_an_event_pass(desk: Desk, given: str) -> None:
    contract = desk.accepted()
    headers = {"If-Match": given}
    assert desk.post(f"{path_of(contract)}/notify_cancellation", {}, headers=headers)["version"] == 3


@pytest.mark.parametrize("given", ['"1"', '"3"'])
def test_another_version_is_stale(desk: Desk, given: str) -> None:
    contract = desk.accepted()
    path, before = f"{path_of(contract)}/notify_cancellation", desk.counts()
    assert desk.post(path, {}, 412, headers={"If-Match": given}) == {
        "type": "urn:lifecycle:problem:stale",
        "title": "It has changed since",
        "status": 412,
        "detail": f"version {given[1]} was expected, version 2 is there",
        "instance": path,
        "version": 2,
    }
    assert desk.counts() == before


def test_a_dry_run_is_stale_as_well(desk: Desk) -> None:
    contract = desk.accepted()
    desk.post(f"{path_of(contract)}/notify_cancellation", {}, 412, headers={"If-Match": '"1"'}, dry_run=True)


def test_the_clock_moves_the_version_as_well(desk: Desk) -> None:
    contract = desk.accepted()
    desk.move_to("2022-05-01")
    desk.post(f"{path_of(contract)}/notify_cancellation", {}, 412, headers={"If-Match": '"2"'})
    desk.post(f"{path_of(contract)}/notify_cancellation", {}, headers={"If-Match": '"3"'})


def test_an_option_moves_on_when_the_end_of_its_contract_does(desk: Desk) -> None:
    contract = desk.accepted()
    option = desk.accept(desk.apply_for_option(contract))
    desk.do(contract, "notify_cancellation")
    stale = {"If-Match": f'"{option["version"]}"'}
    found = desk.post(f"{path_of(option)}/notify_cancellation", {}, 412, headers=stale)["version"]
    now = desk.client.get(path_of(option))
    assert now.headers["ETag"] == f'"{found}"'
    assert answered(now, 200)["cancellation"]["decided_by"] == "base_contract"
