"""Malformed bodies and paths of the routes on parts and outages: exact place and reason, nothing stored."""

import json
from typing import Any

import pytest

from tests.api.desk import Desk, Json, answered
from tests.api.malformed import BOOL, CANARY, DAY, INSTANT, NUL, UNKNOWN, WHOLE, WITHOUT_DATABASE, YEARS, answer

ID = "0" * 26
CONTRACT, CHANGE, OUTAGE = f"/v1/contracts/c_{ID}", f"/v1/item_changes/i_{ID}", f"/v1/outages/x_{ID}"
MONTH = f"{CONTRACT}/usage/2022-03"
DECIMAL = "is not a decimal"
METER = "is not a decimal of 0 or more with at most 12 digits and 6 places"
CONDITION = "is not one of 'domain', 'dns' or 'certificate'"
KIND = "is not one of 'suspension', 'consultation', 'deletion_request', 'deletion' or 'access_limit'"
ITEM = "is not one of 'basic' or 'premium'"
NEEDED = "is required"
ADMINISTRATOR = {"administrator": {"name": "x"}}
MISUSE = {"found_at": "2022-04-22T08:00:00+09:00", "instruction": "change the keys"}
MEASURE = {"kind": "suspension", "ground": "a complaint", "notified": True}
FOUND = {"known_at": "2022-04-22T08:00:00+09:00", "source": "alert", "contracts": "all"}
END = {"ends_on": "2022-06-30", "ground": "fraud", "reason": "fraud"}

# path, body, errors
BODIES: list[tuple[str, Json, list[tuple[str, str]]]] = [
    (f"{CONTRACT}/meet_condition", {}, [("/condition", NEEDED)]),
    (f"{CONTRACT}/meet_condition", {"condition": CANARY}, [("/condition", CONDITION)]),
    (f"{CONTRACT}/waive_condition", {"condition": "dns"}, [("/reason", NEEDED)]),
    (f"{CONTRACT}/waive_condition", {"condition": "dns", "reason": " "}, [("/reason", "is empty")]),
    (f"{CONTRACT}/change_administrator", {}, [("/administrator", NEEDED)]),
    (f"{CONTRACT}/change_administrator", {"administrator": None}, [("/administrator", "is not an object")]),
    (f"{CONTRACT}/change_administrator", {"administrator": {"name": ""}}, [("/administrator/name", "is empty")]),
    (f"{CONTRACT}/report_misuse", MISUSE | {"found_at": "2022-04-22"}, [("/found_at", INSTANT)]),
    (f"{CONTRACT}/report_misuse", MISUSE | {"instruction": f"{CANARY}\x00"}, [("/instruction", NUL)]),
    (
        f"{CONTRACT}/follow_up_misuse",
        {"report": "A B", "follow_up": "done"},
        [("/report", "is not in the form ^[0-9a-z_.]+$")],
    ),
    (f"{CONTRACT}/end_by_company", END | {"ground": ""}, [("/ground", "is empty")]),
    (
        f"{CONTRACT}/end_by_company",
        {"ends_on": "2022-06-31"},
        [("/reason", NEEDED), ("/ends_on", "is not a day of the calendar"), ("/ground", NEEDED)],
    ),
    (f"{CONTRACT}/item_changes", {"item": CANARY, "reference": "I"}, [("/item", ITEM)]),
    (
        f"{CONTRACT}/item_changes",
        {"item": "basic", "reference": "I", "received_on": "2022-04-01", "received_at": "2022-04-01T00:00:00Z"},
        [("", "give received_on or received_at, not both")],
    ),
    (f"{CHANGE}/accept", {}, [("/effective_on", NEEDED)]),
    (f"{CHANGE}/accept", {"effective_on": "2200-01-01"}, [("/effective_on", YEARS)]),
    (f"{CHANGE}/accept", {"effective_on": "2022-05-01", "fee_yen": -1}, [("/fee_yen", "is less than 0")]),
    (f"{CHANGE}/accept", {"effective_on": "2022-05-01", "fee_yen": 0.5}, [("/fee_yen", WHOLE)]),
    (f"{CHANGE}/accept", {"effective_on": "2022-05-01", "fee_yen": True}, [("/fee_yen", WHOLE)]),
    (f"{CHANGE}/reject", {}, [("/reason", NEEDED)]),
    (f"{CONTRACT}/measures", MEASURE | {"kind": CANARY}, [("/kind", KIND)]),
    (f"{CONTRACT}/measures", {"kind": "deletion", "notified": False}, [("/ground", NEEDED)]),
    (f"{CONTRACT}/measures", MEASURE | {"ground": "　"}, [("/ground", "is empty")]),
    (f"{CONTRACT}/measures", MEASURE | {"notified": "yes"}, [("/notified", BOOL)]),
    (f"{CONTRACT}/measures", MEASURE | {"ends_at": "2022-05-01"}, [("/ends_at", INSTANT)]),
    ("/v1/outages", {}, [("/known_at", NEEDED), ("/source", NEEDED), ("/contracts", NEEDED)]),
    ("/v1/outages", FOUND | {"attributable": "no"}, [("/attributable", BOOL)]),
    ("/v1/outages", FOUND | {"known_at": None}, [("/known_at", INSTANT)]),
    ("/v1/outages", FOUND | {"zzz": CANARY}, [("/zzz", UNKNOWN)]),
    (f"{OUTAGE}/recover", {}, [("/recovered_at", NEEDED)]),
    (f"{OUTAGE}/recover", {"recovered_at": "2022-04-22T08:00:00"}, [("/recovered_at", INSTANT)]),
    (f"{OUTAGE}/attribute", {"attributable": None}, [("/attributable", BOOL)]),
    (
        f"{CONTRACT}/credits/x_{ID}/claim",
        {"claimed_on": "2022-04-22", "claimed_at": "2022-04-22T00:00:00Z"},
        [("", "give claimed_on or claimed_at, not both")],
    ),
    (f"{CONTRACT}/credits/x_{ID}/claim", {"claimed_on": 20220422}, [("/claimed_on", DAY)]),
]


