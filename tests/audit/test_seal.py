"""The sealer numbers, signs and publishes rows; it never signs a log that does not extend the last one."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lifecycle.audit import seal as sealing
from lifecycle.audit.checkpoint import read_checkpoint
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.seal import Sealed, Seals, list_checkpoints, seal
from lifecycle.audit.standing import SealingStatus, sealing_status
from lifecycle.records.engine import reading, writing
from tests.commands.diary import Diary
from tests.postgres import owning


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory out of the database's reach."""
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.fixture
def posts() -> Iterator[tuple[str, list[bytes], list[int]]]:
    """An address that stores posted bodies, and the status of its answer."""
    kept: list[bytes] = []
    status = [204]

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if status[0] < 300:
                kept.append(body)
            self.send_response(status[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Keeping) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", kept, status
        server.shutdown()


def test_each_sealing_extends_the_last_and_is_published(diary: Diary, key: SigningKey, outside: Path) -> None:
    seals = Seals(key, outside)
    diary.accepted()
    first = seal(diary.engine, diary.now, seals)
    diary.apply(reference="another")
    second = seal(diary.engine, diary.now, seals)
    idle = seal(diary.engine, diary.now, seals)
    assert (first.rows, second.rows, idle.rows) == (2, 1, 0)
    assert first.checkpoint is not None and second.checkpoint is not None
    assert (first.checkpoint.size, second.checkpoint.size, idle.checkpoint) == (2, 3, second.checkpoint)
    with reading(diary.engine) as conn:
        rows = list_checkpoints(conn)
        assert LogTree(conn).root(2) == first.checkpoint.root
    assert [read_checkpoint(note.encode(), key.public) for _, note, _ in rows] == [
        first.checkpoint,
        second.checkpoint,
    ]
    assert [file.read_text("utf-8") for file in sorted(outside.iterdir())] == [note for _, note, _ in rows]


def test_without_a_key_rows_are_logged_unsigned(diary: Diary) -> None:
    diary.accepted()
    assert seal(diary.engine, diary.now, Seals()) == Sealed(rows=2)
    with reading(diary.engine) as conn:
        assert list_checkpoints(conn) == []
        assert sealing_status(conn) == SealingStatus(diary.now, 0, 2, None, None)


def test_a_restored_backup_is_noticed_and_not_signed(diary: Diary, key: SigningKey, outside: Path) -> None:
    seals = Seals(key, outside)
    diary.accepted()
    seal(diary.engine, diary.now, seals)
    later = Seals(key).key
    assert later is not None
    sealing.write_out(outside, 9, later.seal(9, bytes(32)))  # signed before the backup was restored
    diary.apply(reference="another")
    refused = seal(diary.engine, diary.now, seals).refused
    assert refused is not None and "the log has 3 rows, and a checkpoint of 9 was signed before" in refused
    with reading(diary.engine) as conn:
        assert [size for size, _, _ in list_checkpoints(conn)] == [2]
        assert sealing_status(conn).refused == refused


def test_a_fork_is_not_signed(diary: Diary, key: SigningKey, outside: Path) -> None:
    diary.accepted()
    sealing.write_out(outside, 2, key.seal(2, bytes(32)))
    refused = seal(diary.engine, diary.now, Seals(key, outside)).refused
    assert refused is not None and "the log's first 2 rows are not the ones that were signed before" in refused


@pytest.mark.parametrize("what", ["not a note", "another key", "no directory"])
def test_without_the_last_checkpoint_outside_nothing_is_signed(
    diary: Diary, key: SigningKey, outside: Path, what: str
) -> None:
    diary.accepted()
    if what == "not a note":
        (outside / "checkpoint-000000000002.txt").write_bytes(b"\xff")
    if what == "another key":
        sealing.write_out(outside, 2, SigningKey("other", bytes(32)).seal(2, bytes(32)))
    directory = outside / "gone" if what == "no directory" else outside
    sealed = seal(diary.engine, diary.now, Seals(key, directory))
    assert sealed.refused is not None and (sealed.rows, sealed.checkpoint) == (2, None)


def test_checkpoints_that_a_new_directory_lacks_are_written_there(
    diary: Diary, key: SigningKey, outside: Path
) -> None:
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    diary.apply(reference="another")
    seal(diary.engine, diary.now, Seals(key))
    seal(diary.engine, diary.now, Seals(key, outside))
    assert [file.name for file in sorted(outside.iterdir())] == [f"checkpoint-{n:012d}.txt" for n in (2, 3)]


def test_a_failed_post_of_a_checkpoint_is_repeated_later(
    diary: Diary, key: SigningKey, posts: tuple[str, list[bytes], list[int]]
) -> None:
    url, kept, status = posts
    diary.accepted()
    status[0] = 500
    failed = seal(diary.engine, diary.now, Seals(key, url=url))
    assert failed.checkpoint is not None and failed.refused is None and failed.unposted is not None
    status[0] = 204
    for _ in range(2):
        assert seal(diary.engine, diary.now, Seals(key, url=url)).unposted is None
    with reading(diary.engine) as conn:
        assert kept == [list_checkpoints(conn)[0][1].encode()]
        assert sealing_status(conn).unposted is None


def test_one_sealer_at_a_time(diary: Diary, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    diary.accepted()
    inner: list[Sealed] = []
    move_all_pending = sealing.move_all_pending

    def meanwhile(engine: Engine) -> int:
        if not inner:
            inner.append(seal(diary.engine, diary.now, Seals(key)))
        return move_all_pending(engine)

    monkeypatch.setattr(sealing, "move_all_pending", meanwhile)
    assert seal(diary.engine, diary.now, Seals(key)).rows == 2
    assert [sealed.busy for sealed in inner] == [True]


def test_a_changed_log_is_not_signed_again(diary: Diary, key: SigningKey) -> None:
    """What only the owner of the database can do."""
    diary.accepted()
    seal(diary.engine, diary.now, Seals(key))
    with owning(diary.engine) as owner, writing(owner) as conn:
        if diary.engine.dialect.name == "sqlite":
            conn.execute(text("DROP TRIGGER log_no_update"))
        else:
            conn.execute(text("DROP TRIGGER log_append_only ON log"))
        conn.execute(text("UPDATE log SET hash = :hash WHERE idx = 0"), {"hash": "11" * 32})
    diary.apply(reference="another")
    refused = seal(diary.engine, diary.now, Seals(key)).refused
    assert refused is not None and "are not the ones that were signed before (the database)" in refused
