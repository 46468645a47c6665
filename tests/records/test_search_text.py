"""References are searched in their own table, which the database maintains and no step changes."""

import pytest
from sqlalchemy import Engine, select, text

from lifecycle.records import tables
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import reading, writing
from lifecycle.records.finding import contract_ids
from tests.commands import acts as contracts
from tests.commands.diary import Diary, day, on


def test_a_contract_written_by_any_version_is_found_by_a_part_of_its_reference(engine: Engine) -> None:
    diary = Diary(engine)
    first = diary.apply(reference="OD-2022-0001")
    others = ", ".join(
        column.name
        for column in tables.contract.columns
        if column.name not in ("id", "reference", "reference_key")
    )
    copy = f"INSERT INTO contract (id, reference, {others}) SELECT 'c_2', 'OD-2023-0002', {others} FROM contract"
    with writing(engine) as conn:  # as another version of the service may write it
        conn.execute(text(copy))
    with reading(engine) as conn:
        found = {said: contract_ids(conn, ContractFilter(text=said), 9) for said in ("022-0", "OD-", "23-")}
    assert found == {"022-0": [first], "OD-": [first, "c_2"], "23-": ["c_2"]}


def test_a_step_does_not_change_the_search_table(engine: Engine) -> None:
    diary = Diary(engine)
    contract = diary.apply(reference="OD-1")
    before = _sought(engine)
    diary.do(contracts.accept, contract, on("2022-04-20"), day("2022-05-01"))
    assert _sought(engine) == before == [(contract, "OD-1")]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_index_of_what_steps_change_holds_signs(engine: Engine) -> None:
    """PostgreSQL writes a changed row into every index of its table: those of signs are dear."""
    with reading(engine) as conn:
        found = conn.execute(text("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%parts_of%'")).scalars()
        assert set(found) == {"sought", "personal", "other_reference"}


def _sought(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as conn:
        return [
            tuple(row)
            for row in conn.execute(select(tables.search_text).order_by(tables.search_text.c.contract_id))
        ]
