"""ETag and If-Match: a command on an outdated version of a contract is refused."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.desk import Desk, Json, answered, path_of
from tests.api.malformed import answer


def test_every_answer_has_its_version_as_etag(desk: Desk) -> None:
    contract = desk.apply()
    option = desk.apply_for_option(contract)
    for subject, tag in ((contract, '"1.1"'), (option, '"1"')):
        answer = desk.client.get(path_of(subject))
        assert (answer.headers["ETag"], answer.json()["version"]) == (tag, 1)
    accepted = desk.client.post(f"{path_of(contract)}/accept", json={})
    assert (accepted.headers["ETag"], accepted.json()["version"]) == ('"2.1"', 2)


def test_the_tag_of_a_contract_changes_with_its_parts(desk: Desk) -> None:
    contract = desk.accepted()
    path = path_of(contract)
    before = desk.client.get(path).headers["ETag"]
    assert desk.client.get(path, headers={"If-None-Match": before}).status_code == 304
    option = desk.apply_for_option(contract)
    after = desk.client.get(path, headers={"If-None-Match": before})
    assert (before, after.status_code, after.headers["ETag"]) == ('"2"', 200, '"2.1"')
    desk.accept(option)
    seen = {"If-Match": after.headers["ETag"]}
    refused = desk.post(f"{path}/notify_cancellation", {}, 412, headers=seen)
    assert refused["detail"] == "version 2 is there, but a part has changed since"
    desk.post(f"{path}/notify_cancellation", {}, headers={"If-Match": desk.client.get(path).headers["ETag"]})


def test_a_replayed_answer_has_the_etag_of_the_first(desk: Desk) -> None:
    contract = desk.accepted()
    desk.apply_for_option(contract)
    key = {"Idempotency-Key": "k"}
    tags = [
        desk.client.post(f"{path_of(contract)}/notify_cancellation", json={}, headers=key).headers["ETag"]
        for _ in range(2)
    ]
    assert tags == ['"3.2"', '"3.2"']  # the option's end moved with the contract's


def test_if_match_accepts_an_event_if_one_of_its_versions_is_current(desk: Desk) -> None:
    contract = desk.accepted()
    path = f"{path_of(contract)}/notify_cancellation"
    desk.post(path, {}, 412, headers={"If-Match": '"1", "4"'})
    desk.post(path, {}, headers={"If-Match": 'W/"1" , "2"'})
    refused = desk.post(path, {}, 422, headers={"If-Match": '"3", new'})
    assert refused["errors"][0]["pointer"] == "/header/If-Match"


@pytest.mark.parametrize("given", ['"2"', "2", 'W/"2"', "*", ' "2" '])
def test_if_match_accepts_an_event_at_the_current_version(desk: Desk, given: str) -> None:
    contract = desk.accepted()
    headers = {"If-Match": given}
    assert desk.post(f"{path_of(contract)}/notify_cancellation", {}, headers=headers)["version"] == 3


@pytest.mark.parametrize("given", ['"1"', '"3"'])
def test_another_version_is_stale(desk: Desk, given: str) -> None:
    contract = desk.accepted()
    path, before = f"{path_of(contract)}/notify_cancellation", desk.counts()
    assert desk.post(path, {}, 412, headers={"If-Match": given}) == {
        "type": "/problems/stale",
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


def test_a_creation_accepts_no_if_match(desk: Desk) -> None:
    headers, contract = {"If-Match": '"1"'}, desk.accepted()
    body, clock = desk.application | {"reference": "K"}, {"now": "2022-05-01T00:00:00+09:00"}
    for method, path, given in (
        ("POST", "/v1/contracts", body),
        ("POST", f"{path_of(contract)}/options", {"kind": "drm", "reference": "D"}),
        ("PUT", "/v1/clock", clock),
    ):
        refusal = desk.client.request(method, path, json=given, headers=headers)
        detail = "goes with the events of what exists already"
        assert answered(refusal, 422) == answer(path, ("/header/If-Match", detail))


def at_once(desk: Desk, contract: Json, event: str, headers: Json) -> Counter[int]:
    """How eight requests of one event, sent at once, are answered."""

    def post(_: int) -> int:
        found: int = desk.client.post(f"{path_of(contract)}/{event}", json={}, headers=headers).status_code
        return found

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(post, range(8)))


def test_of_eight_who_saw_the_same_version_one_gets_through(desk: Desk) -> None:
    contract = desk.accepted()
    assert at_once(desk, contract, "notify_cancellation", {"If-Match": '"2"'}) == {200: 1, 412: 7}
    assert len(desk.show(contract)["cancellation"]["notices"]) == 1


def test_eight_who_saw_no_version_all_get_through_where_the_state_allows_it(desk: Desk) -> None:
    contract = desk.apply()
    assert at_once(desk, contract, "accept", {}) == {200: 1, 409: 7}
    assert at_once(desk, contract, "notify_cancellation", {}) == {200: 8}
    shown = desk.show(contract)
    assert (shown["version"], len(shown["cancellation"]["notices"])) == (10, 8)
    assert [row["seq"] for row in desk.history(contract)] == list(range(1, 11))
