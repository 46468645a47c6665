"""Erasure of personal data: permitted once the contract no longer needs it, with actor and reason, and final."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from lifecycle.commands.erasure import erase_personal_data, merge_write_ahead_log
from lifecycle.commands.outages import OutageReport, open_outage, recover
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.commands import acts as contracts
from tests.commands import acts as events
from tests.commands import proof
from tests.commands.diary import NOW, Diary, day, tokyo
from tests.machines.folded import folded

SECRETS = ["サンプル配信", "さんぷる", "keiyaku@example.co.jp", "山田太郎", "yamada@example.co.jp"]
WHY = "the customer asked for it in writing"


@pytest.fixture
def diary(engine: Engine) -> Diary:
    """A diary that opens on 20 April 2022; the test runs once on each kind of database."""
    return Diary(engine)


def ended(diary: Diary) -> str:
    """A contract with an option, over since 2 June 2022; its id."""
    contract, _ = diary.accepted_with_option()
    diary.today("2022-05-02")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-06-10")
    return contract


def erase(diary: Diary, contract: str) -> list[str]:
    with writing(diary.engine) as conn:
        return erase_personal_data(conn, contract, diary.order(WHY))[1]


def test_after_an_erasure_no_table_contains_the_data_and_every_check_passes(diary: Diary) -> None:
    contract = ended(diary)
    salt = diary.everything()["personal"][0][1]
    assert erase(diary, contract) == []
    told = repr(diary.everything())
    assert not any(secret in told for secret in (*SECRETS, salt))
    assert diary.contract(contract).state == diary.option(contract).state == "terminated"
    assert proof.verify(diary.engine) == len(diary.everything()["history"])


def test_an_erasure_keeps_its_actor_and_reason_on_record(diary: Diary) -> None:
    contract = ended(diary)
    erase(diary, contract)
    erasure = diary.look(contract).erasures[0]
    assert erasure.erased_at == tokyo("2022-06-10")
    (row,) = diary.history(erasure.id)
    assert (row["event"], row["actor"], row["reason"]) == ("erase_personal_data", "desk", WHY)
    whole = [row for part in diary.look(contract).subjects for row in diary.history(part.id)]
    assert folded(whole) is not None
    assert folded(whole).erasures[0].erased_at == erasure.erased_at  # type: ignore[union-attr]


def test_a_second_erasure_changes_nothing(diary: Diary) -> None:
    contract = ended(diary)
    erase(diary, contract)
    before = diary.everything()
    assert erase(diary, contract) == []
    assert diary.everything() == before


@pytest.mark.parametrize("moment", ["2022-04-22", "2022-05-10"])
def test_an_active_contract_cannot_be_erased(diary: Diary, moment: str) -> None:
    contract = diary.accepted()
    diary.today(moment)
    with pytest.raises(NotPossible):
        erase(diary, contract)
    assert "山田太郎" in repr(diary.everything())


def test_an_unsuccessful_application_is_final_too(diary: Diary) -> None:
    contract = diary.apply()
    diary.do(contracts.reject, contract, reason="not cleared")
    erase(diary, contract)
    assert diary.everything()["personal"] == []


def test_nothing_is_erased_while_a_credit_may_be_owed(diary: Diary) -> None:
    contract = ended(diary)
    diary.today("2022-05-03")
    contract = diary.accepted(reference="another")
    diary.today("2022-05-10")
    with writing(diary.engine) as conn:
        hit = open_outage(conn, diary.order(), OutageReport(tokyo("2022-05-08"), "alert", True, (contract,)))
        recover(conn, hit.id, diary.order(), tokyo("2022-05-10"))
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.today("2022-06-15")
    with pytest.raises(Refused, match="9 August 2022"):
        erase(diary, contract)
    diary.today("2022-08-10")
    erase(diary, contract)
    assert diary.look(contract).credits[0].state == "lapsed"


def test_only_the_contract_that_is_meant_is_erased(diary: Diary) -> None:
    contract, other = ended(diary), diary.apply(reference="OD-2022-0002")
    erase(diary, contract)
    assert [row[0] for row in diary.everything()["personal"]] == [repr(other)]


def test_an_erasure_lists_the_rows_whose_free_text_names_the_person(diary: Diary) -> None:
    contract = diary.accepted()
    diary.do(events.report_misuse, contract, tokyo("2022-04-21"), "ask ﾔﾏﾀﾞ... yamada@example.co.jp")
    diary.do(contracts.notify_cancellation, contract, NOW, day("2022-05-31"))
    diary.today("2022-06-10")
    assert erase(diary, contract) == [f"{contract}.3"]


def test_stored_answers_that_show_the_customer_are_erased_too(diary: Diary) -> None:
    contract = ended(diary)
    answers = {
        "shows": f'{{"id":"{contract}","customer":{{"name":"山田太郎"}}}}',
        "refers": f'{{"title":"Duplicate","existing":"/v1/contracts/{contract}"}}',
        "of an outage": f'{{"id":"x_1","contracts":["{contract}"]}}',
        "of another": '{"id":"c_other","customer":{"name":"佐藤"}}',
    }
    with writing(diary.engine) as conn:
        for key, body in answers.items():
            stored = {"actor": "desk", "key": key, "fingerprint": "00", "status": 200, "headers": {}, "body": body}
            conn.execute(insert(tables.idempotency), stored | {"recorded_at": diary.now})
    erase(diary, contract)
    assert {row[1] for row in diary.everything()["idempotency"]} == {repr("of an outage"), repr("of another")}


def test_no_byte_of_it_is_left_in_the_files(sqlite_url: str) -> None:
    from lifecycle.records.engine import open_engine

    engine = open_engine(sqlite_url)
    diary, file = Diary(engine), Path(sqlite_url.removeprefix("sqlite:///"))
    contract = ended(diary)
    for number in range(40):
        diary.apply(reference=f"more {number}", personal={"customer": {"name": "佐藤花子", "email": None}})
    salt = diary.everything()["personal"][0][1].strip("'")

    def left() -> list[str]:
        bytes_on_disk = b"".join(p.read_bytes() for p in file.parent.iterdir())
        return [secret for secret in (*SECRETS, salt) if secret.encode() in bytes_on_disk]

    assert left() == [*SECRETS, salt]
    erase(diary, contract)
    merge_write_ahead_log(engine)
    assert left() == []
    engine.dispose()
