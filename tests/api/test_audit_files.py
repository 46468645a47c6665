"""A contract's proof and exports over the API: the verifier accepts them."""

import json
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from lifecycle.audit.checkpoint import KeptCheckpoint, read_checkpoint
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.merkle import root_of
from lifecycle.audit.seal import Seals, list_checkpoints, seal
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, Verdict, verify
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json
from tests.api.test_limits import bounded

KEY = SigningKey("contracts.example.com", Random(3).randbytes(32))
UNKNOWN = "c_" + "0" * 26


@pytest.fixture(scope="module")
def sealed(standing_desk: Desk) -> Json:
    """A contract with an option, billing; everything is sealed but a notice of another that came afterwards."""
    desk = standing_desk
    contract = desk.accepted(received_on="2022-04-20", options=[{"kind": "drm", "reference": "D"}])
    desk.accept(contract["options"][0])
    desk.move_to("2022-07-20")
    other = desk.accepted(requested_billing_start_on="2022-08-01")
    assert desk.get(f"/v1/contracts/{contract['id']}/proof", 409)["type"].endswith("not-sealed")
    assert desk.get("/v1/audit/export", 409, event="apply")["title"] == "Not sealed"
    seal(desk.engine, desk.context.clock(), Seals(KEY))
    desk.do(other, "notify_cancellation")
    return contract


def lines_of(answer: httpx2.Response) -> list[Json]:
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/jsonl"
    return [json.loads(line) for line in answer.content.splitlines()]


def verdict_on(desk: Desk, content: bytes, folder: Path) -> Verdict:
    """Return the verdict of the verifier on the received file, with every stored checkpoint."""
    file = folder / "came.jsonl"
    file.write_bytes(content)
    with reading(desk.engine) as conn:
        notes = [read_checkpoint(note.encode(), KEY.public) for _, note, _ in list_checkpoints(conn)]
    return verify(file, [KeptCheckpoint(one, "kept") for one in notes], KEY.public, legal_steps())


def test_the_tiles_are_of_the_signed_log_and_hold_no_row(standing_desk: Desk, sealed: Json) -> None:
    note = standing_desk.client.get("/v1/audit/tiles/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    checkpoint = read_checkpoint(note.content, KEY.public)
    tile = standing_desk.client.get(f"/v1/audit/tiles/tile/0/000.p/{checkpoint.size}")
    hashes = [tile.content[n : n + 32] for n in range(0, len(tile.content), 32)]
    assert (len(hashes), root_of(hashes)) == (checkpoint.size, checkpoint.root)
    assert "immutable" in tile.headers["cache-control"] and "public" not in tile.headers["cache-control"]
    for place in (f"000.p/{checkpoint.size + 1}", "000", "x000/000.p/1", "entries"):
        assert standing_desk.client.get(f"/v1/audit/tiles/tile/0/{place}").status_code == 404, place
    assert standing_desk.client.get("/v1/audit/tiles/tile/64/000").status_code == 422


def test_the_proof_of_a_contract_contains_its_rows_and_no_others(
    standing_desk: Desk, sealed: Json, tmp_path: Path
) -> None:
    answer = standing_desk.client.get(f"/v1/contracts/{sealed['id']}/proof")
    rows = [line["row"] for line in lines_of(answer) if "row" in line]
    assert {row["subject"] for row in rows} == {sealed["id"], sealed["options"][0]["id"]}
    assert [row["event"] for row in rows if row["kind"] == "contract"] == ["apply", "accept", "start_billing"]
    assert verdict_on(standing_desk, answer.content, tmp_path).code == GOOD
    forged = answer.content.replace(b'"event":"accept"', b'"event":"reject"', 1)
    assert verdict_on(standing_desk, forged, tmp_path).code == TAMPERED
    assert "山田" not in answer.text and "サンプル" not in answer.text


def test_the_whole_history_includes_what_is_not_sealed_yet(
    standing_desk: Desk, sealed: Json, tmp_path: Path
) -> None:
    answer = standing_desk.client.get("/v1/audit/export")
    found = lines_of(answer)
    assert [row["row"]["event"] for row in found if "row" in row][-1] == "notify_cancellation"
    verdict = verdict_on(standing_desk, answer.content, tmp_path)
    assert verdict.code == GOOD and "1 are newer than the last of them" in verdict.says
    assert verdict_on(standing_desk, answer.content[:-30], tmp_path).code == TAMPERED


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ({"event": "start_billing"}, {"start_billing"}),
        ({"actor": "clock"}, {"start_billing"}),
        ({"since": "2022-07-20T00:00:00+09:00", "event": "accept"}, {"accept"}),
        ({"until": "2022-04-01T00:00:00+09:00"}, set()),
    ],
    ids=str,
)
def test_rows_of_an_event_an_actor_or_a_time_are_exported_with_proofs(
    standing_desk: Desk, sealed: Json, asked: dict[str, Any], events: set[str], tmp_path: Path
) -> None:
    answer = standing_desk.client.get("/v1/audit/export", params=asked)
    found = lines_of(answer)
    assert {line["row"]["event"] for line in found if "row" in line} == events
    assert found[0]["filter"] == asked
    assert verdict_on(standing_desk, answer.content, tmp_path).code == GOOD


