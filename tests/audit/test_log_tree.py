"""The log's tree is the tree over its rows, however they came in, and one writer numbers them densely."""

from sqlalchemy import Engine, insert, select, text

from lifecycle.audit import log, merkle
from lifecycle.audit.log_tree import FAN, LogTree
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


def test_nodes_that_an_older_version_did_not_write_are_written_with_the_next_rows(engine: Engine) -> None:
    rows = [{"idx": n, "subject_id": "c_1", "seq": n + 1, "hash": LEAVES[n].hex()} for n in range(2 * FAN)]
    with writing(engine) as conn:
        conn.execute(insert(tables.log), rows)
    fill(engine, 2 * FAN, 2 * FAN + 1)
    with reading(engine) as conn:
        assert LogTree(conn).root(2 * FAN + 1) == merkle.root_of(LEAVES[: 2 * FAN + 1])
        assert len(conn.execute(select(tables.log_node)).all()) == 2


def test_rows_are_taken_up_in_their_order_once_and_densely(diary: Diary) -> None:
    contract, _option = diary.accepted_with_option()
    assert log.take_all(diary.engine) == 4
    diary.today("2022-06-10")
    diary.apply(reference="another")
    assert (log.take_all(diary.engine), log.take_all(diary.engine)) == (1, 0)
    with reading(diary.engine) as conn:
        rows = conn.execute(text("SELECT idx, subject_id, seq FROM log ORDER BY idx")).all()
        hashes = conn.execute(
            text("SELECT h.hash = l.hash FROM log l JOIN history h USING (subject_id, seq)")
        ).all()
    assert [row.idx for row in rows] == [0, 1, 2, 3, 4]
    assert [row.seq for row in rows if row.subject_id == contract] == [1, 2]
    assert len(hashes) == 5 and all(same for (same,) in hashes)
