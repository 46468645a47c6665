"""A contract step by step: the changes of each event, the next timer, the content of the history row."""

from datetime import date, timedelta

import pytest

from lifecycle.machines.check import NotDue
from lifecycle.machines.dossier import Contract
from lifecycle.machines.step import CLOCK, Act, apply_act, fire
from lifecycle.machines.table import NotPossible
from lifecycle.terms.calendar import end_of, start_of
from tests.machines.life import BASE, Life, at, d, facts_for, running


def test_an_accepted_contract_bills_on_its_day_and_has_a_term_but_no_end() -> None:
    life = running(d(5, 1))
    assert (life.contract.state, life.contract.due_event, life.contract.due_at) == (
        "accepted", "start_billing", start_of(d(5, 1)),
    )  # fmt: skip
    assert (life.contract.minimum_term_ends_on, life.contract.effective_on) == (d(5, 31), None)
    assert [ruling.rule for ruling in life.last.rulings] == ["initial_fee", "monthly_fee", "minimum_term"]
    life.until(d(5, 1))
    assert (life.contract.state, life.contract.due_event, life.contract.due_at) == ("billing", None, None)
    assert [ruling.rule for ruling in life.last.rulings] == ["monthly_fee", "minimum_term"]


def test_a_notice_before_billing_that_ends_before_it_leaves_billing_out() -> None:
    life = running(d(6, 1)).notify(d(5, 1))
    contract = life.contract
    assert (contract.state, contract.effective_on, contract.minimum_term_ends_on) == (
        "cancel_notified", d(5, 31), None,
    )  # fmt: skip
    assert (contract.due_event, contract.due_at) == ("terminate", end_of(d(5, 31)))
    assert [r.rule for r in life.last.rulings][-1] == "billing_never_starts"
    life.until(d(6, 1))
    assert life.states == ("terminated",)
    assert not life.contract.billing_started and life.contract.terminated_on == d(5, 31)
    assert [entry.event for entry in life.entries] == ["apply", "accept", "notify_cancellation", "terminate"]


def test_billing_starts_if_an_earlier_notice_ends_the_contract_on_or_after_it() -> None:
    life = running(d(6, 1)).notify(d(5, 2))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(6, 30), "minimum_term")
    assert (life.contract.due_event, life.contract.due_at) == ("start_billing", start_of(d(6, 1)))
    life.until(d(6, 1))
    assert (life.contract.state, life.contract.billing_started) == ("cancel_notified", True)
    assert (life.contract.due_event, life.contract.due_at) == ("terminate", end_of(d(6, 30)))
    assert life.until(d(6, 30)).contract.state == "cancel_notified"
    assert life.until(d(7, 1)).contract.state == "terminated"


def test_billing_moved_after_a_notice_moves_the_end_and_the_row_shows_both_days() -> None:
    life = running(d(6, 1)).notify(d(5, 30))
    assert life.contract.effective_on == d(6, 30)
    life.reschedule(d(6, 15), d(5, 31))
    assert (life.contract.effective_on, life.contract.minimum_term_ends_on) == (d(7, 14), d(7, 14))
    assert (life.contract.due_event, life.contract.due_at) == ("start_billing", start_of(d(6, 15)))
    assert life.last.before[-1].on == d(6, 30) and life.last.rulings[-1].on == d(7, 14)


def test_billing_moved_beyond_the_end_never_starts_and_moved_back_starts_again() -> None:
    life = running(d(6, 1)).notify(d(5, 10)).reschedule(d(7, 1), d(5, 11))
    assert (life.contract.effective_on, life.contract.minimum_term_ends_on) == (d(6, 9), None)
    assert life.contract.due_event == "terminate"
    life.reschedule(d(6, 1), d(5, 12))
    assert (life.contract.effective_on, life.contract.due_event) == (d(6, 30), "start_billing")


def test_a_move_that_changes_no_derived_day_carries_no_rulings_before() -> None:
    life = running(d(6, 1)).reschedule(d(6, 1), d(4, 2))
    assert life.last.before == () and life.last.rulings


