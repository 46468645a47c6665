"""A new key signs the log after a theft or a loss; old checkpoints stay verifiable."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from lifecycle.audit.checkpoint import Unreadable, read_kept
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.keys import SigningKey, new_key, read_key
from lifecycle.audit.seal import Sealed, Seals, list_checkpoints, seal, write_out
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.succession import Succession, sign_on
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, Verdict, verify
from lifecycle.cli import app
from lifecycle.records.engine import reading, writing
from tests.commands.diary import Diary
from tests.postgres import owning

STEPS = legal_steps()


@dataclass
class Desk:
    """A log, the directory that its checkpoints are sent to, the key, and a newer key."""

    diary: Diary
    folder: Path
    key: SigningKey
    newer: SigningKey
    number: int = field(default=0)

    def work(self, times: int, key: SigningKey) -> Sealed:
        """Applications, sealed one by one; what the last sealing did."""
        sealed = Sealed()
        for _ in range(times):
            self.number += 1
            self.diary.apply(reference=f"OD-{self.number}")
            sealed = self.seal(key)
        return sealed

    def seal(self, key: SigningKey) -> Sealed:
        return seal(self.diary.engine, self.diary.now, Seals(key, self.folder))

    def signs_on(self, new: SigningKey, old: SigningKey, outside: Path | None = None) -> None:
        """The new key's row is written."""
        kept = [one.checkpoint for one in read_kept([outside], [old.public])] if outside else []
        with writing(self.diary.engine) as conn:
            sign_on(conn, Succession(new.public, old.public, "sato", "the old one", kept), self.diary.now)

    def loses(self, since: int) -> None:
        """An older backup is restored: it lacks the log from an index on, and everything recorded with it."""
        with owning(self.diary.engine) as owner, writing(owner) as conn:
            tables = ("history", "log", "checkpoint", "log_node")
            if self.diary.engine.dialect.name == "sqlite":
                for table in tables:
                    conn.execute(text(f"DROP TRIGGER {table}_no_delete"))
            else:
                for table in tables:
                    conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            gone = "SELECT subject_id FROM log WHERE idx >= :since"
            conn.execute(text(f"DELETE FROM history WHERE subject_id IN ({gone})"), {"since": since})
            for table in ("personal", "people_version", "contract"):
                name = "id" if table == "contract" else "contract_id"
                conn.execute(text(f"DELETE FROM {table} WHERE {name} IN ({gone})"), {"since": since})
            conn.execute(text("DELETE FROM log WHERE idx >= :since"), {"since": since})
            conn.execute(text("DELETE FROM checkpoint WHERE size > :since"), {"since": since})

    def verdict(self, *keys: SigningKey, kept: Path | None = None) -> Verdict:
        """Return the verdict of the verifier with the stored checkpoints of some keys."""
        out = self.folder.with_name("history.jsonl")
        export_to_file(self.diary.engine, out)
        publics = [key.public for key in keys]
        return verify(out, read_kept([kept or self.folder], publics), publics, STEPS)


@pytest.fixture
def desk(diary: Diary, key: SigningKey, tmp_path: Path) -> Desk:
    """Three rows, signed one by one."""
    new_key(tmp_path / "newer.key", "contracts.example.com/2")
    (tmp_path / "checkpoints").mkdir()
    found = Desk(diary, tmp_path / "checkpoints", key, read_key(tmp_path / "newer.key"))
    found.work(3, key)
    return found


def test_after_a_theft_a_new_key_signs_on_and_both_are_verified(desk: Desk) -> None:
    desk.signs_on(desk.newer, desk.key)
    signed = desk.work(2, desk.newer)
    assert signed.refused is None and signed.checkpoint is not None
    assert (signed.checkpoint.origin, signed.checkpoint.size) == ("contracts.example.com/2", 6)
    verdict = desk.verdict(desk.newer, desk.key)
    assert verdict.code == GOOD, verdict.says
    assert "5 checkpoints vouch for 6" in verdict.says
    assert (
        "from row 4 of the log on contracts.example.com/2 signs instead of contracts.example.com" in verdict.says
    )


def test_a_key_that_was_replaced_signs_nothing_any_more(desk: Desk) -> None:
    desk.signs_on(desk.newer, desk.key)
    refused = desk.work(1, desk.key).refused
    assert refused is not None and "contracts.example.com/2 signs the log from row 4 on" in refused
    assert desk.work(1, desk.newer).refused is None
    thief = desk.key.seal(9, bytes(32))
    (desk.folder / "checkpoint-000000000009.txt").write_text(thief, "utf-8")
    refused = desk.work(1, desk.newer).refused
    assert refused is not None and "signed 9 rows, after contracts.example.com/2 had replaced it" in refused
    verdict = desk.verdict(desk.newer, desk.key)
    assert verdict.code == TAMPERED and "checkpoint-000000000009.txt" in verdict.says


