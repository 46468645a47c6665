"""The checks of `make hostile` fail on a server error, an undocumented answer, an echo and a missing answer."""

import random
import re

import pytest

from tests.api.desk import Desk, Json
from tests.hostile import generated, raw
from tests.hostile.judged import Judge, expected
from tests.hostile.places import Target, addresses

TARGET = Target(0, "t", "s", {"contract_id": ["c_1"]})
PROBLEM_404 = (
    b'{"type": "/problems/unknown", "title": "Not found", "status": 404, "detail": "There is none.", '
    b'"instance": "/"%s}'
)


def answer(status: int, media: str, body: bytes) -> bytes:
    """An answer as the bytes of the connection."""
    return f"HTTP/1.1 {status} \r\ncontent-type: {media}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("status", "media", "body", "wrong"),
    [
        (404, "application/problem+json", PROBLEM_404 % b"", ""),
        (404, "application/problem+json", PROBLEM_404 % b', "more": 1', "undocumented"),
        (404, "text/plain", b"", "undocumented"),
        (418, "application/problem+json", PROBLEM_404 % b"", "undocumented"),
        (500, "application/problem+json", b"", "500"),
        (503, "application/problem+json", b"", "503"),
    ],
)
def test_the_judge_finds_every_forbidden_answer(
    document: Json, status: int, media: str, body: bytes, wrong: str
) -> None:
    request = b"GET /v1/contracts/x?q=1 HTTP/1.1\r\n\r\n"
    found = Judge(document).judged(request, answer(status, media, body))
    assert found[0] == status and (wrong in found[1] if wrong else not found[1])


def test_an_echo_of_the_input_is_found() -> None:
    request = b"POST /v1/contracts HTTP/1.1\r\n\r\n" + raw.CANARY.encode()
    assert raw.echoed(request, raw.CANARY.encode()) and not raw.echoed(request, b"{}")
    sent = b"POST /v1/imports HTTP/1.1\r\n\r\n" + raw.CANARY.encode()
    assert not raw.echoed(sent, b'{"pointer":"/body/1/\\"%s"}' % raw.CANARY.encode())
    assert raw.echoed(sent, b'{"pointer":"/body/1/a","detail":"%s"}' % raw.CANARY.encode())
    assert raw.echoed(request, b'{"pointer":"/body/1/%s"}' % raw.CANARY.encode())
    assert not expected(request, 500) and not expected(request, 503)
    assert expected(b"GET /readyz HTTP/1.1", 503)


def test_a_seed_sends_the_same_again_and_every_part_is_hostile_at_times() -> None:
    first = [raw.request_of(TARGET, by) for by in [random.Random(7)] for _ in range(1500)]
    assert first == [raw.request_of(TARGET, by) for by in [random.Random(7)] for _ in range(1500)]
    text = b"\n".join(first)
    parts = (b"&q=", b"Cookie:", b"c_1", b"%ff", b"\x00", b"If-Match:", b"NaN", b"charset=utf-7", b"csrf=")
    for part in (*parts, raw.CANARY.encode()):
        assert part in text, part


def test_the_list_of_addresses_is_complete() -> None:
    paths = {path for _, path in addresses()}
    assert {"/v1/contracts/{contract_id}/accept", "/import", "/contracts/new", "/metrics"} <= paths
    assert len(addresses()) > 200


def test_the_generator_gets_existing_ids() -> None:
    page = generated.configuration({"contract_id": ["c_1", "c_2"]})
    assert 'values = ["c_1", "c_2"]' in page and '"path.contract_id"' in page


def test_an_unsupported_method_is_answered_405_with_the_allowed_ones(standing_desk: Desk) -> None:
    for path, allowed in (("/v1/contracts", "GET, POST"), ("/v1/clock", "GET, PUT"), ("/v1/terms", "GET")):
        answer = standing_desk.client.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert re.search("method-not-allowed", answer.text)


def test_a_number_beyond_what_the_database_counts_in_is_malformed(standing_desk: Desk) -> None:
    contract = standing_desk.apply()
    beyond = {
        "history": ("cursor", 2**31),
        "days": ("more_than_days", 20_001),
        "s": ("more_than_s", 2 * 10**9 + 1),
    }
    history = f"/v1/contracts/{contract['id']}/history"
    for path, what in ((history, "history"), ("/v1/audit/late_entries", "days"), ("/v1/audit/late_firings", "s")):
        name, most = beyond[what]
        assert standing_desk.client.get(path, params={name: most}).status_code == 422
        assert standing_desk.client.get(path, params={name: most - 1}).status_code == 200
