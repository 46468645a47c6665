"""No command overwrites the change of another: expected versions and outdated rows."""

from threading import Event, Thread

import pytest

from lifecycle.commands.command import Stale
from lifecycle.history.store import ConcurrentChange, store_step
from lifecycle.machines.events.reschedule_billing import RescheduleBilling
from lifecycle.machines.step import Act, apply_act
from lifecycle.records.engine import writing
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary, day


def test_the_version_that_is_there_is_accepted(diary: Diary) -> None:
    contract = diary.accepted()
    diary.do(contracts.notify_cancellation, contract, NOW, version=2)
    assert diary.contract(contract).version == 3


@pytest.mark.parametrize("version", [0, 1, 3])
def test_another_version_is_refused_with_both(diary: Diary, version: int) -> None:
    contract = diary.accepted()
    before = diary.everything()
    with pytest.raises(Stale) as refusal:
        diary.do(contracts.notify_cancellation, contract, NOW, version=version)
    assert (refusal.value.expected, refusal.value.found) == (version, 2)
    assert diary.everything() == before


def test_an_options_version_is_its_own(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    with pytest.raises(Stale):
        diary.do(contracts.notify_cancellation, option, NOW, version=diary.option(contract).version + 1)
    diary.do(contracts.notify_cancellation, option, NOW, version=diary.option(contract).version)


def test_an_answer_that_moved_with_the_contract_makes_the_options_old_version_stale(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    version = diary.option(contract).version
    diary.do(contracts.reschedule_billing, contract, day("2022-05-15"))
    with pytest.raises(Stale):
        diary.do(contracts.notify_cancellation, option, NOW, version=version)


def test_a_step_from_an_outdated_dossier_is_refused(diary: Diary) -> None:
    contract = diary.accepted()
    early = diary.look(contract)
    diary.do(contracts.notify_cancellation, contract, NOW)
    before = diary.everything()
    after, entries = apply_act(early, _reschedule(diary, contract))
    with pytest.raises(ConcurrentChange, match="no longer at version 2"), writing(diary.engine) as conn:
        store_step(conn, early, after, entries)
    assert diary.everything() == before


def test_a_change_of_only_the_option_is_a_concurrent_change(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    early = diary.look(contract)
    diary.do(contracts.notify_cancellation, option, NOW)
    before = diary.everything()
    after, entries = apply_act(early, _reschedule(diary, contract))
    with pytest.raises(ConcurrentChange, match=option), writing(diary.engine) as conn:
        store_step(conn, early, after, entries)
    assert diary.everything() == before


def test_without_the_version_check_the_sequence_would_still_refuse_the_second_step(diary: Diary) -> None:
    contract = diary.accepted()
    early = diary.look(contract)
    diary.do(contracts.notify_cancellation, contract, NOW)
    blind = early._replace(contract=early.contract.replace(version=3))
    before = diary.everything()
    after, entries = apply_act(blind, _reschedule(diary, contract))
    with pytest.raises(Exception, match=r"(?i)unique|append-only"), writing(diary.engine) as conn:
        store_step(conn, blind, after, entries)
    assert diary.everything() == before


def test_a_second_command_waits_for_the_first_and_meets_what_it_left(diary: Diary) -> None:
    contract = diary.accepted()
    begun = Event()

    def second() -> None:
        begun.set()
        diary.do(contracts.notify_cancellation, contract, NOW, day("2022-09-30"))

    with writing(diary.engine) as conn:
        contracts.notify_cancellation(conn, contract, diary.order(), NOW)
        thread = Thread(target=second)
        thread.start()
        begun.wait()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert diary.events(contract) == ["apply", "accept", "notify_cancellation", "notify_cancellation"]
    assert len(diary.contract(contract).notices) == 2


def _reschedule(diary: Diary, contract: str) -> Act:
    facts = RescheduleBilling(billing_starts_on=day("2022-05-15"))
    return Act("reschedule_billing", contract, facts, "desk", diary.now, diary.now)
