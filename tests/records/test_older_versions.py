"""A process of an older version works on the newest revision: its recorded statements."""

import pytest
from sqlalchemy import Engine, select, text, update

from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import end_of
from lifecycle.timers.sweep import sweep
from tests.commands.diary import Diary, day, tokyo
from tests.commands.proof import verify
from tests.postgres import owning
from tests.records.recorded import FOLDER, recorded, replay

REVISIONS = sorted({file.name.partition("-")[0] for file in FOLDER.glob("*.json")})


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_newest_version_continues_after_statements_of_an_older_one(engine: Engine, revision: str) -> None:
    assert replay(engine, recorded(FOLDER / f"{revision}-{engine.dialect.name}.json")) == []
    with reading(engine) as conn:
        ids = {row.reference: row.id for row in conn.execute(select(tables.contract))}
    diary = Diary(engine)
    assert diary.contract(ids["R-0"]).state == "terminated"
    assert diary.contract(ids["R-1"]).state == "cancel_notified"
    ends = end_of(day("2022-07-10"))
    for table in (tables.contract, tables.option):
        with writing(engine) as conn:  # the recording had set this one aside for us
            conn.execute(update(table).where(table.c.due_event.is_not(None)).values(due_at=ends))
    assert sweep(engine, tokyo("2023-01-01")).fired == 2
    assert diary.contract(ids["R-1"]).state == "terminated"
    if engine.dialect.name == "sqlite":  # on PostgreSQL the sweep's rows went by COPY, which is not recorded
        verify(engine)


def test_a_schema_that_older_code_cannot_write_to_is_noticed(engine: Engine) -> None:
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE contract RENAME COLUMN item TO product"))
    with pytest.raises(Exception, match="item"):
        replay(engine, recorded(FOLDER / f"{REVISIONS[0]}-{engine.dialect.name}.json"))
