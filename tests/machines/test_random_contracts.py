"""Random contracts: invariants that hold after every event."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lifecycle.machines.check import Refused
from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import Contract, Option
from lifecycle.machines.enter import InvalidatedEntries
from lifecycle.machines.step import timers
from lifecycle.machines.table import CLOCK_EVENTS, EVENTS, NotPossible
from tests import oracle
from tests.how_many import some_of
from tests.machines.by_machine_and_table import by_machine, by_table
from tests.machines.event_rows import POSSIBLE
from tests.machines.folded import facts_alone, folded
from tests.machines.life import BASE, DRM, Life, accepted, at, d, notice
from tests.terms.worlds import BY_POLICY

EVENTS_OF_PEOPLE = sorted(set(EVENTS["contract"]) - CLOCK_EVENTS)
LATE, TODAY = "entered late", d(4, 1)
POLICIES = ("defer", "residual_fee")


@dataclass(frozen=True)
class Wish:
    """An attempted event: days count from the day of the attempt; `which` selects a notice."""

    event: str
    subject: str
    after: int
    day: int
    chosen: int | None
    which: int | None
    reason: str | None


MOSTLY = ["notify_cancellation"] * 4 + ["revoke_cancellation"] * 3 + ["reschedule_billing"] * 3 + ["accept"] * 2
WISHES = st.builds(
    Wish,
    event=st.sampled_from([*MOSTLY, "reject", "withdraw"]),
    subject=st.sampled_from([BASE, DRM]),
    after=st.integers(0, 12),
    day=st.integers(-20, 45),
    chosen=st.none() | st.integers(-10, 90),
    which=st.none() | st.integers(0, 2),
    reason=st.sampled_from([LATE, LATE, None]),
)
STARTS = st.sampled_from([(None, None), (30, None), (30, 30), (30, 45), (3, 3), (60, 60)])
LIVES = st.tuples(STARTS, st.lists(WISHES, min_size=4, max_size=16))
Lived = tuple[tuple[int | None, int | None], list[Wish]]


def given_for(wish: Wish, life: Life, today: date) -> dict[str, Any]:
    day, notices = today + timedelta(days=wish.day), life.dossier.subject(wish.subject).notices
    if wish.event == "accept":
        return accepted(today, day, wish.subject)
    if wish.event == "reschedule_billing":
        return {"billing_starts_on": day}
    if wish.event == "notify_cancellation":
        chosen = None if wish.chosen is None else today + timedelta(days=wish.chosen)
        return notice(today - timedelta(days=max(0, -wish.day)), chosen, today)
    if wish.event == "revoke_cancellation":
        return {"notice": notices[wish.which % len(notices)].id if notices and wish.which is not None else None}
    return {}


def after_story(life: Life, story: Lived) -> Life:
    """Try all these events on a contract and check the invariants after each."""
    (base, option), wishes = story
    life.apply(TODAY).apply_option(TODAY)
    for subject, days in ((BASE, base), (DRM, option)):
        if days is not None:
            life.accept(TODAY + timedelta(days=days), TODAY, subject)
    today = TODAY
    for wish in wishes:
        today += timedelta(days=wish.after)
        facts = given_for(wish, life.until(at(today)), today)
        case = life.case(wish.event, wish.subject, today, facts, wish.reason)
        assert by_machine(case, wish.event) == by_table(case, wish.event)
        before, rows = deepcopy(life.dossier), len(life.entries)
        try:
            life.do(wish.event, wish.subject, today, wish.reason, **facts)
        except (Refused, NotPossible, InvalidatedEntries):
            assert (life.dossier, len(life.entries)) == (before, rows), "a refused act changed something"
        check(life)
    return life


def check(life: Life) -> None:
    """What holds at any time."""
    assert derive(life.dossier, life.editions) == life.dossier
    policy = "residual_fee" if life.editions is BY_POLICY["residual_fee"] else "defer"
    check_contract(life.contract, policy)
    check_option(life.option, life.contract, policy)
    for subject in life.dossier.subjects:
        versions = [e.subject.version for e in life.entries if e.subject.id == subject.id]
        seqs = [e.subject.seq for e in life.entries if e.subject.id == subject.id]
        assert seqs == list(range(1, subject.seq + 1)), "a gap in the history"
        assert versions == sorted(set(versions)) and subject.version >= versions[-1]
        assert (subject.due_event is None) == (subject.due_at is None)
        assert subject.live or subject.due_event is None
    assert [timer.due_at for timer in timers(life.dossier)] == sorted(
        s.due_at for s in life.dossier.subjects if s.due_at
    )


def standing(subject: Contract | Option) -> list[tuple[date, date | None]]:
    return [(n.arrived_on, n.chosen_on) for n in subject.notices if not n.revoked]


def check_contract(contract: Contract, policy: str) -> None:
    notices = standing(contract)
    assert (contract.state == "cancel_notified") <= bool(notices)
    if not notices:
        assert contract.effective_on is None
        return
    said = oracle.ending(contract.planned_start_on, notices, policy)
    assert (contract.effective_on, contract.decided_by, contract.minimum_term_ends_on) == (
        said["effective_on"], said["decided_by"], said["minimum_term_ends_on"],
    )  # fmt: skip
    if contract.state == "terminated":
        assert contract.terminated_on == said["effective_on"]


def check_option(option: Option, contract: Contract, policy: str) -> None:
    if option.planned_start_on is None or not option.live:
        return
    assert contract.planned_start_on is not None
    start = max(option.planned_start_on, contract.planned_start_on)
    ends_on, ended_by, cut = oracle.option_ending(start, standing(option), contract.effective_on, policy)
    assert (option.billing_starts_on, option.effective_on, option.minimum_term_cut_days) == (start, ends_on, cut)
    assert (option.decided_by == "base_contract") == (ended_by == "base_contract")
    assert contract.live, "the option outlived its contract"


def tried(policy: str, examples: int, first: int | None = None) -> None:
    """Try that number of contracts under a policy. first: the seed, None for any."""

    @settings(max_examples=examples, deadline=None, database=None)
    @given(LIVES)
    def try_everything(story: Lived) -> None:
        after_story(Life(BY_POLICY[policy]), story)

    (try_everything if first is None else seed(first)(try_everything))()


@pytest.mark.parametrize("policy", POLICIES)
def test_after_any_event_the_facts_are_derived_and_the_end_agrees_with_the_oracle(policy: str) -> None:
    tried(policy, some_of(80))  # make soak tries hundreds


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(LIVES, st.sampled_from(EVENTS_OF_PEOPLE), st.sampled_from([BASE, DRM]))
def test_a_terminated_subject_accepts_only_the_events_of_the_table(story: Lived, event: str, subject: str) -> None:
    life = after_story(Life(), story)
    if not life.contract.live:
        assert all(not s.live for s in life.until(d(12, 31, 2030)).dossier.subjects), "the option outlived"
    tried_on = life.dossier.subject(subject)
    kind, state = tried_on.KIND, tried_on.state
    if not tried_on.live and event in EVENTS[kind] and (kind, state, event) not in POSSIBLE:
        given_then = {**accepted(d(12, 31, 2030), d(12, 31, 2030), subject), "ends_on": d(12, 31, 2030)}
        del given_then["at"]
        with pytest.raises(NotPossible):
            life.do(event, subject, d(12, 31, 2030), LATE, **given_then)


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(LIVES)
def test_when_all_timers_have_fired_nothing_is_due_and_what_ends_has_ended(story: Lived) -> None:
    life = after_story(Life(), story).until(d(12, 31, 2030))
    assert not timers(life.dossier)
    for subject in life.dossier.subjects:
        assert subject.live <= (subject.effective_on is None)
        assert subject.state not in ("accepted", "cancel_notified")
    check(life)


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(LIVES)
def test_the_history_alone_results_in_the_same_facts(story: Lived) -> None:
    life = after_story(Life(), story)
    found = folded(life.rows(), life.editions)
    assert found is not None
    assert [*map(facts_alone, found.subjects)] == [*map(facts_alone, life.dossier.subjects)]