@WITHOUT_DATABASE
@pytest.mark.parametrize(("path", "body", "errors"), BODIES)
def test_one_wrong_value_is_named(
    standing_desk: Desk, path: str, body: Json, errors: list[tuple[str, str]]
) -> None:
    response = standing_desk.client.post(path, json=body)
    assert answered(response, 422) == answer(path, *errors)
    assert CANARY not in response.text


USED: list[tuple[Any, str]] = [
    (-1, METER),
    ("-0.1", METER),
    (10**12, METER),
    ("1000000000000", METER),
    (0.1234567, METER),
    ("0.1234567", METER),
    ("1e5", METER),
    ("1,000", METER),
    ("１", METER),
    (" 1", METER),
    ("1.", METER),
    (".5", METER),
    ("", METER),
    ("NaN", METER),
    (1e300, METER),
    (float("nan"), METER),
    (float("inf"), METER),
    (1e400, METER),
    (True, DECIMAL),
    (False, DECIMAL),
    ([1], DECIMAL),
    ({}, DECIMAL),
]


@WITHOUT_DATABASE
@pytest.mark.parametrize("meter", ["transcode_hours", "live_hours"])
@pytest.mark.parametrize(("value", "detail"), USED, ids=str)
def test_use_is_a_decimal_of_nothing_or_more(standing_desk: Desk, meter: str, value: Any, detail: str) -> None:
    content = json.dumps({meter: value}).encode()
    response = standing_desk.client.put(MONTH, content=content, headers={"content-type": "application/json"})
    assert answered(response, 422) == answer(MONTH, (f"/{meter}", detail))


@WITHOUT_DATABASE
@pytest.mark.parametrize(
    "month", ["2022-13", "2022-00", "2022-5", "202205", "2022-05-01", "２０２２-05", "1999-12", "2200-01", "May"]
)
@pytest.mark.parametrize("what", ["usage", "statements"])
def test_an_invalid_month_is_refused(standing_desk: Desk, what: str, month: str) -> None:
    path = f"{CONTRACT}/{what}/{month}"
    problem = standing_desk.get(path, 422)
    assert problem["errors"] == [{"pointer": "/path/month", "detail": "is not a month in the form YYYY-MM"}]


@WITHOUT_DATABASE
@pytest.mark.parametrize(
    "contracts", [[], "none", None, 5, [5], [f"o_{ID}"], ["all"], [f"c_{ID}"] * 1001, {"all": True}], ids=str
)
def test_an_outage_is_for_all_or_for_contracts_by_their_ids(standing_desk: Desk, contracts: Any) -> None:
    response = standing_desk.client.post("/v1/outages", json=FOUND | {"contracts": contracts})
    said = "is not 'all' or a list of 1 to 1000 ids of contracts"
    assert answered(response, 422) == answer("/v1/outages", ("/contracts", said))


@pytest.mark.parametrize("thing", ["item_changes/i_x", "measures/c_" + ID, "outages/" + ID, "measures/m_" + ID])
def test_an_unknown_id_of_a_part_is_answered_404(standing_desk: Desk, thing: str) -> None:
    for path in (f"/v1/{thing}", f"/v1/{thing}/history"):
        assert standing_desk.get(path, 404)["title"] == "Not found"


@pytest.mark.parametrize("what", ["item_changes", "measures", "credits", "charges", "statements/2022-05"])
def test_an_unknown_contract_has_no_parts(standing_desk: Desk, what: str) -> None:
    assert standing_desk.get(f"{CONTRACT}/{what}", 404)["detail"] == "There is no such contract."


def test_a_year_in_the_history_of_waiting_is_no_cursor(standing_desk: Desk) -> None:
    problem = standing_desk.get("/v1/waiting", 422, cursor=CANARY)
    assert [error["pointer"] for error in problem["errors"]] == ["/query/cursor"]
