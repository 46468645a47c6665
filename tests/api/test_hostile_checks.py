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
