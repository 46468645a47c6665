"""The history is canonical, chained and complete; every change to it is detected."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from lifecycle.history import payload
from lifecycle.records.engine import writing
from tests.commands import acts as contracts
from tests.commands import proof
from tests.commands.diary import NOW, Diary, day
from tests.how_many import some_of
from tests.postgres import owning

PAYLOAD = {
    "kind", "subject", "seq", "previous_hash", "event", "from_state", "to_state", "due_at", "effective_at",
    "recorded_at", "actor", "approver", "caused_by", "reason", "facts", "rulings", "terms",
    "edition",
}  # fmt: skip
TAMPERINGS = {
    "another payload": "UPDATE history SET payload = replace(payload, '2022-05-01', '2022-05-02') WHERE seq = 2",
    "a space": "UPDATE history SET payload = payload || ' ' WHERE seq = 1",
    "another hash": "UPDATE history SET hash = '00' WHERE seq = 2",
    "a row removed": "DELETE FROM history WHERE seq = 2",
    "the last row removed": "DELETE FROM history WHERE event = 'revoke_cancellation'",
    "a column": "UPDATE history SET actor = 'nobody' WHERE seq = 1",
    "another order": "UPDATE history SET seq = 9 WHERE seq = 1",
    "another state": "UPDATE contract SET state = 'terminated'",
    "a life without history": "DELETE FROM history WHERE subject_id LIKE 'o%'",
}
texts = st.text(st.characters(exclude_categories=["Cs"]))
contents = st.dictionaries(
    st.text(st.characters(max_codepoint=127)),
    st.recursive(
        st.none() | st.booleans() | texts | st.integers(-(2**53) + 1, 2**53 - 1),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
        max_leaves=8,
    ),
)


@pytest.fixture
def life(diary: Diary) -> Diary:
    """A contract with its option: billed, rescheduled, notice given and revoked."""
    contract, option = diary.accepted_with_option()
    diary.do(contracts.reschedule_billing, contract, day("2022-05-15"), reason='改行\nと\t"引用"\x7f\u2028')
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, option, NOW)
    diary.do(contracts.notify_cancellation, contract, NOW, day("2022-07-31"))
    diary.do(contracts.revoke_cancellation, contract, reason="agreed")
    return diary


def test_every_hash_chain_verifies_with_the_standard_library_alone(life: Diary) -> None:
    assert proof.verify(life.engine) == 10


@pytest.mark.parametrize("what", TAMPERINGS)
def test_every_change_of_the_history_is_detected(life: Diary, what: str) -> None:
    _disarm(life.engine)
    with owning(life.engine) as owner, writing(owner) as conn:
        assert conn.execute(text(TAMPERINGS[what])).rowcount > 0
    with pytest.raises(proof.Broken):
        proof.verify(life.engine)


def test_a_row_carries_all_that_the_audit_needs(life: Diary) -> None:
    contract = _only_contract(life)
    rows = life.history(contract)
    assert all(PAYLOAD <= row.keys() <= PAYLOAD | {"personal", "rulings_before", "moved"} for row in rows)
    assert [row["kind"] for row in rows] == ["contract"] * len(rows)
    moved = rows[2]
    assert (moved["event"], moved["terms"]) == ("reschedule_billing", "2022-05-01")
    assert moved["reason"] == '改行\nと\t"引用"\x7f\u2028'
    assert moved["rulings_before"] == ["2.2 R4 code"] and rows[1]["rulings"][2]["on"] == "2022-05-31"
    assert moved["rulings"][-1]["on"] == "2022-06-14"


def test_instants_are_written_in_the_time_of_japan(life: Diary) -> None:
    for row in life.history(_only_contract(life)):
        assert row["effective_at"].endswith("+09:00")
        assert row["recorded_at"].endswith("+09:00")


def test_the_clock_names_the_human_event_behind_it(life: Diary) -> None:
    contract = _only_contract(life)
    started = next(row for row in life.history(contract) if row["event"] == "start_billing")
    assert (started["actor"], started["caused_by"]) == ("clock", f"{contract}.3")


@settings(max_examples=some_of(100))
@given(content=contents)
def test_the_canonical_payload_round_trips_any_content(content: dict[str, Any]) -> None:
    written = payload.canonical(content)
    assert written.decode() == proof.canonical(json.loads(written))
    assert json.loads(written) == content


def _only_contract(diary: Diary) -> str:
    with diary.engine.connect() as conn:
        return str(conn.execute(text("SELECT id FROM contract")).scalar_one())


def _disarm(engine: Engine) -> None:
    """What only the owner of the database can do."""
    with owning(engine) as owner, writing(owner) as conn:
        if engine.dialect.name == "sqlite":
            for name in ("update", "delete"):
                conn.execute(text(f"DROP TRIGGER history_no_{name}"))
        else:
            conn.execute(text("ALTER TABLE history DISABLE TRIGGER USER"))
