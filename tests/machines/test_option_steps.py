"""The DRM option step by step: its own lifecycle, and the effects of its contract on it."""

from datetime import date

import pytest

from lifecycle.machines.derive import derive
from lifecycle.terms.calendar import end_of, start_of
from tests.machines.life import BASE, DRM, Life, at, d, running


def test_an_option_ends_by_its_own_notice_and_its_contract_continues() -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(6, 10), subject=DRM)
    assert (life.option.effective_on, life.option.decided_by) == (d(7, 10), "notice_period")
    assert {r.article for r in life.last.rulings} == {"Art. 5(5)", "Art. 5(4)"}
    assert life.until(d(7, 11)).states == ("billing", "terminated")


def test_the_end_of_a_contract_ends_its_option_and_counts_the_days_cut_off() -> None:
    life = running(d(5, 1), d(7, 1)).notify(d(6, 10))
    option = life.option
    assert (option.effective_on, option.decided_by, option.minimum_term_cut_days) == (
        d(7, 10), "base_contract", 21,
    )  # fmt: skip
    assert (option.state, option.due_event, option.due_at) == ("accepted", "start_billing", start_of(d(7, 1)))
    life.until(d(7, 1))
    assert (life.option.state, life.option.due_at) == ("billing", end_of(d(7, 10)))
    life.until(d(7, 11))
    assert life.states == ("terminated", "terminated")
    ends = [entry for entry in life.entries if entry.event == "terminate"]
    assert [(e.subject.id, e.act.caused_by) for e in ends] == [(DRM, "c_1.4"), (BASE, "c_1.4")]
    assert (ends[0].rulings[-1].reading, ends[0].rulings[-1].days) == ("R18", 21)


def test_an_option_that_would_start_after_the_end_of_its_contract_is_never_billed() -> None:
    life = running(d(5, 1), d(7, 15)).notify(d(6, 10))
    assert (life.option.due_event, life.option.due_at) == ("terminate", end_of(d(7, 10)))
    assert (life.option.minimum_term_ends_on, life.option.minimum_term_cut_days) == (None, 0)
    assert life.until(d(7, 11)).states == ("terminated", "terminated")
    assert not life.option.billing_started


@pytest.mark.parametrize(
    ("own", "base", "ends_on", "decided_by"),
    [
        (d(6, 9), d(6, 10), d(7, 9), "notice_period"),
        (d(6, 10), d(6, 10), d(7, 10), "notice_period"),
        (d(6, 11), d(6, 10), d(7, 10), "base_contract"),
    ],
)
def test_an_option_ends_on_the_earlier_of_its_own_end_and_the_end_of_its_contract(
    own: date, base: date, ends_on: date, decided_by: str
) -> None:
    life = running(d(5, 1), d(5, 1)).notify(base, keyed=d(6, 12)).notify(own, subject=DRM, keyed=d(6, 12))
    assert (life.option.effective_on, life.option.decided_by) == (ends_on, decided_by)
    assert life.until(d(7, 12)).states[1] == "terminated"


def test_a_revocation_of_the_notice_of_the_contract_restores_the_option() -> None:
    life = running(d(5, 1), d(7, 1)).until(d(5, 1))
    before = life.option
    life.notify(d(6, 10))
    assert life.option.version == before.version + 1 and life.option.seq == before.seq
    life.revoke(d(6, 11))
    assert life.option.replace(version=before.version) == before
    assert life.until(d(8, 1)).states == ("billing", "billing")


def test_an_option_keeps_its_own_notice_when_that_of_its_contract_is_revoked() -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(6, 9), d(12, 31), DRM).notify(d(6, 10)).revoke(d(6, 11))
    assert (life.option.state, life.option.effective_on) == ("cancel_notified", d(12, 31))


