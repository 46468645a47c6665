"""The checks of `make hostile` are ones that fail: a server error, an echo, silence."""

import random
import re

from tests.api.desk import Desk
from tests.hostile import generated, raw


def test_a_server_error_and_an_echo_are_found() -> None:
    request = b"POST /v1/contracts HTTP/1.1\r\n\r\n" + raw.CANARY.encode()
    assert raw.echoed(request, raw.CANARY.encode()) and not raw.echoed(request, b"{}")
    assert not raw.expected(request, 500) and not raw.expected(request, 503)
    assert raw.expected(b"GET /readyz HTTP/1.1", 503)


def test_a_seed_sends_the_same_again_and_every_part_is_hostile_at_times() -> None:
    ids = {"contract_id": ["c_1"]}
    first = [raw.request_of("t", ids, by) for by in [random.Random(7)] for _ in range(400)]
    assert first == [raw.request_of("t", ids, by) for by in [random.Random(7)] for _ in range(400)]
    text = b"\n".join(first)
    for part in (b"?q=", b"Cookie:", b"c_1", b"%ff", b"\x00", b"If-Match:", raw.CANARY.encode(), b"NaN"):
        assert part in text, part


def test_what_is_there_is_named_to_the_generator() -> None:
    page = generated.configuration({"contract_id": ["c_1", "c_2"]})
    assert 'values = ["c_1", "c_2"]' in page and '"path.contract_id"' in page


def test_a_method_that_is_none_is_told_every_one_that_is(standing_desk: Desk) -> None:
    for path, allowed in (("/v1/contracts", "GET, POST"), ("/v1/clock", "GET, PUT"), ("/v1/terms", "GET")):
        answer = standing_desk.client.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert re.search("method-not-allowed", answer.text)
