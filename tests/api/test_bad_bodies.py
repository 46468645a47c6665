"""Malformed bodies are refused with the exact place and reason, and never with what was sent."""

import json
from typing import Any

import pytest

from lifecycle.terms.formats import english_day
from tests.api import malformed
from tests.api.desk import Desk, Json, Subject, answered, path_of
from tests.api.malformed import APPLICATIONS, CANARY, EVENTS, RAW, WITHOUT_DATABASE, YEN, answer, application
from tests.api.situations import contract_in, option_in

CONTRACTS = "/v1/contracts"


def refused(
    desk: Desk, path: str, body: Any, *errors: tuple[str, str], headers: Json = malformed.JSON_TYPE
) -> None:
    """Send a body byte for byte, with NaN and lone surrogates; the answer is exact and nothing is stored."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = desk.client.post(path, content=content, headers=headers)
    assert answered(response, 422) == answer(path, *errors)
    assert CANARY not in response.text


@WITHOUT_DATABASE
@pytest.mark.parametrize(
    ("pointer", "value", "detail"), APPLICATIONS, ids=[f"{p} {str(v)[:20]!r}" for p, v, _ in APPLICATIONS]
)
def test_one_wrong_value_in_an_application_is_named(
    standing_desk: Desk, pointer: str, value: Any, detail: str
) -> None:
    refused(standing_desk, CONTRACTS, application(pointer, value), (pointer, detail))


@WITHOUT_DATABASE
@pytest.mark.parametrize(("value", "detail"), YEN, ids=str)
def test_an_amount_is_a_whole_number_of_yen(standing_desk: Desk, value: Any, detail: str) -> None:
    path = "/v1/options/o_00000000000000000000000000/accept"
    body = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 0, "monthly_fee_yen": value}
    refused(standing_desk, path, body, ("/monthly_fee_yen", detail))


@WITHOUT_DATABASE
@pytest.mark.parametrize(("event", "body", "errors"), EVENTS)
def test_one_wrong_value_in_an_event_is_named(
    standing_desk: Desk, event: str, body: Json, errors: list[tuple[str, str]]
) -> None:
    refused(standing_desk, f"{CONTRACTS}/c_{'0' * 26}/{event}", body, *errors)


@WITHOUT_DATABASE
@pytest.mark.parametrize("what", RAW)
def test_a_body_that_is_not_a_json_object_is_refused(standing_desk: Desk, what: str) -> None:
    content, headers, errors = RAW[what]
    refused(standing_desk, CONTRACTS, content, *errors, headers=headers)


@WITHOUT_DATABASE
def test_everything_wrong_is_named_at_once_in_the_order_of_the_fields(standing_desk: Desk) -> None:
    body = {"reference": 1, "received_on": "x", "customer": {}, "item": None, "options": [{}], "zzz": {"a": 1}}
    refused(
        standing_desk,
        CONTRACTS,
        body,
        ("/received_on", malformed.DAY),
        ("/reference", malformed.TEXT),
        ("/customer/name", "is required"),
        ("/item", "is not one of 'basic' or 'premium'"),
        ("/options/0/kind", "is required"),
        ("/options/0/reference", "is required"),
        ("/zzz", "is not known here"),
    )


@WITHOUT_DATABASE
def test_of_very_many_errors_a_hundred_are_listed(standing_desk: Desk) -> None:
    body = standing_desk.application | {"reference": "K"} | {f"a/b~{number}": CANARY for number in range(9_000)}
    problem = standing_desk.post(CONTRACTS, body, 422)
    assert (problem["detail"], len(problem["errors"])) == ("9000 value(s) are malformed.", 100)
    assert problem["errors"][0] == {"pointer": "/a~1b~00", "detail": "is not known here"}


@WITHOUT_DATABASE
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
@pytest.mark.parametrize("size", [262_145, 1_000_000])
def test_a_body_is_at_most_256_kib(standing_desk: Desk, size: int, chunked: bool) -> None:
    flood = [b" " * 50_000] * (size // 50_000) + [b" " * (size % 50_000)]
    content: Any = iter(flood) if chunked else b"".join(flood)
    response = standing_desk.client.post(CONTRACTS, content=content, headers=malformed.JSON_TYPE)
    assert answered(response, 413) == {
        "type": "/problems/too-large",
        "title": "Too large",
        "status": 413,
        "detail": "A body holds at most 262144 bytes.",
        "instance": CONTRACTS if chunked else "/",  # what is announced is refused before its route is known
        "limit_bytes": 262_144,
    }


def test_a_body_of_just_that_size_is_read(desk: Desk) -> None:
    body = json.dumps(desk.application | {"reference": "K"})
    full = body[:-1] + " " * (262_144 - len(body)) + "}"
    response = desk.client.post(CONTRACTS, content=full, headers=malformed.JSON_TYPE)
    assert answered(response, 201)["reference"] == "K"


@pytest.mark.parametrize("made", [contract_in, option_in])
@pytest.mark.parametrize(
    ("given", "day"),
    [
        ({"arrived_on": "2022-04-23"}, "2022-04-23"),
        ({"arrived_at": "2022-04-22T09:00:00.000001+09:00"}, "2022-04-22"),
        ({"arrived_at": "2022-04-22T15:00:00Z"}, "2022-04-23"),
    ],
)
def test_a_notice_to_arrive_in_the_future_is_refused(desk: Desk, made: Any, given: Json, day: str) -> None:
    subject: Subject = made(desk, "billing")
    path, counts = f"{path_of(subject)}/notify_cancellation", desk.counts()
    year, month, number = (int(part) for part in day.split("-"))
    because = f"The day of arrival, {english_day(day)}, lies in the future; today is 22 April 2022."
    because_ja = f"到達日（{year}年{month}月{number}日）は本日（2022年4月22日）より後である。"
    if day == "2022-04-22":
        because = "The time of arrival lies in the future: it is given as later today, 22 April 2022."
        because_ja = "到達の時刻は、本日（2022年4月22日）の現在時刻より後である。"
    act = "arrival" if made is contract_in else "option_arrival"
    parameters = {"act_day": act, "asked_on": day, "today": "2022-04-22"}
    if day == "2022-04-22":
        parameters = {"act_time": act, "today": day}
    assert desk.post(path, given, 409) == {
        "type": "/problems/refused",
        "title": "Refused by the terms",
        "status": 409,
        "detail": because,
        "instance": path,
        "rulings": [
            {
                "rule": "not_in_future",
                "article": "Art. 6" if made is contract_in else "Art. 5(5)",
                "case": "later_today" if day == "2022-04-22" else "on_a_later_day",
                "parameters": parameters,
                "because": because,
                "because_ja": because_ja,
                "reading": "R7",
                "basis": "code",
                "terms": "2021-11-01",
                "assumed": True,
            }
        ],
    }
    assert desk.counts() == counts


@pytest.mark.parametrize("kind", ["contract", "option"])
def test_a_command_on_an_unknown_subject_is_answered_404(desk: Desk, kind: str) -> None:
    option, contract = f"/v1/options/o_{'0' * 26}/accept", f"{CONTRACTS}/c_{'0' * 26}/options"
    offer = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 0, "monthly_fee_yen": 0}
    path, body = (option, offer) if kind == "option" else (contract, {"kind": "drm", "reference": "D"})
    assert desk.post(path, body, 404) == {
        "type": "/problems/unknown",
        "title": "Not found",
        "status": 404,
        "detail": f"There is no such {kind}.",
        "instance": path,
    }
