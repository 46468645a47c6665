"""Keys and signed notes, against the published vector of the reference implementation."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lifecycle.audit.checkpoint import Checkpoint, Forged, Unreadable, VerificationKey, open_note, read_checkpoint
from lifecycle.audit.keys import new_key, read_key
from lifecycle.cli import app

# golang.org/x/mod/sumdb/note, note_test.go
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"
ROOT = bytes(range(32))


@pytest.fixture
def peters(tmp_path: Path) -> Path:
    """The published private key in a file."""
    file = tmp_path / "peter.key"
    file.write_text(PRIVATE + "\n", "utf-8")
    return file


def test_the_published_note_is_signed_byte_for_byte(peters: Path) -> None:
    key = read_key(peters)
    assert (str(key.public), key.sign(TEXT)) == (PUBLIC, NOTE)


def test_the_published_note_is_verified() -> None:
    assert open_note(NOTE.encode(), VerificationKey.parse(PUBLIC)) == TEXT


def test_a_note_with_any_byte_changed_is_refused() -> None:
    for place in range(len(NOTE.encode())):
        note = bytearray(NOTE.encode())
        note[place] ^= 1
        with pytest.raises((Forged, Unreadable)):
            open_note(bytes(note), VerificationKey.parse(PUBLIC))


def test_a_mistyped_verification_key_is_refused() -> None:
    for place in range(len(PUBLIC)):
        with pytest.raises(Unreadable):
            VerificationKey.parse(PUBLIC[:place] + "!" + PUBLIC[place + 1 :])


def test_a_checkpoint_contains_origin_size_and_root(tmp_path: Path) -> None:
    public = new_key(tmp_path / "new.key", "contracts.example.com")
    note = read_key(tmp_path / "new.key").seal(17, ROOT)
    assert note.startswith(
        "contracts.example.com\n17\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— contracts"
    )
    assert read_checkpoint(note.encode(), public) == Checkpoint("contracts.example.com", 17, ROOT)


@pytest.mark.parametrize(
    "text", ["", "log\n", "log\n07\nAA==\n", "log\n1\nAA==\n", "log\n-1\nAA==\n", "log\n٣\n\n"]
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str, peters: Path) -> None:
    with pytest.raises(Unreadable):
        read_checkpoint(read_key(peters).sign(text).encode(), VerificationKey.parse(PUBLIC))


def test_a_key_is_made_printed_by_its_public_half_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "audit.key"
    made = CliRunner().invoke(app, ["audit", "key", "--new", str(file)])
    shown = CliRunner().invoke(app, ["audit", "key", "--public", str(file)])
    again = CliRunner().invoke(app, ["audit", "key", "--new", str(file)])
    assert (made.exit_code, shown.exit_code, again.exit_code) == (0, 0, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text("utf-8").strip().split("+", 4)[4]  # which may hold a plus itself
    assert not any(secret in result.output for result in (made, shown, again))
    assert made.stdout.splitlines()[-1] == shown.stdout.strip()
    VerificationKey.parse(shown.stdout)


def test_a_file_that_is_no_key_is_refused_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2", "utf-8")
    found = CliRunner().invoke(app, ["audit", "key", "--public", str(file)])
    assert found.exit_code == 1 and "hunter2" not in found.output