def test_without_its_row_in_the_log_a_new_key_signs_nothing(desk: Desk) -> None:
    refused = desk.work(1, desk.newer).refused
    assert refused is not None and "not signed by contracts.example.com/2" in refused


def test_after_a_restored_backup_the_log_continues_and_names_the_lost_rows(desk: Desk) -> None:
    desk.work(3, desk.key)
    desk.loses(since=4)
    refused = desk.seal(desk.key).refused
    assert refused is not None and "an older backup was restored" in refused
    desk.signs_on(desk.newer, desk.key, outside=desk.folder)
    assert desk.work(4, desk.newer).refused is None
    with reading(desk.diary.engine) as conn:
        assert [size for size, _, _ in list_checkpoints(conn)] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert len(list(desk.folder.glob("checkpoint-000000000006*.txt"))) == 2  # of the lost log, and of this one
    verdict = desk.verdict(desk.newer, desk.key)
    assert verdict.code == GOOD, verdict.says
    assert "rows 5 to 6 as contracts.example.com signed them are not in this log (the old one)" in verdict.says
    assert "8 checkpoints vouch for 9" in verdict.says
    assert verdict.says.count("vouches for rows that are not in this log") == 2


def test_a_loss_that_no_checkpoint_of_the_new_key_vouches_for_excuses_nothing(desk: Desk, tmp_path: Path) -> None:
    """An attacker with write access to the database alone can write such a row, but cannot sign it."""
    desk.work(3, desk.key)
    (tmp_path / "kept").mkdir()
    for path in desk.folder.iterdir():
        write_out(tmp_path / "kept", int(path.stem[11:]), path.read_text("utf-8"))
    desk.loses(since=4)
    desk.signs_on(desk.newer, desk.key, outside=desk.folder)
    desk.work(3, desk.newer)
    verdict = desk.verdict(desk.newer, desk.key, kept=tmp_path / "kept")
    assert verdict.code == TAMPERED and "no checkpoint of contracts.example.com/2 was given" in verdict.says


def test_a_checkpoint_beyond_the_declared_loss_is_reported(desk: Desk) -> None:
    desk.work(3, desk.key)
    hidden = desk.folder / "checkpoint-000000000006.txt"
    note = hidden.read_text("utf-8")
    hidden.unlink()
    desk.loses(since=4)
    desk.signs_on(desk.newer, desk.key, outside=desk.folder)
    desk.work(3, desk.newer)
    write_out(desk.folder, 6, note)
    assert desk.verdict(desk.newer, desk.key).code == TAMPERED


def test_a_third_key_can_succeed_the_second(desk: Desk, tmp_path: Path) -> None:
    new_key(tmp_path / "third.key", "contracts.example.com/3")
    third = read_key(tmp_path / "third.key")
    desk.signs_on(desk.newer, desk.key)
    desk.work(1, desk.newer)
    desk.diary.now += timedelta(days=1)
    for wrong in ((third, desk.key), (desk.key, desk.newer), (desk.newer, desk.newer)):
        with pytest.raises(Unreadable):
            desk.signs_on(*wrong)
    desk.signs_on(third, desk.newer)
    assert desk.work(1, third).refused is None
    verdict = desk.verdict(third, desk.newer, desk.key)
    assert verdict.code == GOOD and verdict.says.count("signs instead of") == 2


def test_the_command_writes_the_row(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "old.vkey").write_text(f"{desk.key.public}\n")
    url = desk.diary.engine.url.set(drivername=desk.diary.engine.url.get_backend_name())
    arguments = [
        "audit", "sign-on", "--key", str(desk.newer.public), "--replaces", str(tmp_path / "old.vkey"),
        "--reason", "stolen", "--by", "sato", "--checkpoint", str(desk.folder),
        "--database-url", url.render_as_string(hide_password=False),
    ]  # fmt: skip
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "the log extends what was signed up to row 3" in done.output
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1 or desk.seal(desk.newer).refused is None
    desk.seal(desk.newer)
    assert desk.verdict(desk.newer, desk.key).code == GOOD
    rows = [json.loads(line) for line in desk.folder.with_name("history.jsonl").read_bytes().splitlines()]
    [facts] = [line["row"]["facts"] for line in rows if line.get("row", {}).get("kind") == "log"]
    assert (facts["kept_size"], facts["lost_size"]) == (3, None)
