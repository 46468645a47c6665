"""Malformed paths, queries and headers: the exact answer. A text that cannot be an id is answered 404."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.access.roles import operation_of
from api.app import create_app
from api.request.query import known_parameters
from tests.api.desk import Desk, Json, answered, path_of
from tests.api.malformed import CANARY, INSTANT, NUL, WHOLE, WITHOUT_DATABASE, YEARS, answer

CONTRACT, OPTION = f"c_{'0' * 26}", f"o_{'0' * 26}"
DAY = "is not a day in the form YYYY-MM-DD"
NO_DAY = "is not a day of the calendar"
SORTS = (
    "is not one of 'reference', 'received_on', 'billing_starts_on', 'effective_on', '-reference', '-received_on', "
    "'-billing_starts_on' or '-effective_on'"
)
CURSOR = "is not the `next` of a page"
STATES = "'applied', 'accepted', 'billing', 'cancel_notified', 'terminated', 'rejected' or 'withdrawn'"
PREVIEW = "/v1/preview/cancellation?item=basic&billing_starts_on=2022-05-01"

# the address asked for, where it is wrong, how
QUERIES = [
    ("/v1/contracts?limit=0", "limit", "is less than 1"),
    ("/v1/contracts?limit=501", "limit", "is more than 500"),
    ("/v1/contracts?limit=-1", "limit", "is less than 1"),
    ("/v1/contracts?limit=1e2", "limit", WHOLE),
    ("/v1/contracts?limit=", "limit", WHOLE),
    (f"/v1/contracts?limit={10**30}", "limit", "is more than 500"),
    (f"/v1/contracts?limit={'9' * 5_000}", "limit", "is too large"),
    ("/v1/contracts?limit=%00", "limit", WHOLE),
    ("/v1/contracts?limit=１０", "limit", WHOLE),
    ("/v1/contracts?limit=1&limit=500", "limit", "is given more than once"),
    (f"/v1/contracts?cursor={CANARY}", "cursor", CURSOR),
    ("/v1/contracts?cursor=", "cursor", CURSOR),
    ("/v1/contracts?cursor=%00", "cursor", CURSOR),
    (f"/v1/contracts?cursor={OPTION}", "cursor", CURSOR),
    (f"/v1/contracts?cursor={CONTRACT}%0A", "cursor", CURSOR),
    (f"/v1/contracts?cursor=W{CANARY}&sort=reference", "cursor", "is no place in this list"),
    ("/v1/contracts?cursor=WzEsMiwzXQ&sort=reference", "cursor", "is no place in this list"),
    (f"/v1/contracts?cursor={CONTRACT}&sort=reference", "cursor", "is no place in this list"),
    ("/v1/contracts?cursor=WyIyMDIyLTAyLTMwIiwiYyJd&sort=effective_on", "cursor", "is no place in this list"),
    (f"/v1/contracts?ends_from={CANARY}", "ends_from", DAY),
    ("/v1/contracts?ends_to=2022-02-30", "ends_to", NO_DAY),
    (f"/v1/contracts?sort={CANARY}", "sort", SORTS),
    (f"/v1/contracts?state={CANARY}", "state", f"is not one of {STATES}"),
    ("/v1/contracts?item=gold", "item", "is not one of 'basic' or 'premium'"),
    (f"/v1/contracts?q={CANARY}%00", "q", NUL),
    ("/v1/contracts?q=%20", "q", "is empty"),
    (f"/v1/contracts?q={'x' * 101}", "q", "is longer than 100 characters"),
    ("/v1/contracts?due_before=2022-05-01", "due_before", INSTANT),
    ("/v1/contracts?due_before=2022-05-01T00:00:00+09:00", "due_before", INSTANT),  # + means a blank there
    (f"/v1/contracts?stat={CANARY}", "stat", "is not known here"),
    (f"/v1/contracts/{CONTRACT}/history?cursor=-1", "cursor", "is less than 0"),
    (f"/v1/contracts/{CONTRACT}/history?cursor={2**31}", "cursor", "is more than 2147483647"),
    (f"/v1/options/{OPTION}/history?cursor={CANARY}", "cursor", WHOLE),
    (f"/v1/audit/transitions?after={CANARY}", "after", WHOLE),
    ("/v1/audit/transitions?after=-1", "after", "is less than 0"),
    ("/v1/due", "until", "is required"),
    ("/v1/due?until=2022-05-01", "until", INSTANT),
    ("/v1/due?until=2200-01-01T00:00:00Z", "until", YEARS),
    ("/v1/due?until=2022-05-01T00:00:00Z&cursor=x", "cursor", WHOLE),
    (f"/v1/contracts/{CONTRACT}?effective_at=2022-05-01T00:00:00", "effective_at", INSTANT),
    (f"/v1/contracts/{CONTRACT}?known_at=1999-12-31T00:00:00Z", "known_at", YEARS),
    (f"/v1/contracts/{CONTRACT}/latest_arrival", "effective_on", "is required"),
    (f"/v1/contracts/{CONTRACT}/latest_arrival?effective_on=2022-02-30", "effective_on", NO_DAY),
    (f"/v1/terms?on={CANARY}", "on", DAY),
    ("/v1/terms?on=1999-12-31", "on", YEARS),
    (f"{PREVIEW}&arrived_on=2022-04-01&arrived_at=2022-04-01T00:00:00Z", "arrived_at",
     "give arrived_on or arrived_at, not both"),
    (f"{PREVIEW}&within_minimum_term={CANARY}", "within_minimum_term", "is not one of 'defer' or 'residual_fee'"),
    (f"{PREVIEW}&arrived_on=2200-01-01", "arrived_on", YEARS),
]  # fmt: skip


@WITHOUT_DATABASE
@pytest.mark.parametrize(("address", "name", "detail"), QUERIES, ids=[query[0][:60] for query in QUERIES])
def test_a_malformed_query_is_refused(standing_desk: Desk, address: str, name: str, detail: str) -> None:
    response = standing_desk.client.get(address)
    assert answered(response, 422) == answer(address.partition("?")[0], (f"/query/{name}", detail))
    assert CANARY not in response.text


@WITHOUT_DATABASE
@pytest.mark.parametrize("typed", ["maybe", "2", ""])
def test_a_dry_run_is_one_or_is_not(standing_desk: Desk, typed: str) -> None:
    path = f"/v1/contracts/{CONTRACT}/withdraw"
    assert standing_desk.post(path, {}, 422, dry_run=typed) == answer(
        path, ("/query/dry_run", "is not true or false")
    )


def test_every_operation_refuses_a_parameter_that_it_does_not_know(standing_desk: Desk) -> None:
    routes = [route for route in create_app(standing_desk.context).routes if isinstance(route, APIRoute)]
    asked = {operation_of(route) for route in routes if route.path.startswith("/v1")}
    refusing = [route for route in routes if known_parameters in {d.dependency for d in route.dependencies}]
    assert asked and asked == {operation_of(route) for route in refusing}


@pytest.mark.parametrize("typed", ["dryrun", "dry-run", "Dry_Run", "dry_run "])
def test_a_mistyped_dry_run_parameter_stores_nothing(desk: Desk, typed: str) -> None:
    contract, before = desk.apply(), desk.counts()
    path = f"{path_of(contract)}/withdraw"
    expected = answer(path, (f"/query/{typed}", "is not known here"))
    assert desk.post(path, {}, 422, **{typed: "true"}) == expected
    assert answered(desk.client.post(f"{path}?dry_run=true&dry_run=false"), 422) == answer(
        path, ("/query/dry_run", "is given more than once")
    )
    assert (desk.counts() | {"contract": 0}, desk.show(contract)) == (before | {"contract": 0}, contract)


IDS = [
    "x",
    CONTRACT[:-1],
    f"{CONTRACT}0",
    CONTRACT.upper(),
    f"{CONTRACT}%00",
    f"{CONTRACT}%0A",
    "c_%ff" + "0" * 23,
    "%F0%9F%92%A5",
    "..%2F..",
    "'--",
]


@WITHOUT_DATABASE
@pytest.mark.parametrize("kind", ["contract", "option"])
@pytest.mark.parametrize("typed", IDS)
def test_a_text_that_cannot_be_an_id_is_answered_404(standing_desk: Desk, kind: str, typed: str) -> None:
    address = f"/v1/{kind}s/{typed.replace('c_', kind[0] + '_')}"
    for answer_to in (
        standing_desk.client.get(address),
        standing_desk.client.post(f"{address}/withdraw", json={}),
    ):
        problem = answered(answer_to, 404)
        assert problem["title"] == "Not found"
        assert problem["detail"] in (f"There is no such {kind}.", "Not Found")  # a slash makes it another path


def test_a_text_that_cannot_be_the_id_of_a_mail_is_answered_404(standing_desk: Desk) -> None:
    for typed in ("x", "mail_%00" + "0" * 25, "mail_" + "0" * 26):
        for answer_to in (
            standing_desk.client.get(f"/v1/mail/{typed}"),
            standing_desk.client.post(f"/v1/mail/{typed}/resend"),
            standing_desk.client.post(f"/v1/mail/{typed}/remove", json={"reason": "sent by hand"}),
        ):
            assert answered(answer_to, 404)["title"] == "Not found"


def test_a_contract_is_no_option_and_an_option_no_contract(desk: Desk) -> None:
    contract = desk.apply(options=[{"kind": "drm", "reference": "D"}])
    crossed = [f"/v1/options/{contract['id']}", f"/v1/contracts/{contract['options'][0]['id']}"]
    before = desk.counts()
    for path, body in ((path, {"billing_starts_on": "2022-05-01"}) for path in crossed):
        desk.get(path, 404)
        desk.get(f"{path}/history", 404)
        for event in ("withdraw", "notify_cancellation"):
            desk.post(f"{path}/{event}", {}, 404)
        fees = {"initial_fee_yen": 0, "monthly_fee_yen": 0} if "/options/" in path else {}
        desk.post(f"{path}/accept", body | fees, 404)
    assert desk.counts() == before


KEY, VERSION = "is not 1 to 255 visible ASCII characters", 'is not a version in the form "5", or a list of such'
HEADERS: list[tuple[str, Any, str]] = [
    ("Idempotency-Key", "", KEY),
    ("Idempotency-Key", f"{CANARY} with blanks", KEY),
    ("Idempotency-Key", "k" * 256, KEY),
    ("Idempotency-Key", "鍵".encode(), KEY),
    ("Idempotency-Key", b"\x80\xff", KEY),
    ("If-Match", CANARY, VERSION),
    ("If-Match", "", VERSION),
    ("If-Match", '"-1"', VERSION),
    ("If-Match", '"1", "2.", "3"', VERSION),
    ("If-Match", ", ".join(['"1"'] * 21), VERSION),
    ("If-Match", f'"{10**30}"', VERSION),
    ("If-Match", '"１"'.encode(), VERSION),
    ("If-Match", b'"\xff"', VERSION),
]


@WITHOUT_DATABASE
@pytest.mark.parametrize(("name", "value", "detail"), HEADERS, ids=[f"{n} {v!r:.20}" for n, v, _ in HEADERS])
def test_a_malformed_header_is_refused(standing_desk: Desk, name: str, value: Any, detail: str) -> None:
    path = f"/v1/contracts/{CONTRACT}/withdraw"
    response = standing_desk.client.post(path, json={}, headers={name: value})
    assert answered(response, 422) == answer(path, (f"/header/{name}", detail))
    assert CANARY not in response.text


STRANGERS: list[Json] = [
    {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
    {"Authorization": f"Bearer {CANARY}"}, {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"Authorization": b"Bearer \xff\xfe"}, {"Authorization": f"Bearer {'x' * 10_000}"},
]  # fmt: skip


@pytest.mark.parametrize("headers", STRANGERS, ids=[str(s["Authorization"])[:20] for s in STRANGERS])
def test_a_request_without_a_valid_token_is_answered_401(standing_desk: Desk, headers: Json) -> None:
    for path in ("/v1/contracts", f"/v1/contracts/{CONTRACT}", "/v1/clock", "/v1/terms", "/v1/audit/transitions"):
        response = standing_desk.client.get(path, headers=headers)
        assert answered(response, 401) == {
            "type": "/problems/unauthorized",
            "title": "A valid token is required",
            "status": 401,
            "detail": "Send Authorization: Bearer with a valid token.",
            "instance": path,
        }
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["[bad", "x" * 300, "a b", "例え.jp".encode(), "testserver:99999999"])
def test_the_host_header_does_not_change_the_answer(standing_desk: Desk, host: Any) -> None:
    assert answered(standing_desk.client.get("/v1/contracts/x", headers={"Host": host}), 404)["instance"]
