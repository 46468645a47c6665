"""The page of a contract with an archived history names the file; every command is refused."""

from pathlib import Path

from lifecycle.audit.keys import new_key
from tests.api.conftest import invoke as invoke
from tests.api.desk import Invoke
from tests.pages.browsing import Browser


def test_the_page_of_an_archived_contract_names_the_file_of_its_history(
    browser: Browser, invoke: Invoke, tmp_path: Path
) -> None:
    desk, key, file = browser.desk, tmp_path / "audit.key", tmp_path / "ended.jsonl"
    new_key(key, "contracts.example.com")
    gone, other = desk.apply(reference="OD-1"), desk.apply(reference="OD-2")
    desk.do(gone, "withdraw")
    desk.move_to("2032-06-01")
    words = ["audit", "archive", "--database-url", f"{desk.engine.url}", "--ended-before"]
    signed = ["--audit-key", str(key)]
    assert "1 contracts with 2 rows may be archived" in invoke(*words, "2022-06-01")
    assert "no checkpoint is signed yet" in invoke(*words, "2022-06-01", "--to", str(file), *signed, status=1)
    invoke("audit", "seal", "--database-url", f"{desk.engine.url}", *signed)
    late = invoke(*words, "2022-06-02", "--to", str(file), "--drop", *signed, status=1)
    assert "histories are kept for 10 years: --ended-before may be 2022-06-01 at the latest" in late
    told = invoke(*words, "2022-06-01", "--to", str(file), "--drop", "--by", "archivist", *signed)
    assert "2 rows of 1 contracts removed; keep ended.jsonl" in told
    assert "0 rows of 0 contracts removed" in invoke(*words, "2022-06-01", "--to", str(file), "--drop", *signed)
    archive = desk.show(gone)["archive"]
    assert (archive["file"], archive["sha256"][:8]) == ("ended.jsonl", told.split("SHA-256 ")[1][:8])
    assert "archive" not in desk.show(other)
    for refused in (
        desk.get(f"/v1/contracts/{gone['id']}/history", 409),
        desk.get(f"/v1/contracts/{gone['id']}/proof", 409),
        desk.get(f"/v1/contracts/{gone['id']}", 409, effective_at="2022-04-22T12:00:00+09:00"),
        desk.post(f"/v1/contracts/{gone['id']}/notes", {"text": "電話"}, 409),
        desk.do(gone, "withdraw", 409),
    ):
        assert (refused["type"], refused["archive"]) == ("/problems/archived", archive)
    assert (
        desk.post("/v1/contracts", desk.application | {"reference": "OD-1"}, 409)["type"] == "/problems/duplicate"
    )
    assert [one["id"] for one in desk.get("/v1/contracts", state="withdrawn")["items"]] == [gone["id"]]
    shown = browser.look(f"/contracts/{gone['id']}").text
    assert "履歴2行は保管ファイルに移されています。" in shown
    assert archive["sha256"] in shown
