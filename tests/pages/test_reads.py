"""Reads and exports of personal data are recorded with ids alone, for auditors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from lifecycle.audit.keys import new_key, read_key
from lifecycle.audit.seal import Seals, seal
from lifecycle.people.reads import KEPT, MOST, Read, Reads, forget_old_reads, write_reads
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from scheduler.reads_writer import ReadsWriter
from tests.api.desk import BEARER
from tests.pages.browsing import Browser
from tests.pages.test_proposals import become
from tests.postgres import owning

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def written(browser: Browser) -> list[tuple[str, str, str]]:
    """Everything that was read up to now, as (actor, operation, ids)."""
    ReadsWriter(browser.desk.engine, browser.desk.context.reads)._turn()
    table = tables.personal_read
    with reading(browser.desk.engine) as conn:
        rows = conn.execute(table.select().order_by(table.c.id)).all()
    return [(row.actor, row.operation, row.contract_ids) for row in rows]


def test_reads_and_exports_of_personal_data_are_recorded_with_ids_alone(anywhere: Browser) -> None:
    one, two = (anywhere.desk.apply(reference=f"OD-{number}")["id"] for number in range(2))
    become(anywhere, "受注", "order_desk")
    anywhere.desk.context.reads.take()
    anywhere.look(f"/contracts/{one}")
    anywhere.look("/contracts", q="サンプル")
    anywhere.client.get("/contracts.csv")
    anywhere.desk.get(f"/v1/contracts/{one}")
    anywhere.client.get(f"/contracts/{one}/papers/acceptance")
    found = written(anywhere)
    assert {ids for _, operation, ids in found if operation == "page-contracts_page"} == {f"{two} {one}"}
    assert {(actor, operation, len(ids.split())) for actor, operation, ids in found} == {
        ("受注", "page-contract_page", 1),
        ("受注", "page-contracts_page", 2),
        ("受注", "page-contracts_file", 2),
        ("受注", "page-to_print", 1),
        ("admin", "contracts-get", 1),
    }
    assert written(anywhere) == found


def test_without_the_right_to_personal_data_no_read_is_recorded(browser: Browser) -> None:
    one = browser.desk.apply(reference="OD-1")["id"]
    become(browser, "監査", "auditor")
    browser.desk.context.reads.take()
    browser.look(f"/contracts/{one}")
    browser.look("/contracts")
    assert written(browser) == []


def test_an_auditor_finds_them_by_reference_and_person(browser: Browser) -> None:
    one, two = (browser.desk.apply(reference=f"OD-{number}")["id"] for number in (1, 2))
    with writing(browser.desk.engine) as conn:
        at = browser.desk.context.wall()
        write_reads(conn, [Read(at, "鈴木", "contracts-notify_cancellation", [two])])
        write_reads(conn, [Read(at, "田中", "contracts-get", [one]), Read(at, "佐藤", "files-paper", [two])])
    become(browser, "監査", "auditor")
    assert "解約通知を受け付ける（API）" in browser.look("/audit/reads", person="鈴木").text
    page = browser.look("/audit/reads", of="ｏｄ－1")
    assert "田中" in page.text and "佐藤" not in page.text and "OD-1" in page.text
    assert "佐藤" in browser.look("/audit/reads", person="佐藤").text
    assert "該当する記録はありません" in browser.look("/audit/reads", until="2022/1/1").text
    assert 'aria-invalid="true"' in (browser.look("/audit/reads", 422, since="x") and browser.html)
    file = browser.client.get("/audit/reads.csv", params={"of": "OD-2"}).text.splitlines()
    assert len(file) == 3 and ",佐藤,files-paper,1,OD-2," in file[1]
    answer = browser.desk.get("/v1/audit/reads", subject=one)
    assert [(item["actor"], item["contracts"]) for item in answer["items"]] == [("田中", [one])]
    first = browser.desk.get("/v1/audit/reads", limit=1)
    (second,) = browser.desk.get("/v1/audit/reads", limit=1, cursor=first["next"])["items"]
    assert (first["items"][0]["actor"], second["actor"]) == ("佐藤", "田中")
    assert browser.desk.get("/v1/audit/reads", **{"to": "2022-01-01T00:00:00+09:00"})["items"] == []


def test_an_export_of_the_history_is_one_read_with_its_filter_and_number(browser: Browser, tmp_path: Path) -> None:
    one = browser.desk.accepted(reference="OD-1")
    new_key(tmp_path / "key", "log")
    seal(browser.desk.engine, NOW, Seals(read_key(tmp_path / "key")))
    browser.desk.context.reads.take()
    for path in (
        "audit/export",
        "audit/export?event=accept",
        "audit/sent?month=2022-04",
        f"contracts/{one['id']}/proof",
    ):
        assert browser.client.get(f"/v1/{path}", headers=BEARER).status_code == 200, path
    assert written(browser) == [
        ("admin", "files-export_history", ""), ("admin", "files-export_history", ""),
        ("admin", "files-export_sent", ""), ("admin", "files-proof", one["id"]),
    ]  # fmt: skip
    items = browser.desk.get("/v1/audit/reads", subject="OD-1")["items"]
    assert [(item["rows"], item["export"]) for item in items[:4]] == [
        (2, {"contract": one["id"]}), (0, {"month": "2022-04"}), (1, {"event": "accept"}), (2, {}),
    ]  # fmt: skip
    text = browser.look("/audit/reads").text
    assert "履歴の書出し（API） 履歴2行を書出し すべての契約" in text and "履歴1行を書出し event: accept" in text
    assert ",admin,files-export_history,1,,,event=accept" in browser.client.get("/audit/reads.csv").text


def test_no_read_can_be_changed_and_none_of_the_last_year_removed(engine: Engine) -> None:
    now = datetime.now(UTC)
    row = {"actor": "田中", "operation": "contracts-get", "number": 1, "contract_ids": "c_1"}
    with writing(engine) as conn:
        conn.execute(insert(tables.personal_read), [row | {"at": now}, row | {"at": now - KEPT - timedelta(1)}])
    statements = ["UPDATE personal_read SET actor = 'x'", "DELETE FROM personal_read"]
    with owning(engine) as owner:
        for statement in statements:
            with pytest.raises(DBAPIError, match="append-only"), writing(owner) as conn:
                conn.execute(text(statement))
    with writing(engine) as conn:
        assert [forget_old_reads(conn, now), forget_old_reads(conn, now)] == [1, 0]


def test_reads_wait_for_a_database_that_does_not_answer(engine: Engine) -> None:
    reads, one = Reads(), Read(NOW, "田中", "contracts-get", ("c_1",))
    reads.add(one)
    broken = ReadsWriter(None, reads)  # type: ignore[arg-type]
    broken._turn()
    reads.add(one._replace(actor="佐藤"))
    assert [read.actor for read in reads.take()] == ["田中", "佐藤"]
    reads.put_back([one] * MOST)
    reads.add(one)
    assert reads.lost == 1


def test_long_exports_are_several_rows(engine: Engine) -> None:
    with writing(engine) as conn:
        write_reads(conn, [Read(NOW, "田中", "files-list_contracts", [f"c_{n}" for n in range(1_001)])])
        numbers = conn.execute(text("SELECT number FROM personal_read ORDER BY id")).scalars().all()
    assert numbers == [500, 500, 1]


def test_the_page_of_operations_lists_changes_of_the_service(browser: Browser) -> None:
    browser.desk.post("/v1/webhooks", {"url": "https://receiver.example.com/hooks"}, 201)
    assert "通知先を追加" in browser.look("/audit/log").text
    assert "webhook_add" in browser.client.get("/audit/log.csv").text
    assert browser.client.get("/audit/log.xlsx").status_code == 200