def test_rows_of_a_contract_up_to_a_checkpoint_that_was_kept(standing_desk: Desk, sealed: Json) -> None:
    (size,) = [item["size"] for item in standing_desk.get("/v1/audit/checkpoints")["items"]]
    asked = {"contract": sealed["id"], "size": size}
    assert len(lines_of(standing_desk.client.get("/v1/audit/export", params=asked))) > 4
    assert (
        standing_desk.get("/v1/audit/export", 409, contract=sealed["id"], size=size - 1)["title"] == "Not sealed"
    )


def test_an_interrupted_download_resumes_after_its_last_complete_row(
    standing_desk: Desk, sealed: Json, tmp_path: Path
) -> None:
    get = standing_desk.client.get
    for asked in ({}, {"actor": "clock"}):
        content = get("/v1/audit/export", params=asked).content
        came = content[: content.index(b"\n", len(content) // 4) + 1]  # a first line and some rows
        first, *rows = map(json.loads, came.splitlines())
        rest = {"after": rows[-1].get("index", len(rows) - 1)}
        if asked:
            refused = standing_desk.get("/v1/audit/export", 422, **asked, **rest)
            assert refused["errors"][0]["pointer"] == "/query/size"
            rest["size"] = int(first["checkpoint"].split("\n")[1])
        more = get("/v1/audit/export", params=asked | rest).content
        assert came + more == content
        assert verdict_on(standing_desk, came + more, tmp_path).code == GOOD
    assert standing_desk.get("/v1/audit/export", 422, after=10**6)["errors"][0]["pointer"] == "/query/after"


def test_an_unknown_contract_has_no_proof(standing_desk: Desk, sealed: Json) -> None:
    assert standing_desk.get(f"/v1/contracts/{UNKNOWN}/proof", 404)["title"] == "Not found"
    assert standing_desk.get("/v1/audit/export", 404, contract="nonsense")["title"] == "Not found"
    assert standing_desk.get("/v1/audit/export", 422, event="no such")["title"] == "Malformed input"


def test_the_number_of_concurrent_exports_is_limited(standing_desk: Desk, sealed: Json) -> None:
    paths = ("/v1/audit/export", f"/v1/contracts/{sealed['id']}/proof", "/v1/contracts.csv", "/v1/due.csv")
    asked = {"until": "2022-08-01T00:00:00+09:00"}
    with bounded(standing_desk, exports_at_once=1):
        room = standing_desk.context.exporting
        for path in paths:
            query = asked if "due" in path else {}
            with room.entered():
                busy = standing_desk.client.get(path, params=query)
                assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5"), path
                stranger = standing_desk.client.get(path, params=query, headers={"Authorization": "Bearer x"})
                assert stranger.status_code == 401, path
            with standing_desk.client.stream("GET", path, params=query) as answer:
                assert answer.status_code == 200, path
            assert room.inside == 0, path
