"""The sealer loses the connection with its lock and another starts: the log stays single, complete and dense."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from lifecycle.audit.keys import new_key, read_key
from lifecycle.audit.seal import Sealed, Seals, seal
from lifecycle.audit.standing import sealing_status
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from tests.commands.diary import Diary
from tests.commands.proof import verify
from tests.faults.dying import watch
from tests.faults.workers import NOW

# The sealer's own transaction began before that in which it takes rows up, which locks a row of the table too.
CUT = text(
    "SELECT pg_terminate_backend(pid, 10000) FROM (SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE relation = to_regclass('sealer_turn') ORDER BY xact_start LIMIT 1) AS holder"
)


@pytest.mark.parametrize("moment", ["DELETE pending", "INSERT checkpoint"])
def test_a_sealer_whose_lock_is_cut_off_and_another_leave_one_log(
    postgres_url: str, tmp_path: Path, moment: str
) -> None:
    new_key(tmp_path / "audit.key", "contracts.example.com")
    seals = Seals(read_key(tmp_path / "audit.key"), tmp_path)
    first, second = open_engine(postgres_url), open_engine(postgres_url)
    diary = Diary(second)
    for number in range(3):
        diary.accepted(reference=f"OD-{number}")
    others: list[Sealed] = []

    def cut(conn: Connection | None, kind: str) -> None:
        if kind == moment and not others:
            with writing(second) as own:
                assert own.execute(CUT).all() == [(True,)]
            others.append(seal(second, NOW, seals))

    watch(first, cut)
    with pytest.raises(OperationalError):
        seal(first, NOW, seals)
    assert len(others) == 1 and not others[0].busy
    diary.accepted(reference="OD-later")
    assert seal(second, NOW, seals).refused is None
    with reading(second) as conn:
        found = sealing_status(conn)
        log = conn.execute(select(tables.log.c.idx, tables.log.c.subject_id, tables.log.c.seq)).all()
    assert sorted(row.idx for row in log) == list(range(8)) and len({row[1:] for row in log}) == 8
    assert (found.signed, found.logged, found.refused) == (8, 8, None)
    assert verify(second) == 8
    for engine in (first, second):
        engine.dispose()
