"""Personal data is stored in one place; the history has only a commitment, so that it can be erased."""

import pytest
from sqlalchemy import delete, select

from lifecycle.history.payload import commit_to
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from tests.commands import acts as contracts
from tests.commands import proof
from tests.commands.diary import APPLICATION, NOW, Diary

PERSONAL = [
    "株式会社サンプル配信", "サンプル", "さんぷる", "keiyaku@example.co.jp",
    "山田太郎", "山田", "yamada@example.co.jp",
]  # fmt: skip


@pytest.fixture
def contract(diary: Diary) -> str:
    """A contract with its option, accepted and cancelled."""
    contract, _ = diary.accepted_with_option()
    diary.do(contracts.notify_cancellation, contract, NOW)
    return contract


@pytest.mark.parametrize("said", PERSONAL)
def test_no_other_table_contains_it(diary: Diary, contract: str, said: str) -> None:
    everything = diary.everything()
    assert said in repr(everything.pop("personal"))
    assert said not in repr(everything)


def test_the_history_commits_to_it(diary: Diary, contract: str) -> None:
    with reading(diary.engine) as conn:
        row = conn.execute(select(tables.personal)).one()
    assert row.data == APPLICATION.personal
    assert len(bytes.fromhex(row.salt)) == 32
    first, *later = diary.history(contract)
    assert first["personal"] == proof.committed(row.data, row.salt)
    assert all("personal" not in one for one in later)


def test_other_data_or_another_salt_does_not_match_the_commitment(diary: Diary, contract: str) -> None:
    with reading(diary.engine) as conn:
        row = conn.execute(select(tables.personal)).one()
    commitment = diary.history(contract)[0]["personal"]
    assert proof.committed(row.data | {"administrator": None}, row.salt) != commitment
    assert proof.committed(row.data, "00" * 32) != commitment
    assert commit_to(row.data, row.salt) == commitment


def test_the_same_person_twice_is_not_to_be_recognised(diary: Diary, contract: str) -> None:
    other = diary.apply(reference="OD-2022-0002")
    assert diary.history(other)[0]["personal"] != diary.history(contract)[0]["personal"]


def test_after_an_erasure_the_data_is_gone_and_every_chain_verifies(diary: Diary, contract: str) -> None:
    rows = proof.verify(diary.engine)
    with writing(diary.engine) as conn:
        assert conn.execute(delete(tables.personal)).rowcount == 1
    assert proof.verify(diary.engine) == rows
    assert all(said not in repr(diary.everything()) for said in PERSONAL)
    diary.do(contracts.revoke_cancellation, contract, reason="agreed")
    assert proof.verify(diary.engine) == rows + 1
