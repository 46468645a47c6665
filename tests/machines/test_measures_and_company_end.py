"""Measures (Art. 10, R30), the end by the company (R31), reports of misuse (Art. 4, R29)."""

from datetime import date

import pytest

from lifecycle.machines.check import Refused
from lifecycle.queries.charges import charges
from lifecycle.terms.calendar import end_of, start_of
from lifecycle.terms.editions import EDITIONS, Editions
from tests.machines.fuller import MEASURE, Full, full
from tests.machines.life import BASE, DRM, at, d
from tests.terms.worlds import RESIDUAL, under


def test_a_planned_measure_starts_and_ends_by_the_clock() -> None:
    life = full().take_measure(start_of(d(6, 1)), start_of(d(7, 1)), d(5, 10))
    assert (life.part(MEASURE).state, life.part(MEASURE).due_event) == ("planned", "start")
    life.until(d(6, 1))
    assert (life.part(MEASURE).state, life.part(MEASURE).due_at) == ("in_force", start_of(d(7, 1)))
    life.until(d(7, 1))
    assert (life.part(MEASURE).state, life.part(MEASURE).due_event) == ("ended", None)
    ended = [e for e in life.entries if e.subject.id == MEASURE][-1]
    assert (ended.act.caused_by, ended.rulings[0].article) == (f"{MEASURE}.1", "Art. 10(1)(1)")


@pytest.mark.parametrize("planned", [True, False])
def test_a_measure_is_lifted_at_any_time_before_its_end(planned: bool) -> None:
    life = full().take_measure(at(d(6, 1) if planned else d(5, 10)), None, d(5, 10))
    assert life.part(MEASURE).state == ("planned" if planned else "in_force")
    life.tell("lift", MEASURE, at(d(5, 20)), lifted_at=at(d(5, 20)))
    lifted = life.part(MEASURE)
    assert (lifted.state, lifted.due_event, lifted.lifted_at) == ("lifted", None, at(d(5, 20)))


@pytest.mark.parametrize("starts_on", [d(5, 10), d(7, 1), d(9, 1)])
@pytest.mark.parametrize("ends_on", [None, d(10, 1)])
def test_the_end_of_the_contract_ends_a_measure_and_is_its_cause(starts_on: date, ends_on: date | None) -> None:
    life = full().take_measure(start_of(starts_on), start_of(ends_on) if ends_on else None, d(5, 10))
    life.notify(d(6, 10)).until(d(7, 12))
    assert (life.contract.state, life.part(MEASURE).state) == ("terminated", "ended")
    ended = next(e for e in life.entries if e.subject.id == MEASURE and e.event == "end")
    assert (ended.act.effective_at, ended.act.caused_by) == (end_of(d(7, 10)), life.contract.notices[0].id)


def test_a_suspended_contract_still_ends_on_its_day_and_is_billed_meanwhile() -> None:
    plain = full().notify(d(6, 10))
    life = full().take_measure(start_of(d(5, 10)), None, d(5, 10)).notify(d(6, 10))
    assert (life.contract.effective_on, life.contract.due_at) == (
        plain.contract.effective_on,
        plain.contract.due_at,
    )
    assert life.contract.billing_started and life.until(d(7, 11)).contract.terminated_on == d(7, 10)


def test_a_revoked_notice_restores_the_end_of_a_measure() -> None:
    life = full().take_measure(start_of(d(5, 10)), start_of(d(9, 1)), d(5, 10))
    assert life.notify(d(6, 10)).part(MEASURE).due_at == end_of(d(7, 10))
    assert life.revoke(d(6, 11)).part(MEASURE).due_at == start_of(d(9, 1))


def test_measures_may_be_combined() -> None:
    life = (
        full()
        .take_measure(at(d(5, 10)), None, d(5, 10))
        .take_measure(at(d(5, 11)), None, d(5, 11), "access_limit", "m_2")
    )
    assert [m.state for m in life.dossier.measures] == ["in_force", "in_force"]


# --- the company's own end ---------------------------------------------------------------------


def test_an_end_by_the_company_needs_no_notice_period() -> None:
    life = full().end(d(6, 2), d(6, 1))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(6, 2), "company")
    assert life.last.facts["ground"] == "general terms"
    assert life.until(d(6, 3)).contract.terminated_on == d(6, 2)


