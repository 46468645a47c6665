"""A clean export verifies, plain and compressed, by the command and the standalone file; other files do not."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event
from typer.testing import CliRunner

from lifecycle.audit import verify_command as module
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export import ExportFilter, prove, whole
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.keys import SigningKey, new_key, read_key
from lifecycle.audit.seal import Seals, seal, write_out
from lifecycle.audit.standalone import legal_steps, standalone
from lifecycle.audit.tabular import write_table
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, UNREADABLE, verify
from lifecycle.cli import app
from lifecycle.people.reads import ReadsAsked, find_reads
from lifecycle.records.engine import open_engine, reading
from tests.audit.world import World, kept, world
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary

STEPS = legal_steps()


@pytest.fixture
def sealed(diary: Diary, key: SigningKey, tmp_path: Path) -> World:
    """The world, exported."""
    return world(diary, key, tmp_path)


@pytest.fixture
def folder(sealed: World, tmp_path: Path) -> Path:
    """The auditor's checkpoints, in files."""
    (tmp_path / "kept").mkdir()
    for one in sealed.kept:
        write_out(
            tmp_path / "kept", one.checkpoint.size, sealed.key.seal(one.checkpoint.size, one.checkpoint.root)
        )
    return tmp_path / "kept"


def test_every_kind_of_thing_is_in_it_and_it_verifies(sealed: World) -> None:
    lines = [json.loads(line) for line in sealed.exported.read_bytes().splitlines()]
    kinds = {line["state"]["kind"] for line in lines if "state" in line}
    assert kinds == {"contract", "option", "item_change", "measure", "credit", "usage", "outage"}
    verdict = verify(sealed.exported, sealed.kept, sealed.key.public, STEPS)
    assert verdict.code == GOOD, verdict.says
    assert f"{len(sealed.kept)} checkpoints vouch for {sealed.kept[-1].checkpoint.size}" in verdict.says


def test_rows_that_are_not_sealed_yet_are_followed_too(sealed: World) -> None:
    sealed.diary.apply(reference="newer")
    export_to_file(sealed.diary.engine, sealed.exported)
    verdict = verify(sealed.exported, sealed.kept, sealed.key.public, STEPS)
    assert verdict.code == GOOD and "1 are newer than the last of them" in verdict.says
    changed = sealed.exported.read_bytes().replace(b'"reference":"newer"', b'"reference":"newxx"')
    sealed.exported.write_bytes(changed)
    assert verify(sealed.exported, sealed.kept, sealed.key.public, STEPS).code == TAMPERED


