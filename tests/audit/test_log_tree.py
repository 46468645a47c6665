"""The tree of the log equals the tree over its rows in any order of arrival; row numbers are dense."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from lifecycle.audit import log, merkle
from lifecycle.audit.log_tree import FAN, LogTree
from lifecycle.audit.tiles import Tile, read_tile
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from tests.commands.diary import Diary

LEAVES = [merkle.leaf(str(n).encode()) for n in range(FAN * FAN + 3 * FAN + 7)]


def fill(engine: Engine, start: int, end: int) -> None:
    """Writes log rows."""
    rows = [{"idx": n, "subject_id": "c_1", "seq": n + 1, "hash": LEAVES[n].hex()} for n in range(start, end)]
    with writing(engine) as conn:
        conn.execute(insert(tables.log), rows)
        LogTree(conn).grow()


def test_roots_and_proofs_of_a_tree_that_grew_in_parts(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    for start, end in ((0, 5), (5, FAN), (FAN, FAN + 1), (FAN + 1, len(LEAVES))):
        fill(engine, start, end)
    with reading(engine) as conn:
        tree = LogTree(conn)
        assert tree.size() == len(LEAVES)
        assert conn.execute(select(tables.log_node.c.level).order_by(tables.log_node.c.level.desc())).first() == (
            2,
        )
        for size in (0, 1, 5, FAN - 1, FAN, FAN + 1, 3 * FAN, FAN * FAN - 1, FAN * FAN, len(LEAVES)):
            assert tree.root(size) == merkle.root_of(LEAVES[:size])
        size, root = len(LEAVES), merkle.root_of(LEAVES)
        for index in (0, FAN, FAN * FAN - 1, FAN * FAN, size - 1):
            path = merkle.inclusion(tree.subtree, index, size)
            assert merkle.root_by_inclusion(LEAVES[index], index, size, path) == root
    engine.dispose()


def test_the_tiles_give_the_root_and_the_rows_of_a_checkpoint(
    sqlite_url: str,
) -> None:
    engine = open_engine(sqlite_url)
    fill(engine, 0, len(LEAVES))
    size = len(LEAVES) - 5
    with writing(engine) as conn:
        signed = {"size": size, "note": "note", "sealed_at": datetime(2022, 5, 1, tzinfo=UTC)}
        conn.execute(insert(tables.checkpoint), [signed])
    with reading(engine) as conn:
        for covered in (1, FAN - 1, FAN, FAN + 1, FAN * FAN, size):
            assert root_by_tiles(conn, covered) == merkle.root_of(LEAVES[:covered]), covered
        last = size % FAN
        for level, path in (
            (0, f"259.p/{last + 1}"),
            (0, "259"),
            (0, "260"),
            (2, "000.p/2"),
            (2, "000"),
            (3, "000.p/1"),
        ):
            tile = Tile.parse(level, path)
            assert tile is None or read_tile(conn, tile) is None, path
    engine.dispose()


def root_by_tiles(conn: Connection, size: int) -> bytes:
    """The root as a client computes it: of each level the hashes that no full tile holds, from the right."""
    root, level, count = b"", 0, size
    while count:
        full, width = divmod(count, FAN)
        if width:
            tile = Tile.parse(level, address(full, width))
            assert tile is not None
            content = read_tile(conn, tile)
            assert content is not None
            hashes = [content[n : n + 32] for n in range(0, len(content), 32)]
            root = merkle.root_of([*hashes, root] if root else hashes)
        level, count = level + 1, full
    return root


def address(index: int, width: int) -> str:
    """The path of a partial tile below a million rows."""
    return (f"x{index // 1000:03d}/" if index >= 1000 else "") + f"{index % 1000:03d}.p/{width}"


WRONG = (
    "",
    "0",
    "5",
    "0005",
    "x000/005",
    "x001/x234",
    "005/",
    "/005",
    "005.p/0",
    "005.p/256",
    "005.p/01",
    "-01",
    "٠٠٥",
)


@pytest.mark.parametrize("path", WRONG)
def test_a_tile_has_only_one_valid_address(path: str) -> None:
    assert Tile.parse(0, path) is None


@pytest.mark.parametrize(("index", "path"), [(0, "000"), (1000, "x001/000"), (1234067, "x001/x234/067")])
def test_the_address_of_a_tile_is_that_of_the_specification(index: int, path: str) -> None:
    assert Tile(0, index).path == path and Tile.parse(0, path) == Tile(0, index)
    assert Tile.parse(0, f"{path}.p/17") == Tile(0, index, 17)


def test_nodes_that_an_older_version_did_not_write_are_written_with_the_next_rows(engine: Engine) -> None:
    rows = [{"idx": n, "subject_id": "c_1", "seq": n + 1, "hash": LEAVES[n].hex()} for n in range(2 * FAN)]
    with writing(engine) as conn:
        conn.execute(insert(tables.log), rows)
    fill(engine, 2 * FAN, 2 * FAN + 1)
    with reading(engine) as conn:
        assert LogTree(conn).root(2 * FAN + 1) == merkle.root_of(LEAVES[: 2 * FAN + 1])
        assert len(conn.execute(select(tables.log_node)).all()) == 2


def test_the_log_gets_each_row_once_in_order_with_dense_numbers(diary: Diary) -> None:
    contract, _option = diary.accepted_with_option()
    assert log.move_all_pending(diary.engine) == 4
    diary.today("2022-06-10")
    diary.apply(reference="another")
    assert (log.move_all_pending(diary.engine), log.move_all_pending(diary.engine)) == (1, 0)
    with reading(diary.engine) as conn:
        rows = conn.execute(text("SELECT idx, subject_id, seq FROM log ORDER BY idx")).all()
        hashes = conn.execute(
            text("SELECT h.hash = l.hash FROM log l JOIN history h USING (subject_id, seq)")
        ).all()
    assert [row.idx for row in rows] == [0, 1, 2, 3, 4]
    assert [row.seq for row in rows if row.subject_id == contract] == [1, 2]
    assert len(hashes) == 5 and all(same for (same,) in hashes)
