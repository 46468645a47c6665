"""Auditors compare their checkpoints: a log that only grew passes, and a fork is found."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lifecycle.audit.checkpoint import KeptCheckpoint, Unreadable, read_kept
from lifecycle.audit.consistency import prove_consistency
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal, write_out
from lifecycle.audit.standalone import standalone
from lifecycle.audit.verifier.compare import compare
from lifecycle.audit.verify_command import main
from lifecycle.cli import app
from lifecycle.records.engine import reading
from tests.commands.diary import Diary


@pytest.fixture
def kept(diary: Diary, key: SigningKey, tmp_path: Path) -> Path:
    """The checkpoints of 1 to 9 rows."""
    folder = tmp_path / "kept"
    folder.mkdir()
    for number in range(9):
        diary.apply(reference=f"OD-{number}")
        seal(diary.engine, diary.now, Seals(key, folder))
    return folder


def proved(diary: Diary, folder: Path, *sizes: tuple[int, int]) -> Path:
    """Proofs between sizes, in a folder."""
    folder.mkdir()
    with reading(diary.engine) as conn:
        for old, new in sizes:
            (folder / f"{old}-{new}.txt").write_text(prove_consistency(conn, old, new)[1], "utf-8")
    return folder


def of_size(folder: Path, size: int) -> Path:
    """The checkpoint of a size."""
    return folder / f"checkpoint-{size:012d}.txt"


def test_any_two_kept_checkpoints_are_proved_to_be_of_one_log(
    diary: Diary, key: SigningKey, kept: Path, tmp_path: Path
) -> None:
    pairs = [(old, new) for new in range(1, 10) for old in range(1, new)]
    proofs = proved(diary, tmp_path / "proofs", *pairs)
    for old, new in pairs:
        files = [of_size(kept, old), of_size(kept, new), proofs / f"{old}-{new}.txt"]
        assert compare(files, [key.public]) == ([], [])
    assert compare([kept, proofs], [key.public]) == ([], [])


def test_a_fork_that_was_shown_to_two_auditors_is_found(
    diary: Diary, key: SigningKey, kept: Path, tmp_path: Path
) -> None:
    """The key signed another history of six rows and gave each auditor proofs of one history alone."""
    proofs = proved(diary, tmp_path / "proofs", (4, 9), (6, 9))
    other = write_out(tmp_path, 6, key.seal(6, bytes(32)))
    forks, _ = compare([of_size(kept, 6), other], [key.public])
    assert len(forks) == 1 and "two histories of 6 rows were signed by contracts.example.com" in forks[0]
    forks, _ = compare([other, of_size(kept, 9), proofs / "6-9.txt"], [key.public])
    assert len(forks) == 1 and "the 9 rows do not begin with the 6 rows of" in forks[0]
    assert main(["compare", str(kept), str(other), str(proofs), f"--key={key.public}"], {}) == 1


def test_two_checkpoint_sizes_cannot_be_compared_without_a_valid_proof(
    diary: Diary, key: SigningKey, kept: Path, tmp_path: Path
) -> None:
    files = [of_size(kept, 4), of_size(kept, 9)]
    forks, missing = compare(files, [key.public])
    assert forks == [] and "4 and 9 rows of contracts.example.com: ask for a proof" in missing[0]
    assert main(["compare", *map(str, files), f"--key={key.public}"], {}) == 2
    proof = proved(diary, tmp_path / "proofs", (4, 9)) / "4-9.txt"
    text = proof.read_text("utf-8")
    for broken in (text.replace("old 4", "old 3"), text.replace("old 4", "old four"), "old 4\n\n", "old 4\nx\n\n"):
        proof.write_text(broken, "utf-8")
        assert main(["compare", *map(str, files), str(proof), f"--key={key.public}"], {}) == 2


def test_the_commands_write_and_compare_and_so_does_the_one_file(
    diary: Diary, key: SigningKey, kept: Path, tmp_path: Path
) -> None:
    url = diary.engine.url.set(drivername=diary.engine.url.get_backend_name())
    given = ["--database-url", url.render_as_string(hide_password=False)]
    proof = tmp_path / "proof.txt"
    done = CliRunner().invoke(app, ["audit", "consistency", "--old", "4", "--out", str(proof), *given])
    assert done.exit_code == 0, done.output
    arguments = [str(of_size(kept, 4)), str(of_size(kept, 9)), str(proof), "--key", str(key.public)]
    assert CliRunner().invoke(app, ["audit", "compare", *arguments]).exit_code == 0
    wrong = CliRunner().invoke(app, ["audit", "consistency", "--old", "12", "--out", str(proof), *given])
    assert wrong.exit_code == 1 and "12 is no size of the log" in wrong.output
    (tmp_path / "verify.py").write_text(standalone(), "utf-8")
    alone = subprocess.run(
        [sys.executable, tmp_path / "verify.py", "compare", *arguments], capture_output=True, text=True, check=True
    )
    assert "ONE LOG" in alone.stdout


def test_a_proof_needs_a_checkpoint(diary: Diary, key: SigningKey, kept: Path) -> None:
    with reading(diary.engine) as conn, pytest.raises(Unreadable, match="no checkpoint is of 12 rows"):
        prove_consistency(conn, 4, 12)
    assert isinstance(read_kept([kept], [key.public])[0], KeptCheckpoint)