@pytest.mark.parametrize("editions", [EDITIONS, RESIDUAL])
def test_the_minimum_term_does_not_defer_an_end_by_the_company_and_leaves_no_residue(
    editions: Editions,
) -> None:
    life = full(editions=editions).end(d(5, 2), d(5, 2))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(5, 2), "company")
    assert life.contract.minimum_term_ends_on == d(5, 31)
    life.until(d(6, 2))
    kinds = [charge.kind for charge in charges(life.dossier, d(6, 30), editions)]
    assert kinds == ["initial_fee", "monthly_base_fee"]


def test_the_setting_defers_an_end_by_the_company_to_the_minimum_term() -> None:
    life = full(editions=under(company_end_within_minimum_term="defer")).end(d(5, 10), d(5, 9))
    assert (life.contract.effective_on, life.contract.decided_by) == (d(5, 31), "minimum_term")


def test_an_end_by_the_company_entered_late_takes_effect_on_its_day() -> None:
    life = full()
    facts = {"ends_on": d(6, 15), "ground": "x", "keyed_on": d(7, 1), "declared_on": d(6, 10), "at": at(d(6, 10))}
    life.do("end_by_company", BASE, d(7, 1), "found", **facts)
    assert (life.contract.state, life.contract.terminated_on) == ("terminated", d(6, 15))
    with pytest.raises(Refused) as refused:
        full().do("end_by_company", BASE, d(7, 1), "found", **facts | {"ends_on": d(6, 9)})
    assert [ruling.rule for ruling in refused.value.rulings] == ["company_end_to_come"]


def test_after_an_end_by_the_company_before_billing_nothing_starts() -> None:
    life = full(d(6, 1), d(6, 1)).end(d(5, 20), d(5, 9))
    assert (life.contract.effective_on, life.contract.due_event) == (d(5, 20), "terminate")
    life.until(d(6, 2))
    assert life.states == ("terminated", "terminated") and not life.contract.billing_started


@pytest.mark.parametrize(("ends_on", "decides"), [(d(6, 15), "company"), (d(9, 1), "notice_period")])
@pytest.mark.parametrize("company_first", [True, False])
def test_beside_a_notice_the_earlier_day_counts(ends_on: date, decides: str, company_first: bool) -> None:
    life = full()
    if company_first:
        life.end(ends_on, d(6, 1)).notify(d(6, 1))
    else:
        life.notify(d(6, 1))
        life.end(ends_on, d(6, 1))
    assert (life.contract.effective_on, life.contract.decided_by) == (min(ends_on, d(7, 1)), decides)
    life.until(d(9, 2))
    assert life.last.act.caused_by == next(
        n.id for n in life.contract.notices if (n.by == "company") == (decides == "company")
    )


def test_an_end_by_the_company_is_revoked_like_a_notice() -> None:
    life = full(d(5, 1), d(5, 1)).end(d(6, 15), d(6, 1))
    assert (life.option.effective_on, life.option.decided_by) == (d(6, 15), "base_contract")
    life.revoke(d(6, 2), life.notice(0).id)
    assert life.states == ("billing", "billing") and life.option.effective_on is None
    assert life.contract.effective_on is None and life.contract.notices[0].revoked


def test_today_is_the_earliest_day_of_an_end_by_the_company() -> None:
    assert full().end(d(6, 1), d(6, 1)).contract.effective_on == d(6, 1)


# --- misuse --------------------------------------------------------------------------------------


def test_a_report_of_misuse_holds_its_instruction_and_what_was_done() -> None:
    life = full(d(5, 1), d(5, 1))
    for number in (1, 2):
        life.do(
            "report_misuse", BASE, d(5, 10), found_at="2022-05-09", instruction=f"keys {number}", at=at(d(5, 9))
        )
    first, second = life.contract.misuse
    assert [r.article for r in life.last.rulings] == ["Art. 4(4)"] and life.last.act.effective_at == at(d(5, 9))
    life.do("follow_up_misuse", BASE, d(5, 11), report=second.id, follow_up="changed")
    assert [m.follow_up for m in life.contract.misuse] == [None, "changed"]
    assert (first.id, first.instruction) == (f"{BASE}.4", "keys 1")
    assert life.contract.state == "billing" and life.option.state == "billing"


def test_naming_an_administrator_makes_an_application_acceptable() -> None:
    life = Full().apply(administrator_named=False)
    life.do("change_administrator", BASE, d(4, 2))
    assert [r.rule for r in life.last.rulings] == ["administrator_changed"]
    assert life.accept(d(5, 1), d(4, 3)).contract.state == "accepted"
    assert DRM not in {s.id for s in life.dossier.subjects}
