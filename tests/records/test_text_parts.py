"""Searches for parts of texts: on PostgreSQL through an index of the parts, as numbers."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from lifecycle.records import finding
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import reading
from lifecycle.records.finding import contract_ids
from lifecycle.records.text_parts import parts_looked_up
from tests.commands.diary import Diary
from tests.how_many import some_of


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@settings(max_examples=some_of(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
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
        held = conn.execute(text("SELECT parts_of(:said)"), {"said": said}).scalar_one()
    assert set(parts_looked_up(part)) <= set(held)


@pytest.mark.parametrize("said", ["山", "𠮷", "@", "郎 t", "a", "7", "ar", "o7", "jp", "taro", "taro7@"])
def test_a_customer_is_found_by_one_character_or_more(engine: Engine, said: str) -> None:
    diary = Diary(engine)
    contract = diary.apply(personal={"customer": {"name": "𠮷田 山太郎 taro7@example.co.jp"}})
    with reading(engine) as conn:
        assert contract_ids(conn, ContractFilter(text=said), 9) == [contract]
        assert contract_ids(conn, ContractFilter(text=f"{said}~"), 9) == []


@pytest.mark.parametrize("said", ["さくら", "o7", "taro7", "7"])
def test_texts_beyond_the_first_ones_are_found_by_the_index(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(finding, "FIRST", 1)
    diary = Diary(engine)
    names = ["さくら taro7", "other", "taro7 サクラ", "other"]
    made = [
        diary.apply(reference=f"OD-{letter}", personal={"customer": {"name": name}})
        for letter, name in zip("abcd", names, strict=True)
    ]
    with reading(engine) as conn:
        assert contract_ids(conn, ContractFilter(text=said), 9) == sorted([made[0], made[2]])
        assert [row.id for row in finding.find(conn, ContractFilter(text=said), 1)] == [max(made[0], made[2])]
        assert contract_ids(conn, ContractFilter(text=said, state="accepted"), 9) == []
