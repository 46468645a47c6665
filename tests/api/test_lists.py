"""The list of contracts: keyset pages, filters, and a search that ignores kana, width and case."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk

NAMES = {
    "sample": "株式会社サンプル配信",
    "wide": "ＡＢＣビデオ株式会社",
    "half": "ｶﾗｵｹﾁｬﾝﾈﾙ",
    "voiced": "ヴィデオ倶楽部",
    "hiragana": "さんぷる商店",
    "percent": "100%ドラマ",
    "underscore": "a_b社",
    "slash": "a/b社",
    "backslash": "a\\b社",
    "plain": "axb社",
}


def pages(
    desk: Desk, limit: int, between: Callable[[], Any] = lambda: None, **wanted: Any
) -> tuple[list[str], int]:
    """Every id of a list read page by page, and the number of pages; `between` runs before each next page."""
    ids: list[str] = []
    page = desk.get("/v1/contracts", limit=limit, **wanted)
    number = 1
    while True:
        assert len(page["items"]) <= limit
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids, number
        between()
        page = desk.get("/v1/contracts", limit=limit, cursor=page["next"], **wanted)
        number += 1


@pytest.fixture(scope="module")
def seven(open_standing: OpenDesk) -> tuple[Desk, list[str]]:
    """A desk with seven contracts, and their ids."""
    desk = open_standing()
    return desk, [desk.apply()["id"] for _ in range(7)]


@pytest.mark.parametrize(("limit", "wanted"), [(1, 7), (2, 4), (3, 3), (6, 2), (7, 1), (8, 1), (500, 1)])
def test_pages_of_any_size_show_every_contract_once(
    seven: tuple[Desk, list[str]], limit: int, wanted: int
) -> None:
    desk, made = seven
    ids, number = pages(desk, limit)
    assert ids == sorted(made)
    assert number == wanted


def test_no_row_is_missed_or_doubled_while_contracts_are_added_and_change(desk: Desk) -> None:
    made = [desk.apply()["id"] for _ in range(9)]

    def work() -> None:
        added.append(desk.apply()["id"])
        desk.accept(added[-1])

    added: list[str] = []
    ids, _ = pages(desk, 2, work)
    assert len(ids) == len(set(ids))
    assert [i for i in ids if i in made] == sorted(made)
    assert set(ids) <= {*made, *added}


def test_an_empty_list_is_a_page_without_a_next(desk: Desk) -> None:
    assert desk.get("/v1/contracts") == {"items": [], "next": None}


def test_a_list_shows_contracts_as_they_are_shown_alone(desk: Desk) -> None:
    contract = desk.accepted(options=[{"kind": "drm", "reference": "D"}])
    assert desk.get("/v1/contracts")["items"] == [desk.show(contract)]


@pytest.fixture(scope="module")
def book(open_standing: OpenDesk) -> tuple[Desk, dict[str, str]]:
    """A desk with five contracts in as many situations, by name: their ids. It is 2 May."""
    desk = open_standing()
    basic = desk.accepted(item="basic")
    noticed = desk.do(desk.accepted(), "notify_cancellation")
    contracts = {
        "applied": desk.apply(),
        "later": desk.accepted(requested_billing_start_on="2022-06-02"),
        "basic": basic,
        "noticed": noticed,
        "withdrawn": desk.do(desk.apply(item="basic"), "withdraw"),
    }
    desk.do(contracts["applied"], "assign", to="tanaka")
    desk.move_to("2022-05-02")
    return desk, {name: contract["id"] for name, contract in contracts.items()}


EVERYTHING = {"applied", "later", "basic", "noticed", "withdrawn"}
FILTERS: list[tuple[Json, set[str]]] = [
    ({"state": "applied"}, {"applied"}),
    ({"state": "accepted"}, {"later"}),
    ({"state": "billing"}, {"basic"}),
    ({"state": "cancel_notified"}, {"noticed"}),
    ({"state": "terminated"}, set()),
    ({"item": "basic"}, {"basic", "withdrawn"}),
    ({"item": "basic", "state": "withdrawn"}, {"withdrawn"}),
    ({"due_before": "2022-06-01T00:00:00+09:00"}, set()),
    ({"due_before": "2022-06-01T00:00:01+09:00"}, {"noticed"}),
    ({"due_before": "2022-06-01T15:00:01Z"}, {"noticed", "later"}),
    ({"due_before": "2022-06-01T15:00:01Z", "state": "accepted"}, {"later"}),
    ({"q": "サンプル", "item": "basic"}, {"basic", "withdrawn"}),
    ({"ends_from": "2022-05-31", "ends_to": "2022-05-31"}, {"noticed"}),
    ({"ends_from": "2022-06-01"}, set()),
    ({"ends_to": "2022-05-30"}, set()),
    ({"billing_starts_from": "2022-05-02"}, {"later"}),
    ({"billing_starts_to": "2022-05-01"}, {"basic", "noticed"}),
    ({"received_from": "2022-04-22", "received_to": "2022-04-22"}, EVERYTHING),
    ({"received_to": "2022-04-21"}, set()),
    ({"assigned_to": "tanaka"}, {"applied"}),
    ({"held": "true"}, set()),
    ({"held": "false", "state": "billing"}, {"basic"}),
    ({"q": "サンプル", "ends_from": "2022-05-01"}, {"noticed"}),
]


@pytest.mark.parametrize(("wanted", "names"), FILTERS, ids=[str(wanted) for wanted, _ in FILTERS])
def test_filters_narrow_the_list_together(
    book: tuple[Desk, dict[str, str]], wanted: Json, names: set[str]
) -> None:
    desk, ids = book
    found, _ = pages(desk, 1, **wanted)
    assert set(found) == {ids[name] for name in names}


@pytest.fixture(scope="module")
def named(standing_desk: Desk) -> dict[str, str]:
    """Contracts of customers with names that are hard to find: id → name."""
    applied = {
        name: standing_desk.apply(
            reference=f"OD-{name}", customer={"name": text, "email": f"{name}@example.co.jp"}
        )
        for name, text in NAMES.items()
    }
    return {contract["id"]: name for name, contract in applied.items()}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("サンプル", {"sample", "hiragana"}),
        ("さんぷる", {"sample", "hiragana"}),
        ("ｻﾝﾌﾟﾙ", {"sample", "hiragana"}),
        ("abc", {"wide"}),
        ("ＡＢＣ", {"wide"}),
        ("カラオケ", {"half"}),
        ("からおけちゃん", {"half"}),
        ("ゔぃでお", {"voiced"}),
        ("ﾋﾞﾃﾞｵ", {"wide"}),
        ("Wide@Example", {"wide"}),
        ("od-wide", {"wide"}),
        ("ＯＤ－wide", {"wide"}),
        ("%", {"percent"}),
        ("100%", {"percent"}),
        ("a_b", {"underscore"}),
        ("a/b", {"slash"}),
        ("a\\b", {"backslash"}),
        ("_", {"underscore"}),
        ("'; drop table contract; --", set()),
        ("山田", set(NAMES)),
        ("サンプル 配信", {"sample"}),
    ],
)
def test_a_search_finds_what_was_meant(
    standing_desk: Desk, named: dict[str, str], typed: str, names: set[str]
) -> None:
    found = standing_desk.get("/v1/contracts", q=typed, limit=500)["items"]
    assert {named[item["id"]] for item in found} == names


@pytest.fixture(scope="module")
def sought(open_standing: OpenDesk) -> tuple[Desk, Json]:
    """A desk with a contract that has every text to be found by, and another one."""
    desk = open_standing()
    customer = {
        "name": "株式会社サンプル", "kana": "みなと", "number": "C-0042", "email": "keiyaku@example.jp",
        "phone": "(03) 0000-6105", "postal_code": "100-0001", "address": "東京都千代田区丸の内一丁目",
    }  # fmt: skip
    contract = desk.apply(
        reference="OD-7", customer=customer, administrator={"name": "渡辺太郎", "email": None},
        options=[{"kind": "drm", "reference": "OD-7-D"}],
    )  # fmt: skip
    desk.apply(reference="X", customer={"name": "別会社", "email": None})
    return desk, contract


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("ｻﾝﾌﾟﾙ㈱", ["customer_name"]),
        ("ミナト", ["customer_kana"]),
        ("c-0042", ["customer_number"]),
        ("0300006105", ["customer_phone"]),
        ("1000001", ["customer_postal_code"]),
        ("千代田区", ["customer_address"]),
        ("渡邊 太郎", ["administrator_name"]),
        ("keiyaku@", ["customer_email"]),
        ("ｏｄ－７", ["reference", "option_reference"]),
        ("OD-7-D", ["option_reference"]),
    ],
)
def test_a_search_result_names_the_fields_that_match(
    sought: tuple[Desk, Json], typed: str, where: list[str]
) -> None:
    desk, contract = sought
    (found,) = desk.get("/v1/contracts", q=typed)["items"]
    assert (found["id"], found["matched_in"]) == (contract["id"], where)


def test_the_beginning_of_an_id_finds_it(desk: Desk) -> None:
    contract = desk.apply(reference="A-1")
    (found,) = desk.get("/v1/contracts", q=contract["id"][:-2].upper())["items"]
    assert (found["id"], found["matched_in"]) == (contract["id"], ["id"])


def test_a_search_for_ignored_characters_alone_finds_nothing(desk: Desk) -> None:
    desk.apply(reference="A1")
    assert desk.get("/v1/contracts", q="・")["items"] == []


def test_a_search_finds_a_contract_by_its_number(standing_desk: Desk, named: dict[str, str]) -> None:
    for contract_id in named:
        found = standing_desk.get("/v1/contracts", q=contract_id)["items"]
        assert [item["id"] for item in found] == [contract_id]


def test_a_search_finds_a_reference_as_it_was_typed(desk: Desk) -> None:
    contract = desk.apply(reference="注文サンプル-１")
    for typed in ("注文サンプル-１", "サンプル-", "注文"):
        assert [item["id"] for item in desk.get("/v1/contracts", q=typed)["items"]] == [contract["id"]]