def test_of_two_notices_the_earlier_day_counts_and_taking_it_back_leaves_the_other() -> None:
    life = running(d(5, 1)).notify(d(5, 2), d(8, 31)).notify(d(5, 10), d(6, 30))
    assert life.contract.effective_on == d(6, 30)
    life.revoke(d(5, 11), life.notice(1).id)
    assert (life.contract.state, life.contract.effective_on) == ("cancel_notified", d(8, 31))
    assert life.contract.due_at == end_of(d(8, 31))
    assert life.last.before[-1].on == d(6, 30)


def test_a_revocation_of_a_notice_that_does_not_decide_changes_no_day() -> None:
    life = running(d(5, 1)).notify(d(5, 2), d(8, 31)).notify(d(5, 10), d(6, 30))
    life.revoke(d(5, 11), life.notice(0).id)
    assert (life.contract.state, life.contract.effective_on) == ("cancel_notified", d(6, 30))


def but_for_the_notices(after: Contract, before: Contract) -> Contract:
    """Return the contract with the row fields as before."""
    line = {"line_at": before.line_at, "line_rank": before.line_rank}
    return after.replace(version=before.version, seq=before.seq, notices=(), **line)


@pytest.mark.parametrize("number", [1, 2])
def test_a_revocation_of_all_notices_restores_billing_to_the_day(number: int) -> None:
    life = running(d(5, 1)).until(d(5, 1))
    before = life.contract
    for day in range(2, 2 + number):
        life.notify(d(5, day))
    after = life.revoke(d(5, 10)).contract
    assert but_for_the_notices(after, before) == before
    assert life.until(d(12, 31)).contract.state == "billing"


def test_a_revocation_of_all_notices_before_billing_restores_the_acceptance_and_its_timer() -> None:
    life = running(d(6, 1))
    before = life.contract
    after = life.notify(d(5, 1)).revoke(d(5, 2)).contract
    assert but_for_the_notices(after, before) == before
    assert [r.rule for r in life.last.rulings] == ["taken_back_with_consent", "minimum_term"]
    assert life.until(d(6, 1)).contract.state == "billing"


def test_a_notice_can_be_revoked_in_the_last_second_and_not_after_it() -> None:
    life = running(d(5, 1)).notify(d(5, 2))
    assert life.contract.effective_on == d(6, 1)
    assert Life.revoke(running(d(5, 1)).notify(d(5, 2)), d(6, 1)).contract.state == "billing"
    with pytest.raises(NotPossible):
        life.revoke(d(6, 2))
    assert life.contract.state == "terminated"


def test_a_notice_entered_after_its_end_takes_effect_on_that_day_and_shows_the_days_beyond() -> None:
    life = running(d(4, 1)).notify(d(4, 10), keyed=d(6, 1), reason="found in the post room")
    assert (life.contract.state, life.contract.effective_on) == ("terminated", d(5, 10))
    assert (life.contract.terminated_on, life.contract.due_at) == (d(5, 10), None)
    notice = next(entry for entry in life.entries if entry.event == "notify_cancellation")
    late = notice.rulings[-1]
    assert (late.rule, late.reading, late.days) == ("arrival_counts", "R7", 21)
    assert notice.act.effective_at == at(d(4, 10)) and notice.act.now == at(d(6, 1))
    assert (life.last.event, life.last.act.effective_at) == ("terminate", end_of(d(5, 10)))


def test_a_timer_that_fires_late_acts_as_of_its_instant() -> None:
    life = running(d(5, 1))
    now = at(d(5, 3))
    life.dossier, (entry,) = fire(life.dossier, BASE, now, life.editions)
    assert (entry.act.effective_at, entry.act.now, entry.due_at) == (start_of(d(5, 1)), now, start_of(d(5, 1)))
    assert (entry.act.actor, entry.act.caused_by) == (CLOCK, "c_1.2")


def test_a_timer_never_fires_before_its_instant_and_never_without_one() -> None:
    life = running(d(5, 1))
    with pytest.raises(NotDue):
        fire(life.dossier, BASE, start_of(d(5, 1)) - timedelta(microseconds=1))
    life.until(d(5, 1))
    with pytest.raises(NotDue):
        fire(life.dossier, BASE, at(d(12, 31)))


