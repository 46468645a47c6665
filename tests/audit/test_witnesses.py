"""Witnesses cosign a log that extends the last one they saw; a policy requires some of them."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from lifecycle.audit.checkpoint import COSIGNATURE, DASH, Unreadable, VerificationKey, split_note
from lifecycle.audit.export import ExportFilter
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.merkle import extends
from lifecycle.audit.seal import Seals, list_checkpoints, seal, write_out
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.compare import read_consistency
from lifecycle.audit.verifier.policy import cosigned_text, is_cosigned, read_policy
from lifecycle.audit.verify_command import main
from lifecycle.audit.witnessing import collect
from lifecycle.cli import app
from lifecycle.records.engine import reading
from tests.commands.diary import Diary

STEPS = legal_steps()


@dataclass
class OwnWitness:
    """A witness as tlog-witness has it: it keeps the newest size and root, and cosigns what extends them."""

    name: str
    log: VerificationKey
    seen: tuple[int, bytes] = (0, b"")
    url: str = ""
    secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> VerificationKey:
        return VerificationKey(self.name, self.secret.public_key().public_bytes_raw(), COSIGNATURE)

    def answer(self, body: bytes) -> tuple[int, str]:
        """The status and the text of its answer."""
        old, path, new = read_consistency(body, [self.log])
        size, root = self.seen
        if old != size:
            return 409, f"{size}\n"
        if old and not extends(old, root, new.size, new.root, path):
            return 422, ""
        self.seen = (new.size, new.root)
        return 200, self.cosign(body.partition(b"\n\n")[2])

    def cosign(self, note: bytes, seconds: int = 1_650_000_000) -> str:
        """Its line of a note."""
        text, _ = split_note(note)
        raw = self.key.id + seconds.to_bytes(8, "big") + self.secret.sign(cosigned_text(seconds, text))
        return f"{DASH}{self.name} {base64.b64encode(raw).decode()}\n"


@pytest.fixture
def witnesses(key: SigningKey) -> Iterator[list[OwnWitness]]:
    """Three witnesses that listen."""
    found = [OwnWitness(f"witness.example.com/w{n}", key.public) for n in (1, 2, 3)]

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            number, _, what = self.path[1:].partition("/")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = found[int(number)].answer(body) if what == "add-checkpoint" else (404, "")
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for number, one in enumerate(found):
            one.url = f"http://127.0.0.1:{server.server_port}/{number}"
        yield found
        server.shutdown()


def policy_of(log: SigningKey, witnesses: list[OwnWitness], number: int | str = 2) -> str:
    """So many of the witnesses."""
    lines = [f"witness W{n} {one.key} {one.url}" for n, one in enumerate(witnesses, start=1)]
    members = " ".join(f"W{n}" for n in range(1, len(witnesses) + 1))
    return "\n".join(["# ours", f"log {log.public}", *lines, f"group most {number} {members}", "quorum most", ""])


def kept_in(diary: Diary, folder: Path) -> Path:
    """Store what an auditor takes from the service."""
    folder.mkdir(exist_ok=True)
    with reading(diary.engine) as conn:
        for size, note, _ in list_checkpoints(conn):
            write_out(folder, size, note)
    return folder


def test_the_verifier_requires_two_of_three_witnesses(
    diary: Diary, key: SigningKey, witnesses: list[OwnWitness], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = diary.accepted()
    policy, file = read_policy(policy_of(key, witnesses)), tmp_path / "policy"
    file.write_text(policy_of(key, witnesses), "utf-8")
    out = tmp_path / "history.jsonl"
    for number in range(3):
        diary.apply(reference=f"OD-{number}")
        seal(diary.engine, diary.now, Seals(key))
        assert dict(collect(diary.engine, policy, diary.now)) == {"W1": None, "W2": None, "W3": None}
    export_to_file(diary.engine, out)
    kept = kept_in(diary, tmp_path / "kept")
    asked = [str(out), "--checkpoint", str(kept), f"--policy={file}"]
    assert main(asked, STEPS) == 0
    assert "cosigned as the policy asks, up to row 5" in capsys.readouterr().out
    export_to_file(diary.engine, out, ExportFilter(contract=contract))
    assert main(asked, STEPS) == main([str(out), f"--policy={file}"], STEPS) == 0
    file.write_text(policy_of(key, [*witnesses, OwnWitness("witness.example.com/w4", key.public, url="x:")], 4))
    assert main(asked, STEPS) == 1
    assert "NOT WITNESSED" in capsys.readouterr().err


def test_a_witness_that_saw_another_history_does_not_cosign(
    diary: Diary, key: SigningKey, witnesses: list[OwnWitness]
) -> None:
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    witnesses[0].seen = (1, bytes(32))
    witnesses[1].seen = (7, bytes(32))
    found = dict(collect(diary.engine, read_policy(policy_of(key, witnesses)), diary.now))
    assert found["W1"] == "it answered 422: it does not cosign this log"
    assert found["W2"] is not None and "7 is no size of the log" in found["W2"]
    assert found["W3"] is None


def test_a_witness_that_saw_a_checkpoint_elsewhere_gets_a_consistency_proof(
    diary: Diary, key: SigningKey, witnesses: list[OwnWitness]
) -> None:
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    diary.apply(reference="another")
    first = seal(diary.engine, diary.now, Seals(key))
    assert first.checkpoint is not None
    policy = read_policy(policy_of(key, witnesses))
    with reading(diary.engine) as conn:
        note = list_checkpoints(conn)[0][1]
    witnesses[0].answer(f"old 0\n\n{note}".encode())
    assert witnesses[0].seen[0] == 2
    assert dict(collect(diary.engine, policy, diary.now))["W1"] is None
    assert witnesses[0].seen == (3, first.checkpoint.root)


def test_a_cosignature_is_of_one_text_and_one_key(key: SigningKey) -> None:
    one, other = (OwnWitness(f"witness.example.com/w{n}", key.public) for n in (1, 2))
    note = key.seal(5, Random(1).randbytes(32)).encode()
    cosigned = note + one.cosign(note).encode()
    assert is_cosigned(cosigned, one.key) and not is_cosigned(cosigned, other.key)
    assert not is_cosigned(cosigned, VerificationKey(one.name, other.key.public, COSIGNATURE))
    assert not is_cosigned(cosigned.replace(b"\n5\n", b"\n6\n"), one.key)
    assert VerificationKey.parse(str(one.key), COSIGNATURE) == one.key


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("quorum nobody", "nobody is not known"),
        ("witness W1 KEY\nwitness W1 KEY\nquorum W1", "line 2 of the policy: W1 stands there twice"),
        ("witness W1 KEY\nwitness W2 KEY\nquorum W1", "the key of W2 stands there twice"),
        ("witness W1 KEY\ngroup G 2 W1\nquorum G", "2 of 1 members cannot be"),
        ("witness W1 KEY\ngroup G any W1 W9\nquorum G", "a member is not known"),
        ("witness W1 KEY", "has no line `quorum`"),
        ("witness W1 LOG\nquorum W1", "line 1 of the policy: not a verification key"),
        ("group G many none\nquorum G", "line 1 of the policy"),
        ("trust everybody", "not a log, witness, group or quorum"),
    ],
)
def test_an_unclear_policy_of_witnesses_is_refused(key: SigningKey, wrong: str, why: str) -> None:
    text = wrong.replace("KEY", str(OwnWitness("w", key.public).key)).replace("LOG", str(key.public))
    with pytest.raises(Unreadable, match=why):
        read_policy(text)


def test_a_policy_supports_nested_groups_and_no_witnesses(key: SigningKey) -> None:
    found = [OwnWitness(f"w{n}", key.public) for n in range(4)]
    lines = [f"witness {one.name} {one.key}" for one in found]
    policy = read_policy(
        "\n".join([*lines, "group a any w0 w1", "group b all w2 w3", "group c all a b", "quorum c"])
    )
    note = key.seal(5, bytes(32)).encode()
    for signers, met in (((0, 2, 3), True), ((0, 1, 2), False), ((2, 3), False), ((1, 2, 3), True)):
        cosigned = note + b"".join(found[n].cosign(note).encode() for n in signers)
        assert policy.is_met_by(cosigned) is met
    assert read_policy("quorum none").is_met_by(note)


def test_the_witness_command_lists_who_cosigned_and_who_did_not(
    diary: Diary, key: SigningKey, witnesses: list[OwnWitness], tmp_path: Path
) -> None:
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    (tmp_path / "policy").write_text(policy_of(key, witnesses), "utf-8")
    url = diary.engine.url.set(drivername=diary.engine.url.get_backend_name())
    arguments = ["audit", "witness", "--policy", str(tmp_path / "policy")]
    arguments += ["--database-url", url.render_as_string(hide_password=False)]
    witnesses[1].seen = (9, bytes(32))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1 and "W1: cosigned" in done.output and "1 of the witnesses" in done.output
    witnesses[1].seen = (0, b"")
    assert CliRunner().invoke(app, arguments).exit_code == 0
