"""Personal data and tokens in every input: none appears in a log, a metric or an error."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from lifecycle.cli.logs import configure
from tests.api.answers import operations
from tests.api.desk import Desk, Json
from tests.api.test_document import TAKES_FILES

NAME, TOKEN = "山田canary太郎", "lc_canary0token0that0nobody0may0see"
EMAIL = "canary@example.co.jp"
CANARIES = ("canary", "Canary", "%E5%B1%B1", "山田")
PLACES = ("body", "query", "path", "header", "token", "key", "cookie")


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """All logs as JSON, from the least important on."""
    configure("json", "debug")
    yield capsys
    configure("auto", "warning")


def requests(document: Json, place: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with the canary in one place."""
    for method, path, operation in operations(document):
        if operation["operationId"] in TAKES_FILES:  # it names the sender's own headings
            continue
        filled = path.replace("{month}", "2022-05")
        ids = {"contract": "c", "option": "o", "change": "i", "measure": "m", "outage": "x", "subject": "c"}
        for name, letter in ids.items():
            filled = filled.replace("{" + name + "_id}", NAME if place == "path" else f"{letter}_{'0' * 26}")
        filled = filled.replace("{name}", NAME)
        more: dict[str, Any] = {"headers": {}}
        if "requestBody" in operation:
            more["json"] = body(document, operation) if place == "body" else {"zzz": EMAIL}
        if place == "query":
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            more["params"] = dict.fromkeys([*names, "zzz"], EMAIL)
        if place == "token":
            more["headers"]["Authorization"] = f"Bearer {TOKEN}"
        if place == "key":
            more["headers"]["Idempotency-Key"] = EMAIL
        if place == "cookie":
            more["headers"]["Cookie"] = f"session={TOKEN}"
        if place == "header":
            more["headers"] |= {"X-Request-Id": EMAIL, "If-Match": EMAIL, "User-Agent": EMAIL, "Referer": EMAIL}
        yield method, filled, more


def body(document: Json, operation: Json) -> Json:
    """A body with the canary in each of its fields."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    reference = (schema.get("$ref") or schema["anyOf"][0]["$ref"]).rpartition("/")[2]
    return dict.fromkeys(document["components"]["schemas"][reference]["properties"], NAME)


@pytest.mark.parametrize("place", PLACES)
def test_no_error_and_no_log_repeats_what_was_sent(
    standing_desk: Desk, document: Json, logged: pytest.CaptureFixture[str], place: str
) -> None:
    refused = 0
    for method, path, more in requests(document, place):
        answer = standing_desk.client.request(method, path, **more)
        if answer.status_code >= 400:
            refused += 1
            told = answer.text + str(dict(answer.headers))
            assert not [canary for canary in CANARIES if canary in told], (method, path, told)
    assert refused > 20
    standing_desk.client.get(f"/{NAME}/{TOKEN}")
    told = logged.readouterr().err + standing_desk.client.get("/metrics").text
    assert '"event": "answered"' in told
    assert not [canary for canary in CANARIES if canary in told]


def test_personal_data_in_requests_is_not_logged(desk: Desk, logged: pytest.CaptureFixture[str]) -> None:
    desk.apply(customer={"name": NAME, "email": EMAIL}, administrator={"name": NAME, "email": EMAIL})
    desk.get("/v1/contracts", q=NAME)
    told = logged.readouterr().err
    assert told.count('"event": "answered"') == 2
    assert not [canary for canary in CANARIES if canary in told]


def test_an_exception_is_logged_with_its_class_and_place_alone(logged: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("api.requests").exception("it failed")
    told = logged.readouterr().err
    assert "ValueError" in told and "test_canary.py" in told and NAME not in told


def test_the_request_id_is_in_the_answer_and_in_the_log(desk: Desk, logged: pytest.CaptureFixture[str]) -> None:
    own = "0b9b6f1e-6c1c-4a55-9d0a-3f6f4f1f2a11"
    assert desk.client.get("/v1/clock", headers={"X-Request-Id": own}).headers["X-Request-Id"] == own
    assert own in logged.readouterr().err
    other = desk.client.get("/v1/clock", headers={"X-Request-Id": EMAIL}).headers["X-Request-Id"]
    assert len(other) == 32 and other != desk.client.get("/v1/clock").headers["X-Request-Id"]