@pytest.mark.parametrize(("arrived", "due"), [(d(5, 1), "terminate"), (d(5, 2), "start_billing")])
def test_the_clock_fires_only_the_event_whose_timer_is_due(arrived: date, due: str) -> None:
    """With an end before billing no billing starts, with one after it nothing ends yet: however late it is."""
    life = running(d(6, 1)).notify(arrived)
    assert life.contract.due_event == due
    other = "start_billing" if due == "terminate" else "terminate"
    facts = facts_for(
        "contract", other, billing_starts_on=d(6, 1), terminated_on=life.contract.effective_on, decided_by=None
    )
    with pytest.raises(NotDue, match=other):
        apply_act(life.dossier, Act(other, BASE, facts, CLOCK, at(d(12, 31)), at(d(12, 31))))


def test_the_clock_names_the_row_that_set_the_start_and_the_notice_that_decides() -> None:
    life = running(d(5, 1)).reschedule(d(5, 15), d(4, 2)).notify(d(5, 16), d(9, 30)).notify(d(5, 17))
    started = next(entry for entry in life.entries if entry.event == "start_billing")
    assert started.act.caused_by == "c_1.3"
    assert life.until(d(7, 1)).last.act.caused_by == life.notice(1).id
    assert life.last.facts == {
        "terminated_on": "2022-06-16", "decided_by": "notice_period", "billing_starts_on": "2022-05-15",
        "minimum_term_ends_on": "2022-06-14",
    }  # fmt: skip


def test_rejected_and_withdrawn_applications_are_over_and_leave_no_timer() -> None:
    for event, state in (("reject", "rejected"), ("withdraw", "withdrawn")):
        life = Life().apply().do(event, BASE, d(4, 2), "a reason")
        assert (life.contract.state, life.contract.due_event, life.contract.live) == (state, None, False)
        with pytest.raises(NotPossible):
            life.accept(d(5, 1), d(4, 3))


def test_a_notice_to_an_application_is_refused_with_the_advice_to_withdraw() -> None:
    with pytest.raises(NotPossible) as refusal:
        Life().apply().notify(d(4, 2))
    assert [ruling.reading for ruling in refusal.value.rulings] == ["R10"]
    assert "withdraw" in refusal.value.allowed


def test_each_row_names_the_version_in_force_on_the_day_of_its_fact() -> None:
    life = Life().apply().accept(d(5, 10), d(4, 20)).notify(d(4, 28)).until(d(7, 1))
    assert [(entry.event, entry.terms.version) for entry in life.entries] == [
        ("apply", "2021-11-01"), ("accept", "2021-11-01"), ("notify_cancellation", "2021-11-01"),
        ("start_billing", "2022-05-01"), ("terminate", "2021-11-01"),
    ]  # fmt: skip


def test_an_event_of_a_contract_in_force_is_ruled_by_its_own_day() -> None:
    custom = {
        "custom_domain": {"name": "v.example.jp", "acquired": False, "dns_registered": False},
        "https": False,
    }
    life = running(d(6, 1), delivery=custom)
    told = {"found_at": "2022-04-30", "instruction": "new keys", "at": at(d(4, 30))}
    life.do("report_misuse", BASE, d(5, 10), **told)
    report = life.contract.misuse[0].id
    life.do("follow_up_misuse", BASE, d(5, 10), report=report, follow_up="changed", at=at(d(4, 30)))
    life.do("meet_condition", BASE, d(5, 10), condition="domain", at=at(d(4, 30)))
    life.do("waive_condition", BASE, d(5, 10), "urgent", condition="dns").do(
        "change_administrator", BASE, d(5, 10)
    )
    assert [(entry.event, entry.terms.version) for entry in life.entries[2:]] == [
        ("report_misuse", "2021-11-01"), ("follow_up_misuse", "2021-11-01"), ("meet_condition", "2021-11-01"),
        ("waive_condition", "2022-05-01"), ("change_administrator", "2022-05-01"),
    ]  # fmt: skip