def test_the_start_of_an_option_moves_with_its_contract_and_back_to_the_agreed_day() -> None:
    life = running(d(6, 1), d(6, 10))
    life.reschedule(d(6, 20), d(4, 2))
    assert (life.option.billing_starts_on, life.option.planned_start_on) == (d(6, 20), d(6, 10))
    assert (life.option.minimum_term_ends_on, life.option.due_at) == (d(7, 19), start_of(d(6, 20)))
    life.until(d(6, 20))
    assert life.states == ("billing", "billing")
    assert [(e.subject.id, e.event) for e in life.entries[-2:]] == [
        (BASE, "start_billing"),
        (DRM, "start_billing"),
    ]
    assert life.last.rulings[-1].rule == "option_starts_with_base"
    again = running(d(6, 1), d(6, 10)).reschedule(d(6, 20), d(4, 2)).reschedule(d(6, 1), d(4, 3))
    assert again.option.billing_starts_on == d(6, 10)


def test_a_contract_s_move_that_leaves_the_option_s_day_alone_leaves_its_version_alone() -> None:
    life = running(d(6, 1), d(6, 10))
    version = life.option.version
    assert life.reschedule(d(6, 10), d(4, 2)).option.version == version


@pytest.mark.parametrize(("event", "state"), [("reject", "rejected"), ("withdraw", "withdrawn")])
def test_an_options_application_ends_with_that_of_its_contract(event: str, state: str) -> None:
    life = Life().apply().apply_option().do(event, BASE, d(4, 2), "a reason")
    assert life.states == (state, state)
    base, option = life.entries[-2:]
    assert (option.event, option.act.caused_by, option.act.actor) == (event, "c_1.2", "desk")
    assert (base.subject.seq, option.subject.seq) == (2, 2)


def test_an_option_already_declined_is_not_declined_again_with_its_contract() -> None:
    life = Life().apply().apply_option().do("withdraw", DRM, d(4, 2)).do("reject", BASE, d(4, 3))
    assert life.states == ("rejected", "withdrawn")
    assert [entry.event for entry in life.entries].count("reject") == 1


def test_an_option_still_applied_for_when_its_contract_ends_is_rejected_by_the_clock() -> None:
    life = running(d(5, 1)).apply_option().notify(d(6, 10))
    assert (life.option.state, life.option.due_event, life.option.due_at) == (
        "applied",
        "reject",
        end_of(d(7, 10)),
    )
    life.until(d(7, 11))
    assert life.states == ("terminated", "rejected")
    rejected, ended = life.entries[-2:]
    assert (rejected.act.actor, rejected.act.caused_by) == ("clock", life.contract.notices[0].id)
    assert rejected.act.effective_at == end_of(d(7, 10))
    assert [r.rule for r in rejected.rulings] == ["option_needs_accepted_contract"]
    assert ended.subject.id == BASE


def test_an_option_declined_by_a_person_before_its_contract_s_end_does_not_blame_that_end() -> None:
    life = running(d(5, 1)).apply_option().notify(d(6, 10)).do("reject", DRM, d(6, 11), "no capacity")
    assert (life.option.state, life.last.rulings, life.last.act.actor) == ("rejected", (), "desk")


def test_a_revoked_notice_leaves_the_application_for_the_option_open() -> None:
    life = running(d(5, 1)).apply_option().notify(d(6, 10)).revoke(d(6, 11))
    assert (life.option.state, life.option.due_event, life.option.due_at) == ("applied", None, None)


def test_an_accepted_option_states_its_quoted_fees_and_its_own_minimum_term() -> None:
    life = running(d(5, 1), d(5, 15))
    assert [(r.rule, r.amount_yen, r.on) for r in life.last.rulings] == [
        ("quoted_initial_fee", 30_000, d(4, 1)), ("quoted_monthly_fee", 20_000, d(5, 15)),
        ("minimum_term", None, d(6, 14)),
    ]  # fmt: skip
    assert (life.option.initial_fee_yen, life.option.monthly_fee_yen) == (30_000, 20_000)


def test_an_option_can_be_had_again_after_it_ended() -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(5, 2), subject=DRM).until(d(6, 2))
    life.apply_option(d(6, 3), "o_2").accept(d(7, 1), d(6, 3), "o_2")
    assert life.until(at(d(7, 1))).states == ("billing", "terminated", "billing")


def test_a_later_option_settles_nothing_of_the_one_that_ended() -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(5, 2), subject=DRM).until(d(6, 2))
    ended = life.option
    life.apply_option(d(6, 3), "o_2").notify(d(6, 10))
    assert life.option == ended
    assert derive(life.dossier, life.editions) == life.dossier