@pytest.mark.parametrize("wanted", [ExportFilter(), ExportFilter(actor="desk")], ids=["all", "some"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_interrupted_export_resumes_after_its_last_row(
    diary: Diary,
    key: SigningKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    packed: bool,
    wanted: ExportFilter,
) -> None:
    monkeypatch.setattr("lifecycle.audit.export_file.CHUNK", 3)
    monkeypatch.setattr("lifecycle.audit.export.STREAMED", 3)
    whole = world(diary, key, tmp_path, packed=packed).exported
    part = whole.with_name(whole.name + ".part")
    rows = export_to_file(diary.engine, whole, wanted)
    content, reached = whole.read_bytes(), 0
    diary.apply(reference="newer")
    seal(diary.engine, diary.now, Seals(key))
    for cut in range(0, len(content), max(1, len(content) // 9)):
        part.write_bytes(content[:cut])
        written: list[int] = []
        whole.unlink()
        assert export_to_file(diary.engine, whole, wanted, progress=written.append) == sum(written)
        assert sum(written) == rows + (wanted == ExportFilter() or not written[0])  # up to where it began
        assert written[0] >= reached
        reached = written[0]
        assert verify(whole, kept(diary, key), key.public, STEPS).code == GOOD
        assert not part.exists()
    assert rows - 6 <= reached <= rows


def test_an_export_does_not_resume_the_partial_file_of_another(sealed: World, tmp_path: Path) -> None:
    engine, out = sealed.diary.engine, tmp_path / "some.jsonl"
    part, wanted = tmp_path / "some.jsonl.part", ExportFilter(event="accept")
    export_to_file(engine, out, wanted)
    content = out.read_bytes()
    lines = content.splitlines(keepends=True)
    every = sealed.exported.read_bytes().splitlines(keepends=True)
    for left in ([*lines[:1], *every[1:3]], every[:3], [b'{"checkpoint":0}\n', lines[1]], lines[1:3], lines[:3]):
        part.write_bytes(b"".join(left))
        written: list[int] = []
        export_to_file(engine, out, wanted, progress=written.append)
        assert out.read_bytes() == content
        assert written[0] == (2 if left == lines[:3] else 0)
    part.write_bytes(b"".join(lines[:3]))
    export_to_file(engine, out, wanted, sealed.kept[1].checkpoint.size)
    assert (
        json.loads(out.read_bytes().splitlines()[0])["checkpoint"].split("\n")[1]
        == f"{sealed.kept[1].checkpoint.size}"
    )


def test_without_a_checkpoint_an_export_creates_no_file(diary: Diary, tmp_path: Path) -> None:
    diary.apply()
    with pytest.raises(Unreadable, match="no checkpoint is signed yet"):
        export_to_file(diary.engine, tmp_path / "some.jsonl", ExportFilter(event="apply"))
    assert not list(tmp_path.iterdir())


def test_a_slow_reader_of_an_export_keeps_no_transaction_open(
    sealed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.audit.export.STREAMED", 20)
    engine = open_engine(sealed.diary.engine.url.render_as_string(hide_password=False))
    slow = 0.0
    if engine.dialect.name == "postgresql":
        slow = 0.6  # longer than the server waits for a transaction in which nothing is asked

        @event.listens_for(engine, "connect")
        def _impatient(connection: Any, _record: object) -> None:
            connection.execute("SET idle_in_transaction_session_timeout = '400ms'")
            connection.commit()

    for pieces in (whole(engine, 0, 20), prove(engine, ExportFilter(actor="desk"))):
        taken = b""
        for number, (_, piece) in enumerate(pieces):
            sleep(slow if number < 2 else 0)
            taken += piece
        assert taken.count(b"\n") > 20 and taken.splitlines()[-1].startswith(b'{"end":')
    engine.dispose()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_an_exported_table_replaces_the_file_only_when_complete(
    sealed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    table, told = tmp_path / f"history{suffix}", list[int]()
    table.write_text("yesterday's")

    def broken(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(sealed.diary.engine, ExportFilter(), table, broken)
    assert table.read_text() == "yesterday's" and not list(tmp_path.glob("*.part"))
    assert write_table(sealed.diary.engine, ExportFilter(), table, told.append) == sum(told) > 20


def test_the_command_and_the_standalone_verifier_agree(sealed: World, folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "verify.py"
    assert CliRunner().invoke(app, ["audit", "verifier", "--out", str(script)]).exit_code == 0
    assert script.read_text("utf-8") == standalone()
    words = [
        str(sealed.exported),
        "--checkpoint",
        *map(str, sorted(folder.iterdir())),
        "--key",
        str(sealed.key.public),
    ]
    bare = {"PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}

    def alone() -> subprocess.CompletedProcess[str]:
        blocked = (
            "import sys; sys.modules['lifecycle'] = sys.modules['orjson'] = sys.modules['sqlalchemy'] = None; "
        )
        run = f"{blocked}import runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        return subprocess.run([sys.executable, "-c", run, str(script), *words], capture_output=True, text=True,
                              env=bare, cwd=tmp_path)  # fmt: skip

    told, command = alone(), CliRunner().invoke(app, ["audit", "verify", *words])
    assert (told.returncode, command.exit_code) == (0, 0), told.stderr + command.output
    assert told.stdout == command.stdout
    content = bytearray(sealed.exported.read_bytes())
    content[content.index(b'"actor":"desk"') + 10] ^= 1
    sealed.exported.write_bytes(bytes(content))
    told, command = alone(), CliRunner().invoke(app, ["audit", "verify", *words])
    assert (told.returncode, command.exit_code) == (1, 1)
    assert told.stderr == command.stderr and "line 2" in told.stderr


def test_an_invalid_export_checkpoint_or_key_is_unreadable(sealed: World, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\xff\x00" * 100)
    key, export_, keep = str(sealed.key.public), str(sealed.exported), str(garbage)
    for words in (
        [keep, "--key", key], [str(tmp_path / "nothing"), "--key", key], [export_, "--key", "none"],
        [export_, "--key", key, "--checkpoint", keep], [str(tmp_path), "--key", key],
    ):  # fmt: skip
        assert module.main(words, STEPS) == UNREADABLE, words


def test_a_checkpoint_of_another_key_is_not_accepted(sealed: World, tmp_path: Path) -> None:
    write_out(tmp_path, 2, SigningKey(sealed.key.name, bytes(32)).seal(2, bytes(32)))
    words = [
        str(sealed.exported),
        "--key",
        str(sealed.key.public),
        "--checkpoint",
        str(tmp_path / "checkpoint-000000000002.txt"),
    ]
    assert module.main(words, STEPS) == TAMPERED


def test_packed_and_cut_short_it_is_not_accepted(sealed: World, tmp_path: Path) -> None:
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(sealed.exported.read_bytes())[:-100])
    verdict = verify(packed, sealed.kept, sealed.key.public, STEPS)
    assert verdict.code == TAMPERED and "the file breaks off" in verdict.says, verdict.says


def test_one_contract_is_proved_without_the_others(sealed: World, folder: Path, tmp_path: Path) -> None:
    proof, url = tmp_path / "proof.jsonl", str(sealed.diary.engine.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(app, ["audit", "prove", sealed.contract, "--out", str(proof), "--database-url", url])
    assert done.exit_code == 0, done.output
    words = [str(proof), "--key", str(sealed.key.public)]
    assert module.main(words, STEPS) == GOOD
    assert module.main([*words, "--checkpoint", str(folder)], STEPS) == GOOD
    content = proof.read_bytes()
    assert b"OD-2022-0001" in content and b'"reference":"C"' not in content and b'"reference":"E"' not in content
    lines = content.splitlines(keepends=True)
    for cut in range(1, len(lines) - 1):
        proof.write_bytes(b"".join(lines[:cut] + lines[cut + 1 :]))
        assert module.main(words, STEPS) == TAMPERED
    for place in range(0, len(content), 97):
        proof.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert module.main(words, STEPS) != GOOD, content[place - 60 : place + 20]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["--event", "claim"], 1),
        (["--actor", "clock"], 12),
        (["--since", "2022-04-20", "--until", "2022-04-20"], 4),
    ],
)
def test_some_rows_are_exported_with_proofs(sealed: World, tmp_path: Path, words: list[str], rows: int) -> None:
    url = str(sealed.diary.engine.url.render_as_string(hide_password=False))
    some = tmp_path / "some.jsonl"
    done = CliRunner().invoke(app, ["audit", "export", "--out", str(some), "--database-url", url, *words])
    assert done.exit_code == 0, done.output
    lines = some.read_bytes().splitlines()
    assert len(lines) - 2 == rows
    assert module.main([str(some), "--key", str(sealed.key.public)], STEPS) == GOOD
    with reading(sealed.diary.engine) as conn:
        last = next(find_reads(conn, ReadsAsked()))
    assert (last.operation, last.number, bool(last.asked)) == ("audit-export", rows, True)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_for_people_holds_no_formula(sealed: World, tmp_path: Path, suffix: str) -> None:
    sealed.diary.do(contracts.notify_cancellation, sealed.contract, NOW, reason='=HYPERLINK("http://x")')
    seal(sealed.diary.engine, sealed.diary.now, Seals(sealed.key))
    url = str(sealed.diary.engine.url.render_as_string(hide_password=False))
    table = tmp_path / f"history{suffix}"
    words = ["audit", "export", "--out", str(table), "--contract", sealed.contract, "--database-url", url]
    assert CliRunner().invoke(app, words).exit_code == 0
    if suffix == ".csv":
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[-1][10] == '\'=HYPERLINK("http://x")'
    else:
        cells = list(openpyxl.load_workbook(table).active.iter_rows())
        assert (cells[-1][10].value, cells[-1][10].data_type) == ('=HYPERLINK("http://x")', "s")
        rows = [[cell.value for cell in row] for row in cells]
    assert rows[0][:5] == ["index", "subject", "seq", "kind", "event"] and len(rows) == 18


def test_sealing_by_hand_and_writing_the_checkpoints(diary: Diary, tmp_path: Path) -> None:
    url, file = str(diary.engine.url.render_as_string(hide_password=False)), tmp_path / "mine.key"
    new_key(file, "log")
    diary.accepted()
    at = ["--database-url", url]
    for words, said in (
        (["seal", *at], "unsigned: there is no key"),
        (["seal", "--audit-key", str(file), *at], "signed: 2 rows, root "),
        (["checkpoints", "--out", str(tmp_path / "kept"), *at], "1 checkpoints in"),
    ):  # fmt: skip
        done = CliRunner().invoke(app, ["audit", *words])
        assert done.exit_code == 0 and said in done.output, done.output
    export_to_file(diary.engine, tmp_path / "history.jsonl")
    kept_there = ["--checkpoint", str(tmp_path / "kept"), "--key", str(read_key(file).public)]
    assert module.main([str(tmp_path / "history.jsonl"), *kept_there], STEPS) == GOOD
