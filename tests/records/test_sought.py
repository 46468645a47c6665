"""References are looked for in a table of their own, which the database fills by itself and no step touches."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from lifecycle.desk import commands
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.finding import Filter, contract_ids, pairs_of
from tests.desk.diary import Diary, day, on


def test_whoever_writes_a_contract_it_is_found_by_a_part_of_its_reference(engine: Engine) -> None:
    diary = Diary(engine)
    first = diary.apply(reference="OD-2022-0001")
    others = ", ".join(column.name for column in tables.contract.columns if column.name not in ("id", "reference"))
    copy = f"INSERT INTO contract (id, reference, {others}) SELECT 'c_2', 'OD-2023-0002', {others} FROM contract"
    with writing(engine) as conn:  # as another version of the service may write it
        conn.execute(text(copy))
    with reading(engine) as conn:
        found = {
            said: contract_ids(conn, Filter(search=said.lower(), typed=said), 9)
            for said in ("022-0", "OD-", "23-")
        }
    assert found == {"022-0": [first], "OD-": [first, "c_2"], "23-": ["c_2"]}


def test_a_step_leaves_it_alone(engine: Engine) -> None:
    diary = Diary(engine)
    contract = diary.apply(reference="OD-1")
    before = _sought(engine)
    diary.do(commands.accept, contract, on("2022-04-20"), day("2022-05-01"))
    assert _sought(engine) == before == [(contract, "OD-1")]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_index_of_what_steps_change_holds_signs(engine: Engine) -> None:
    """PostgreSQL writes a changed row into every index of its table: those of signs are dear."""
    with reading(engine) as conn:
        found = conn.execute(text("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%pairs_of%'")).scalars()
        assert set(found) == {"sought", "personal"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
    st.integers(0, 200), st.integers(1, 9),
)  # fmt: skip
@example("山田太郎 taro@example.co.jp", 0, 9)
@example("𠮷田", 0, 1)
def test_the_index_holds_what_is_looked_up_for_each_part_of_a_text(
    engine: Engine, said: str, start: int, length: int
) -> None:
    part = said[start % len(said) :][:length]
    with reading(engine) as conn:
        held = conn.execute(text("SELECT pairs_of(:said)"), {"said": said}).scalar_one()
    assert set(pairs_of(part)) <= set(held)


@pytest.mark.parametrize("said", ["山", "𠮷", "@", "郎 t", "a", "7", "taro"])
def test_a_customer_is_found_by_a_sign_or_more(engine: Engine, said: str) -> None:
    diary = Diary(engine)
    contract = diary.apply(personal={"customer": {"name": "𠮷田 山太郎 taro7@example.co.jp"}})
    with reading(engine) as conn:
        assert contract_ids(conn, Filter(search=said), 9) == [contract]
        assert contract_ids(conn, Filter(search=f"{said}~"), 9) == []


def _sought(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(select(tables.sought).order_by(tables.sought.c.contract_id))]
