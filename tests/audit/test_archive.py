"""The history of contracts that ended long ago moves to a file; everything still verifies."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from lifecycle.audit.archive_file import Archive, to_archive, write_archive
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.checks.check import Checker
from lifecycle.audit.export import ExportFilter
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, verify
from lifecycle.commands.archiving import Dropped, drop_history
from lifecycle.commands.command import CommandContext
from lifecycle.commands.erasure import erase_personal_data
from lifecycle.commands.notes import write_note
from lifecycle.errors import Archived
from lifecycle.history.rows import rows_of, rows_of_following
from lifecycle.queries.as_of import as_of
from lifecycle.queries.history import history_items
from lifecycle.queries.notes import notes_of
from lifecycle.queries.why import why
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.timers.sweep import sweep
from tests.audit.tampering import STEPS
from tests.audit.world import kept
from tests.commands import acts as contracts
from tests.commands.correcting import correct
from tests.commands.diary import NOW, Diary, day
from tests.postgres import owning

DAY = day("2022-06-30")


@dataclass(frozen=True)
class Past:
    """A book of which one contract, with a note, was archived and dropped; the exports before and after."""

    diary: Diary
    key: SigningKey
    contract: str
    before: Path
    after: Path
    file: Path
    archive: Archive
    dropped: Dropped


def live(diary: Diary, key: SigningKey) -> str:
    """Two contracts, of which the one with an option and a note ends on 31 May 2022."""
    diary.accepted(reference="C")
    ended, _ = diary.accepted_with_option()
    seal(diary.engine, diary.now, Seals(key))
    diary.today("2022-04-23")
    diary.do(contracts.notify_cancellation, ended, NOW, reason="closing down")
    diary.today("2022-06-01")
    sweep(diary.engine, diary.now)
    with writing(diary.engine) as conn:
        write_note(conn, ended, "電話があった", diary.order())
    seal(diary.engine, diary.now, Seals(key))
    return ended


@pytest.fixture
def past(diary: Diary, key: SigningKey, tmp_path: Path) -> Past:
    """One contract is archived and dropped."""
    contract = live(diary, key)
    before, after, file = tmp_path / "before.jsonl", tmp_path / "after.jsonl", tmp_path / "ended.jsonl.gz"
    export_to_file(diary.engine, before)
    archive = write_archive(diary.engine, DAY, file, [key.public])
    with owning(diary.engine) as owner:
        dropped = drop_history(owner, contract, archive, diary.order())
    seal(diary.engine, diary.now, Seals(key))
    export_to_file(diary.engine, after)
    return Past(diary, key, contract, before, after, file, archive, dropped)


def test_archived_rows_are_removed_and_everything_verifies(past: Past, tmp_path: Path) -> None:
    diary, key = past.diary, past.key
    assert past.dropped == Dropped(rows=9)
    assert [row["event"] for row in diary.history(past.contract)] == ["note", "archive_history"]
    notes = kept(diary, key)
    alone = verify(past.after, notes, key.public, STEPS, Judge())
    assert alone.code == GOOD, alone.says
    assert (
        f"9 rows of 1 contracts are archived / 保管済み:\n  ended.jsonl.gz (SHA-256 {past.archive.sha256})"
        in alone.says
    )
    assert "archived: 1 contracts" in alone.says
    archived = verify(past.file, [], key.public, STEPS, Judge())
    assert archived.code == GOOD, archived.says
    together = verify(past.after, notes, key.public, STEPS, Judge(), [past.file])
    assert together.code == GOOD, together.says
    assert "archived" not in together.says
    assert verify(past.before, notes[:-1], key.public, STEPS, Judge()).code == GOOD
    proof = tmp_path / "proof.jsonl"
    with reading(diary.engine) as conn:
        other = conn.execute(select(tables.contract.c.id).where(tables.contract.c.reference == "C")).scalar_one()
    export_to_file(diary.engine, proof, ExportFilter(contract=other), size=notes[0].checkpoint.size)
    assert verify(proof, notes[:1], key.public, STEPS).code == GOOD
    assert [f.line for part in Checker(diary.engine).parts() for f in part.findings] == []
    assert "サンプル配信" not in gzip.decompress(past.file.read_bytes()).decode()


def test_the_verifier_finds_rows_missing_beyond_the_archived_ones(past: Past, tmp_path: Path) -> None:
    lines, tried = past.after.read_bytes().splitlines(keepends=True), tmp_path / "tried.jsonl"
    notes = kept(past.diary, past.key)

    def verdict(*changed: bytes) -> str:
        tried.write_bytes(b"".join(changed))
        found = verify(tried, notes, past.key.public, STEPS)
        assert found.code == TAMPERED
        return found.says

    def left_out(line: bytes, **other: object) -> bytes:
        said = orjson.loads(line)
        gap = {"seq": said["row"]["seq"], "subject": said["row"]["subject"]} | other
        return orjson.dumps({"archived": gap, "hash": said["hash"]}) + b"\n"

    own = [n for n, line in enumerate(lines) if b'"row":' in line and past.contract.encode() not in line]
    newest = next(n for n, line in enumerate(lines) if b'"archive_history"' in line)
    first = next(n for n, line in enumerate(lines) if line.startswith(b'{"archived"'))
    assert "no row says that it was archived" in verdict(
        *lines[: own[0]], left_out(lines[own[0]]), *lines[own[0] + 1 :]
    )
    stolen = left_out(lines[own[0]], subject=past.contract, seq=1)
    assert "is missing" in verdict(*lines[: own[0]], stolen, *lines[own[0] + 1 :])
    assert "does not" in verdict(*lines[:first], *lines[first + 1 :])
    forged = lines[newest].replace(b'"rows":9', b'"rows":8')
    assert "its hash is not" in verdict(*lines[:newest], forged, *lines[newest + 1 :])


def test_no_command_and_no_question_reaches_what_is_archived(past: Past) -> None:
    diary, contract = past.diary, past.contract
    where = f"in the file ended.jsonl.gz (SHA-256 {past.archive.sha256})"
    with pytest.raises(Archived, match="archived") as refused:
        correct(diary.engine, contract, f"{contract}.3", diary.now, facts={"arrived_on": "2022-04-24"})
    assert where in str(refused.value)
    with pytest.raises(Archived):
        diary.do(contracts.notify_cancellation, contract, NOW)
    with writing(diary.engine) as conn, pytest.raises(Archived):
        write_note(conn, contract, "もう一つ", diary.order())
    with reading(diary.engine) as conn:
        for ask in (
            lambda: rows_of(conn, contract),
            lambda: history_items(conn, contract, 0, 10, diary.now),
            lambda: as_of(conn, contract, diary.now, diary.now),
            lambda: why(conn, diary.look(contract), contract),
        ):
            with pytest.raises(Archived):
                ask()
        assert contract not in dict(rows_of_following(conn, "", 100))
        assert [note["text"] for note in notes_of(conn, contract)] == ["電話があった"]
        assert to_archive(conn, DAY).contracts == 0
    assert diary.contract(contract).terminated_on == day("2022-05-31")


def test_personal_data_of_an_archived_contract_can_be_erased(past: Past, tmp_path: Path) -> None:
    diary = past.diary
    with writing(diary.engine) as conn:
        erase_personal_data(conn, past.contract, CommandContext("desk", diary.now, "asked for"))
    seal(diary.engine, diary.now, Seals(past.key))
    after = tmp_path / "erased.jsonl"
    export_to_file(diary.engine, after)
    notes = kept(diary, past.key)
    assert verify(after, notes, past.key.public, STEPS, Judge()).code == GOOD
    assert verify(after, notes, past.key.public, STEPS, Judge(), [past.file]).code == GOOD
    assert [f.line for part in Checker(diary.engine).parts() for f in part.findings] == []


def test_only_archived_rows_can_be_removed_and_only_by_the_owner(
    diary: Diary, key: SigningKey, tmp_path: Path
) -> None:
    ended = live(diary, key)
    file = tmp_path / "ended.jsonl"
    archive = write_archive(diary.engine, DAY, file, [key.public])
    rows = diary.history(ended)
    with pytest.raises(DBAPIError), writing(diary.engine) as conn:
        conn.execute(delete(tables.history).where(tables.history.c.contract_id == ended))
    with writing(diary.engine) as conn:
        write_note(conn, ended, "after the file was written", diary.order())
    with owning(diary.engine) as owner:
        kept_back = drop_history(owner, ended, archive, diary.order())
        assert kept_back == Dropped(0, "it has rows that the archive does not have")
        assert drop_history(owner, diary.accepted(reference="N"), archive, diary.order()).rows == 0
        with pytest.raises(DBAPIError), writing(owner) as conn:
            conn.execute(delete(tables.history).where(tables.history.c.contract_id == ended))
    assert diary.history(ended)[: len(rows)] == rows
    file.write_bytes(file.read_bytes().replace(b'"terminated"', b'"terminatef"', 1))
    with pytest.raises(Unreadable, match="TAMPERED"):
        write_archive(diary.engine, DAY, file, [key.public])
