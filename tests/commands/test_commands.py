"""Every command in its normal case: the row and the history that it leaves."""

import pytest

from lifecycle.machines.body import MissingFact
from lifecycle.machines.facts import When
from lifecycle.records.mapping import Unknown
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary, day, on, tokyo


def test_accepting_records_the_day_and_plans_the_billing_start(diary: Diary) -> None:
    contract = diary.contract(diary.accepted())
    assert (contract.state, contract.version) == ("accepted", 2)
    assert (contract.accepted_on, contract.planned_start_on) == (day("2022-04-22"), day("2022-05-01"))
    assert (contract.billing_starts_on, contract.minimum_term_ends_on) == (day("2022-05-01"), day("2022-05-31"))
    assert (contract.due_event, contract.due_at) == ("start_billing", tokyo("2022-05-01 00:00"))
    row = diary.history(contract.id)[-1]
    assert row["facts"] == {"accepted_on": "2022-04-22", "billing_starts_on": "2022-05-01"}
    assert [ruling["rule"] for ruling in row["rulings"]] == ["initial_fee", "monthly_fee", "minimum_term"]


def test_an_acceptance_on_an_earlier_day_takes_effect_from_that_day(diary: Diary) -> None:
    contract = diary.apply()
    diary.today("2022-04-25")
    diary.do(contracts.accept, contract, on("2022-04-22"), day("2022-05-10"))
    row = diary.history(contract)[-1]
    assert row["effective_at"] == "2022-04-22T00:00:00+09:00"
    assert row["recorded_at"] == "2022-04-25T09:00:00+09:00"
    assert diary.contract(contract).billing_starts_on == day("2022-05-10")


def test_an_acceptance_without_any_billing_start_lacks_a_fact(diary: Diary) -> None:
    contract = diary.apply(requested_billing_start_on=None)
    with pytest.raises(MissingFact) as refusal:
        diary.do(contracts.accept, contract, NOW)
    assert refusal.value.name == "billing_starts_on"


def test_accepting_an_option_keeps_its_quoted_fees(diary: Diary) -> None:
    contract, option = diary.accepted_with_option("2022-05-10")
    found = diary.option(contract)
    assert (found.state, found.billing_starts_on) == ("accepted", day("2022-05-10"))
    assert (found.initial_fee_yen, found.monthly_fee_yen) == (30_000, 50_000)
    assert diary.history(option)[-1]["facts"]["monthly_fee_yen"] == 50_000
    assert diary.events(contract) == ["apply", "accept"]


def test_rejecting_a_contract_rejects_the_options_applied_for(diary: Diary) -> None:
    contract = diary.apply(options=[("drm", "D1")])
    diary.do(contracts.reject, contract, reason="the works are not to be delivered")
    option = diary.option(contract)
    assert (diary.contract(contract).state, option.state) == ("rejected", "rejected")
    row = diary.history(option.id)[-1]
    assert (row["event"], row["caused_by"]) == ("reject", f"{contract}.2")
    assert row["reason"] == "the works are not to be delivered"


def test_rejecting_an_option_leaves_its_contract_alone(diary: Diary) -> None:
    contract = diary.apply(options=[("drm", "D1")])
    diary.do(contracts.reject, diary.option(contract).id, reason="no device")
    assert (diary.contract(contract).state, diary.option(contract).state) == ("applied", "rejected")


def test_withdrawing_a_contract_withdraws_the_options_applied_for(diary: Diary) -> None:
    contract = diary.apply(options=[("drm", "D1")])
    diary.do(contracts.withdraw, contract)
    assert (diary.contract(contract).state, diary.option(contract).state) == ("withdrawn", "withdrawn")


def test_rescheduling_moves_the_start_and_all_that_follows(diary: Diary) -> None:
    contract = diary.accepted()
    diary.do(contracts.reschedule_billing, contract, day("2022-05-15"))
    found = diary.contract(contract)
    assert (found.billing_starts_on, found.minimum_term_ends_on) == (day("2022-05-15"), day("2022-06-14"))
    assert (found.due_event, found.due_at) == ("start_billing", tokyo("2022-05-15 00:00"))
    assert found.billing_from == f"{contract}.3"


