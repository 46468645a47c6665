"""Lists in a chosen order: complete over all pages, in both directions, with counts and sums."""

from dataclasses import replace
from datetime import date

import pytest

from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import SERVICES, Editions
from tests.api.desk import Desk, Json

DAYS = {"a": "2022-05-03", "b": None, "c": "2022-05-01", "d": "2022-05-03", "e": None}


@pytest.fixture
def starts(desk: Desk) -> dict[str, str]:
    """Five contracts by name: their ids. Billing of three has a day."""
    ids = {}
    for name, day in DAYS.items():
        made = desk.apply(reference=f"OD-{name}", item="basic" if name == "a" else "premium")
        ids[name] = made["id"]
        if day:
            desk.do(made, "accept", billing_starts_on=day)
    return ids


def read_all(desk: Desk, limit: int, **asked: str) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = desk.get("/v1/contracts", limit=limit, **asked, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("billing_starts_on", "cadbe"),
        ("-billing_starts_on", "dac" + "eb"),
        ("reference", "abcde"),
        ("-reference", "edcba"),
        ("received_on", "abcde"),
        ("effective_on", "abcde"),
    ],
)
def test_every_contract_is_listed_once_and_in_order(
    desk: Desk, starts: dict[str, str], sort: str, names: str, limit: int
) -> None:
    assert [one["id"] for one in read_all(desk, limit, sort=sort)] == [starts[name] for name in names]


def test_a_row_that_moves_on_makes_no_other_row_disappear(desk: Desk, starts: dict[str, str]) -> None:
    first = desk.get("/v1/contracts", limit=1, sort="billing_starts_on")
    desk.do(desk.show({"id": starts["c"]}), "reschedule_billing", billing_starts_on="2022-05-09")
    rest = desk.get("/v1/contracts", sort="billing_starts_on", cursor=first["next"])
    assert [one["reference"] for one in rest["items"]] == ["OD-a", "OD-d", "OD-c", "OD-b", "OD-e"]


def test_a_list_can_be_counted_and_summed(desk: Desk, starts: dict[str, str]) -> None:
    page = desk.get("/v1/contracts", limit=1, count="true")
    assert (page["count"], page["monthly_base_fees_yen"]) == (5, 100_000 + 4 * 200_000)
    few = desk.get("/v1/contracts", limit=1, count="true", billing_starts_to="2022-05-02")
    assert (few["count"], few["monthly_base_fees_yen"]) == (1, 200_000)


def test_an_item_that_later_terms_lack_counts_with_its_last_fee(
    desk: Desk, starts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.queries.totals.SERVICES", {DEFAULT_SERVICE: _without_an_item()})
    assert desk.get("/v1/contracts", limit=1, count="true")["monthly_base_fees_yen"] == 100_000 + 4 * 200_000


def test_an_item_that_no_terms_have_leaves_the_sum_unknown(
    desk: Desk, starts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = SERVICES[DEFAULT_SERVICE]
    monkeypatch.setattr(
        "lifecycle.queries.totals.SERVICES", {DEFAULT_SERVICE: Editions([replace(first, items={})])}
    )
    page = desk.get("/v1/contracts", limit=1, count="true")
    assert (page["count"], page["monthly_base_fees_yen"]) == (5, None)


def _without_an_item() -> Editions:
    """Those in use, and one from 2022-04-25 that has one item less."""
    used = SERVICES[DEFAULT_SERVICE]
    newest = used.on(date(2022, 4, 25))
    items = dict(list(newest.items.items())[1:])
    return Editions([*used, replace(newest, in_force_from=date(2022, 4, 25), items=items)])


def test_more_hits_of_a_text_than_are_counted_have_no_number(
    desk: Desk, starts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, counted in ((5, (5, None, 900_000)), (4, (None, 4, None))):
        monkeypatch.setattr("lifecycle.records.listing.MOST_COUNTED", most)
        monkeypatch.setattr("lifecycle.queries.totals.MOST_COUNTED", most)
        page = desk.get("/v1/contracts", limit=1, count="true", q="OD-")
        assert (page["count"], page["more_than"], page["monthly_base_fees_yen"]) == counted
        assert desk.get("/v1/contracts", limit=1, count="true")["count"] == 5


def test_the_cursor_of_another_order_is_refused(desk: Desk, starts: dict[str, str]) -> None:
    place = desk.get("/v1/contracts", limit=1, sort="reference")["next"]
    by_id = desk.get("/v1/contracts", limit=1)["next"]
    for asked in ({"cursor": place}, {"cursor": by_id, "sort": "reference"}, {"cursor": place, "sort": "ends"}):
        answer = desk.client.get("/v1/contracts", params=asked)
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"].startswith("/query/")


def test_the_file_has_the_rows_and_the_order_of_the_list(desk: Desk, starts: dict[str, str]) -> None:
    answer = desk.client.get(
        "/v1/contracts.csv", params={"billing_starts_from": "2022-05-01", "sort": "-billing_starts_on"}
    )
    assert [line.split(",")[0] for line in answer.text.splitlines()[1:]] == ["OD-d", "OD-a", "OD-c"]
