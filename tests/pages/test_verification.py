"""Verification of an export in the browser: the verdict, the first bad row, and a certificate to print."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from lifecycle.audit.keys import SigningKey, new_key, read_key
from lifecycle.audit.seal import Seals, list_checkpoints, seal
from lifecycle.records.engine import reading
from tests.pages.browsing import HOST, Browser, Reader


@dataclass
class Held:
    """What an auditor holds."""

    export: bytes
    checkpoint: str
    key: SigningKey


@pytest.fixture
def held(browser: Browser, tmp_path: Path) -> Held:
    """Two contracts, one of them accepted; all of it sealed and exported."""
    browser.desk.accepted(reference="OD-1")
    browser.desk.apply(reference="OD-2")
    new_key(tmp_path / "audit.key", "contracts.example.com")
    key = read_key(tmp_path / "audit.key")
    seal(browser.desk.engine, browser.desk.context.clock(), Seals(key))
    with reading(browser.desk.engine) as conn:
        _, note, _ = list_checkpoints(conn)[-1]
    return Held(browser.desk.client.get("/v1/audit/export").content, note, key)


def verified(browser: Browser, held: Held, *, status: int = 200, judge: bool = True, **changes: object) -> Reader:
    form = browser.look("/audit/verify").forms[-1]
    data = form.values | {"keys": str(held.key.public), "judge": "yes"} | changes
    if not judge:
        del data["judge"]
    files = [("export", ("history.jsonl", held.export)), ("checkpoint", ("kept.txt", held.checkpoint.encode()))]
    answer = browser.client.post(form.action, data=data, files=files, headers={"Origin": HOST})
    return browser.read(answer, status)


def test_a_good_export_gets_a_certificate(browser: Browser, held: Held) -> None:
    page = verified(browser, held)
    assert "良 改ざんは見つかりませんでした" in page.text
    assert sha256(held.export).hexdigest() in page.text and str(held.key.public) in page.text
    assert "規程から計算し直して照合しました" in page.text
    assert "行っていません" in verified(browser, held, judge=False).text


def test_a_changed_row_is_named_and_shown(browser: Browser, held: Held) -> None:
    rows = held.export.splitlines(keepends=True)
    at = next(n for n, row in enumerate(rows) if b'"accept"' in row)
    rows[at] = rows[at].replace(b'"accept"', b'"reject"')
    held.export = b"".join(rows)
    page = verified(browser, held)
    assert "否 改ざんがあります" in page.text and f"最初に合わない行は{at + 1}行目です。" in page.text
    assert '"event":"reject"' in page.text


def test_rows_cut_off_at_the_end_are_missed_by_a_checkpoint_alone(browser: Browser, held: Held) -> None:
    held.export = held.export[: held.export.rindex(b'{"hash"')]
    assert "否 改ざんがあります" in verified(browser, held).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"keys": "none"}, "判定不能"),
        ({"export": b"\xff\x00"}, "判定不能"),
        ({"checkpoint": "no note"}, "判定不能"),
    ],
)
def test_an_unreadable_upload_gives_no_verdict(
    browser: Browser, held: Held, wrong: dict[str, object], said: str
) -> None:
    for name in wrong.keys() & {"export", "checkpoint"}:
        setattr(held, name, wrong[name])
    page = verified(browser, held, **{name: text for name, text in wrong.items() if name == "keys"})
    assert said in page.text and "/tmp" not in page.text


def test_a_checkpoint_of_another_key_is_bad(browser: Browser, held: Held) -> None:
    held.checkpoint = held.checkpoint.replace("contracts.example.com", "other.example.com")
    assert "否 改ざんがあります" in verified(browser, held).text


def test_a_missing_field_of_a_verification_is_marked(browser: Browser, held: Held) -> None:
    page = verified(browser, held, status=422, keys="")
    assert "検証鍵 ：入力してください" in page.text