def test_an_option_moves_along_with_its_contract_and_gets_a_new_version(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    before = diary.option(contract)
    diary.do(contracts.reschedule_billing, contract, day("2022-05-15"))
    after = diary.option(contract)
    assert (after.planned_start_on, after.billing_starts_on) == (day("2022-05-01"), day("2022-05-15"))
    assert (after.version, after.seq) == (before.version + 1, before.seq)
    diary.do(contracts.reschedule_billing, option, day("2022-05-20"))
    assert diary.option(contract).billing_starts_on == day("2022-05-20")


def test_a_notice_ends_the_contract_thirty_days_after_its_arrival(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    found = diary.contract(contract)
    assert (found.state, found.effective_on, found.decided_by) == (
        "cancel_notified", day("2022-07-10"), "notice_period",
    )  # fmt: skip
    assert (found.due_event, found.due_at) == ("terminate", tokyo("2022-07-11 00:00"))
    (notice,) = found.notices
    assert (notice.id, notice.arrived_on, notice.revoked) == (f"{contract}.4", day("2022-06-10"), False)


def test_a_notice_counts_from_its_arrival_in_japan_and_not_from_its_entry(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-06-12")
    arrived = When(at=tokyo("2022-06-10 23:59"))
    diary.do(contracts.notify_cancellation, contract, arrived, day("2022-08-31"))
    found = diary.contract(contract)
    assert (found.effective_on, found.decided_by) == (day("2022-08-31"), "chosen_day")
    assert diary.history(contract)[-1]["facts"] == {
        "arrived_at": "2022-06-10T23:59:00+09:00", "arrived_on": "2022-06-10", "chosen_on": "2022-08-31",
        "keyed_on": "2022-06-12",
    }  # fmt: skip


def test_an_options_notice_ends_the_option_alone(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, option, NOW)
    assert diary.contract(contract).state == "billing"
    assert (diary.option(contract).state, diary.option(contract).effective_on) == (
        "cancel_notified", day("2022-07-10"),
    )  # fmt: skip


def test_a_contracts_notice_ends_its_option_with_it(diary: Diary) -> None:
    contract, option = diary.accepted_with_option("2022-06-20")
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    found = diary.option(contract)
    assert (found.effective_on, found.decided_by) == (day("2022-07-10"), "base_contract")
    assert found.minimum_term_cut_days == 9
    assert diary.events(option) == ["apply", "accept"]


def test_a_revocation_of_all_notices_restores_the_former_state(diary: Diary) -> None:
    contract, _ = diary.accepted_with_option()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.do(contracts.notify_cancellation, contract, NOW, day("2022-09-30"))
    diary.do(contracts.revoke_cancellation, contract, reason="agreed by telephone")
    found = diary.contract(contract)
    assert (found.state, found.effective_on, found.due_event) == ("billing", None, None)
    assert [notice.revoked for notice in found.notices] == [True, True]
    assert diary.option(contract).effective_on is None


def test_the_revocation_of_one_notice_leaves_the_other_in_effect(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.do(contracts.notify_cancellation, contract, NOW, day("2022-09-30"))
    first, _ = diary.contract(contract).notices
    diary.do(contracts.revoke_cancellation, contract, first.id, reason="agreed")
    found = diary.contract(contract)
    assert (found.state, found.effective_on) == ("cancel_notified", day("2022-09-30"))


def test_a_contract_is_accepted_again_when_its_notice_is_revoked_before_billing(diary: Diary) -> None:
    contract = diary.accepted()
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.do(contracts.revoke_cancellation, contract, reason="agreed")
    found = diary.contract(contract)
    assert (found.state, found.due_event, found.due_at) == ("accepted", "start_billing", tokyo("2022-05-01 00:00"))


@pytest.mark.parametrize("unknown", ["c_nobody", "o_nobody", ""])
def test_a_command_on_an_unknown_contract_is_refused(diary: Diary, unknown: str) -> None:
    with pytest.raises(Unknown):
        diary.do(contracts.withdraw, unknown)


def test_a_notice_that_the_contract_does_not_have_cannot_be_revoked(diary: Diary) -> None:
    contract = diary.accepted()
    diary.do(contracts.notify_cancellation, contract, NOW)
    with pytest.raises(Unknown) as refusal:
        diary.do(contracts.revoke_cancellation, contract, f"{contract}.2", reason="agreed")
    assert (refusal.value.what, refusal.value.wanted) == ("notice", f"{contract}.2")
