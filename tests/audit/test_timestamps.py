"""An authority timestamps checkpoints; openssl creates the timestamps here and checks the stored ones."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.timestamps import is_granted, list_stamps, stamp, stamp_request
from lifecycle.cli import app
from lifecycle.records import tables
from lifecycle.records.engine import reading
from tests.commands.diary import Diary

CONFIG = """
[ req ]
distinguished_name = name
[ name ]
[ stamping ]
extendedKeyUsage = critical, timeStamping
[ tsa ]
default_tsa = own
[ own ]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


@dataclass
class OwnAuthority:
    """An authority of our own. broken: what it answers instead of a time stamp."""

    folder: Path
    url: str = ""
    broken: bytes | None = None

    def openssl(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=False)

    def make(self, name: str) -> None:
        """A key and its certificate."""
        made = self.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-days", "2", "-subj", "/CN=Time", "-config", "tsa.cnf", "-extensions", "stamping",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def answer(self, query: bytes, by: str = "tsa") -> bytes:
        """The answer to a query, signed by a key."""
        if self.broken is not None:
            return self.broken
        (self.folder / "query").write_bytes(query)
        made = self.openssl(
            "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "answer",
            "-signer", f"{by}.pem", "-inkey", f"{by}.key",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return (self.folder / "answer").read_bytes()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[OwnAuthority]:
    """One that listens."""
    found = OwnAuthority(tmp_path / "authority")
    found.folder.mkdir()
    (found.folder / "tsa.cnf").write_text(CONFIG)
    (found.folder / "serial").write_text("01\n")
    found.make("tsa")

    class Stamping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            right = self.headers["Content-Type"] == "application/timestamp-query"
            content = found.answer(query) if right else b""
            self.send_response(200 if right else 415)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Stamping) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}/"
        yield found
        server.shutdown()


def test_a_stamp_is_kept_and_written_out_and_openssl_verifies_it(
    diary: Diary, key: SigningKey, authority: OwnAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    url = diary.engine.url.set(drivername=diary.engine.url.get_backend_name())
    given = ["--database-url", url.render_as_string(hide_password=False)]
    for _ in range(2):  # what has its stamp gets no second one
        done = CliRunner().invoke(app, ["audit", "timestamp", "--authority", authority.url, *given])
        assert done.exit_code == 0 and "the checkpoint of 2 rows" in done.output
    out = tmp_path / "stamps"
    assert "1 time stamps" in CliRunner().invoke(app, ["audit", "timestamps", "--out", str(out), *given]).output
    text, answer = out / "timestamp-000000000002-1.txt", out / "timestamp-000000000002-1.tsr"
    check = ("ts", "-verify", "-in", str(answer), "-CAfile", "tsa.pem", "-data", str(text))
    assert authority.openssl(*check).returncode == 0
    export = tmp_path / "history.jsonl"
    assert CliRunner().invoke(app, ["audit", "export", "--out", str(export), *given]).exit_code == 0
    asked = ["audit", "verify", str(export), "--checkpoint", str(out), "--key", str(key.public)]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0 and "1 time stamps: not checked" in said.output
    asked.append(f"--timestamp-ca={authority.folder / 'tsa.pem'}")
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0 and "1 time stamps are good" in said.output
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "rfc3161_client", None)
        said = CliRunner().invoke(app, asked)
        assert said.exit_code == 0 and "1 time stamps: not checked" in said.output
    for spoilt, code, told in spoilt_stamps(authority, answer.read_bytes(), text.read_bytes()):
        answer.write_bytes(spoilt)
        said = CliRunner().invoke(app, asked)
        assert (said.exit_code, told in said.output) == (code, True), said.output
    text.write_text(text.read_text("utf-8").replace("\n2\n", "\n3\n"), "utf-8")
    assert authority.openssl(*check).returncode != 0


def spoilt_stamps(authority: OwnAuthority, good: bytes, text: bytes) -> list[tuple[bytes, int, str]]:
    """Yield invalid timestamps with the exit code and the message of the verifier."""
    of_other = authority.answer(stamp_request(bytes(32), bytes([1] * 8)))
    authority.make("stranger")
    by_stranger = authority.answer(stamp_request(sha256(text).digest(), bytes([1] * 8)), "stranger")
    return [
        (of_other, 1, "TAMPERED"), (by_stranger, 1, "TAMPERED"), (good[:-9], 2, "UNREADABLE"),
        (good[:-40] + bytes([good[-40] ^ 1]) + good[-39:], 1, "TAMPERED"),
    ]  # fmt: skip


def test_an_invalid_timestamp_of_a_checkpoint_is_not_stored(
    diary: Diary, key: SigningKey, authority: OwnAuthority
) -> None:
    with pytest.raises(Unreadable, match="no checkpoint is signed yet"):
        stamp(diary.engine, authority.url, diary.now)
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    other = authority.answer(stamp_request(bytes(32), bytes([1] * 8)))
    assert is_granted(other)
    for broken in (b"", b"\x30", b"not a stamp", other, b"\x30\x05\x30\x03\x02\x01\x02"):
        authority.broken = broken
        with pytest.raises(Unreadable, match="gave no time stamp"):
            stamp(diary.engine, authority.url, diary.now)
    with pytest.raises(Unreadable, match="gave no time stamp"):
        stamp(diary.engine, "http://127.0.0.1:1/", diary.now)
    with reading(diary.engine) as conn:
        assert list(list_stamps(conn)) == []
        assert conn.execute(select(tables.countersigned)).all() == []


def test_openssl_reads_the_query(authority: OwnAuthority) -> None:
    (authority.folder / "mine").write_bytes(stamp_request(bytes(range(32)), bytes([7] * 8)))
    said = authority.openssl("ts", "-query", "-in", "mine", "-text").stdout.decode()
    assert (
        "Hash Algorithm: sha256" in said and "Certificate required: yes" in said and "0x0707070707070707" in said
    )
