"""Issued statements are found by month, amount and customer, with ranges and in any combination."""

from itertools import combinations

import orjson
import pytest
from typer.testing import CliRunner

from lifecycle.cli import app
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import entered
from tests.api.test_roles import bearer

ASKED = {
    "month": (
        {"month_from": "2022-05", "month_to": "2022-06"},
        lambda found: "2022-05" <= found["month"] <= "2022-06",
    ),
    "total": ({"total_from": 50_000, "total_to": 100_000}, lambda found: 50_000 <= found["total_yen"] <= 100_000),
    "issued": (
        {"issued_from": "2022-08-04", "issued_to": "2022-08-04"},
        lambda found: found["issued_at"].startswith("2022-08-04"),
    ),
    "customer": ({"customer": "ｱｵｲ"}, lambda found: found["contract_id"] == AOI[0]),
}
AOI: list[str] = []


@pytest.fixture(scope="module")
def issued(standing_desk: Desk) -> list[Json]:
    """Two contracts, one of which a customer named アオイ has, with four issued months each."""
    desk = standing_desk
    aoi = desk.application["customer"] | {"name": "アオイ商事株式会社"}
    contracts = [entered(desk, "2022-03-01"), entered(desk, "2022-04-01", reference="OD-AOI", customer=aoi)]
    AOI[:] = [contracts[1]["id"]]
    desk.move_to("2022-08-04")
    for month in ("2022-04", "2022-05", "2022-06", "2022-07"):
        for contract in contracts:
            desk.post(f"{path_of(contract)}/statements/{month}/issue")
        if month == "2022-05":
            desk.move_to("2022-08-05")
    every: list[Json] = desk.get("/v1/statements")["items"]
    assert len(every) == 8
    desk.do(contracts[1], "change_particulars", on="2022-08-05", customer={"name": "ミドリ商事"})
    return every


@pytest.mark.parametrize("named", [(), *combinations(ASKED, 1), *combinations(ASKED, 2), tuple(ASKED)])
def test_any_combination_finds_just_what_meets_all(
    standing_desk: Desk, issued: list[Json], named: tuple[str, ...]
) -> None:
    desk = standing_desk
    asked = {name: value for one in named for name, value in ASKED[one][0].items()}
    expected = [found for found in issued if all(ASKED[one][1](found) for one in named)]
    assert desk.get("/v1/statements", **asked)["items"] == expected
    options = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items()]
    url = desk.engine.url.render_as_string(hide_password=False)
    said = CliRunner().invoke(app, ["find-issued", *options, "--json", "--database-url", url])
    assert orjson.loads(said.output)["items"] == expected


def test_page_by_page(standing_desk: Desk, issued: list[Json]) -> None:
    desk = standing_desk
    seen: list[Json] = []
    after: Json = {}
    while True:
        page = desk.get("/v1/statements", limit=3, **after)
        seen += page["items"]
        if page["next"] is None:
            break
        after = {"cursor": page["next"]}
    assert seen == issued == sorted(issued, key=lambda found: (found["month"], found["contract_id"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"month_from": "May"},
        {"issued_to": "2022-02-30"},
        {"total_to": "much"},
        {"total_from": 10**16},
        {"cursor": "x"},
    ],
)
def test_a_wrong_month_or_amount_is_refused_with_its_parameter(standing_desk: Desk, wrong: Json) -> None:
    assert (
        standing_desk.get("/v1/statements", 422, **wrong)["errors"][0]["pointer"] == f"/query/{next(iter(wrong))}"
    )


def test_a_search_by_customer_needs_the_right_to_personal_data(standing_desk: Desk, issued: list[Json]) -> None:
    desk = standing_desk
    headers = bearer(desk, "auditor")
    get = desk.client.get
    assert len(get("/v1/statements", headers=headers).json()["items"]) == len(issued)
    assert get("/v1/statements", headers=headers, params={"customer": "アオイ"}).status_code == 403
    granted = bearer(desk, "auditor", "personal_data")
    assert len(get("/v1/statements", headers=granted, params={"customer": "アオイ"}).json()["items"]) == 4
