"""A reference is unique: the identical application returns the existing contract, another one is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.desk import Desk, Json, path_of

DRM = {"kind": "drm", "reference": "D"}
CHANGES: list[Json] = [
    {"item": "basic"},
    {"received_on": "2022-04-21"},
    {"requested_billing_start_on": "2022-05-02"},
    {"requested_billing_start_on": None},
    {"declarations": {"laws_accepted": True}},
    {"delivery": {"https": True}},
    {"customer": {"name": "株式会社サンプル配信"}},
    {"customer": {"name": "別の会社", "email": "keiyaku@example.co.jp"}},
    {"administrator": None},
    {"options": []},
    {"options": [DRM | {"reference": "D-2"}]},
]


def application(desk: Desk, **changes: Any) -> Json:
    return desk.application | {"reference": "K", "options": [DRM]} | changes


def test_the_identical_application_gives_the_contract_as_it_now_is(desk: Desk) -> None:
    first = desk.post("/v1/contracts", application(desk), 201)
    desk.accept(first)
    before = desk.counts()
    answer = desk.client.post("/v1/contracts", json=application(desk))
    assert (answer.status_code, answer.headers["Location"]) == (200, path_of(first))
    assert answer.json() == desk.show(first)
    assert answer.json()["state"] == "accepted"
    assert desk.counts() == before


def test_without_a_day_of_receipt_it_stays_identical_on_another_day(desk: Desk) -> None:
    first = desk.post("/v1/contracts", application(desk), 201)
    desk.move_to("2022-04-30")
    assert desk.post("/v1/contracts", application(desk))["id"] == first["id"]
    assert desk.post("/v1/contracts", application(desk, received_on="2022-04-22"))["id"] == first["id"]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_another_application_under_the_reference_is_refused(desk: Desk, change: Json) -> None:
    first = desk.post("/v1/contracts", application(desk), 201)
    before = desk.counts()
    assert desk.post("/v1/contracts", application(desk, **change), 409) == {
        "type": "/problems/duplicate",
        "title": "The reference is taken",
        "status": 409,
        "detail": f"the reference K is taken by the contract {first['id']}",
        "instance": "/v1/contracts",
        "existing": path_of(first),
    }
    assert desk.counts() == before


def test_the_identical_option_gives_the_option_that_is_there(desk: Desk) -> None:
    contract = desk.accepted()
    option = desk.post(f"{path_of(contract)}/options", DRM, 201)
    answer = desk.client.post(f"{path_of(contract)}/options", json=DRM)
    assert (answer.status_code, answer.json()) == (200, option)


def test_the_reference_of_an_option_names_one_of_one_contract(desk: Desk) -> None:
    option = desk.apply_for_option(desk.accepted(), **DRM)
    another = desk.accepted()
    for path, body in (
        (f"{path_of(another)}/options", DRM),
        (f"{path_of(option['contract_id'])}/options", DRM | {"received_on": "2022-04-21"}),
        ("/v1/contracts", application(desk)),
    ):
        before = desk.counts()
        assert desk.post(path, body, 409) == {
            "type": "/problems/duplicate",
            "title": "The reference is taken",
            "status": 409,
            "detail": f"the reference D is taken by the option {option['id']}",
            "instance": path,
            "existing": path_of(option),
        }
        assert desk.counts() == before


def test_a_second_option_beside_an_active_one_is_refused_by_the_terms(desk: Desk) -> None:
    contract = desk.accepted(options=[DRM])
    first = contract["options"][0]["id"]
    problem = desk.post(f"{path_of(contract)}/options", DRM | {"reference": "D-2"}, 409)
    assert problem["title"] == "Refused by the terms"
    assert [(r["rule"], r["article"], r["reading"]) for r in problem["rulings"]] == [
        ("one_option_at_a_time", "Art. 5(2)", "R17")
    ]
    assert first in problem["rulings"][0]["because"]
    desk.do(first, "withdraw")
    assert desk.apply_for_option(contract, reference="D-2")["state"] == "applied"


@pytest.mark.parametrize("identical", [True, False], ids=["identical", "different"])
def test_of_many_at_once_under_one_reference_one_is_received(desk: Desk, identical: bool) -> None:
    def post(number: int) -> Any:
        received_on = "2022-04-20" if identical else f"2022-04-{number + 10}"
        return desk.client.post("/v1/contracts", json=application(desk, received_on=received_on))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(answer.status_code for answer in answers) == sorted([201] + [200 if identical else 409] * 7)
    assert (desk.counts()["contract"], desk.counts()["drm_option"], desk.counts()["history"]) == (1, 1, 2)
