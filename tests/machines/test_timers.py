"""The order of due timers: instant, then kind of subject, then id (R15)."""

from datetime import timedelta
from itertools import permutations

import pytest

from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.step import RANKS, Timer, next_due, timers
from lifecycle.machines.table import CLOCK_EVENTS, EVENTS
from lifecycle.terms.calendar import end_of, start_of
from tests.machines.life import BASE, DRM, at, d, running

MIDNIGHT = start_of(d(7, 11))


def contract(event: str | None = None, id: str = BASE) -> Contract:
    due_at = MIDNIGHT if event else None
    return Contract(id=id, reference=id, state="billing", received_on=d(4, 1), item="premium", due_event=event,
                    due_at=due_at)  # fmt: skip


def option(event: str | None, id: str = DRM) -> Option:
    due_at = MIDNIGHT if event else None
    return Option(id=id, reference=id, contract_id=BASE, state="billing", received_on=d(4, 1), due_event=event,
                  due_at=due_at)  # fmt: skip


def order(dossier: Dossier) -> list[tuple[str, str]]:
    return [(timer.subject_id, timer.event) for timer in timers(dossier)]


def test_at_one_instant_options_end_before_their_contract_and_before_billing_starts() -> None:
    three = [option("start_billing", "o_1"), option("terminate", "o_2"), option("reject", "o_3")]
    for options in permutations(three):
        assert order(Dossier(contract("terminate"), options)) == [
            ("o_2", "terminate"), ("o_3", "reject"), (BASE, "terminate"), ("o_1", "start_billing"),
        ]  # fmt: skip


def test_at_one_instant_the_contract_s_billing_starts_before_its_option_s() -> None:
    assert order(Dossier(contract("start_billing"), (option("start_billing"),))) == [
        (BASE, "start_billing"), (DRM, "start_billing"),
    ]  # fmt: skip


def test_timers_of_one_kind_and_instant_fire_in_the_order_of_id() -> None:
    options = tuple(option("terminate", id) for id in ("o_3", "o_1", "o_2"))
    assert [id for id, _ in order(Dossier(contract(), options))] == ["o_1", "o_2", "o_3"]


def test_the_earliest_timer_fires_first_whatever_its_kind() -> None:
    later, earlier = MIDNIGHT, MIDNIGHT - timedelta(microseconds=1)
    assert sorted([Timer(later, 1, "o_1", "terminate"), Timer(earlier, 4, "o_9", "start_billing")])[0].rank == 4


def test_every_event_that_the_clock_fires_has_its_rank() -> None:
    of_the_outage = {
        ("credit", "recover"),
        ("credit", "attribute"),
        ("outage", "recover"),
        ("outage", "attribute"),
    }
    of_the_change = {("contract", "change_item")}
    fired = {(kind, event) for kind, events in EVENTS.items() for event in events if event in CLOCK_EVENTS}
    assert set(RANKS) == (fired | {("option", "reject")}) - of_the_outage - of_the_change
    assert RANKS["option", "terminate"] == RANKS["option", "reject"] < RANKS["contract", "terminate"]
    assert RANKS["contract", "terminate"] < RANKS["item_change", "take_effect"] == RANKS["item_change", "lapse"]
    starts = {RANKS[kind, event] for kind, event in RANKS if event in ("start_billing", "hold_billing")}
    assert len(starts) == 1 and RANKS["item_change", "take_effect"] < min(starts)
    assert {RANKS[kind, event] for kind, event in RANKS if kind in ("credit", "measure")} == {max(starts) + 1}


def test_a_timer_is_due_at_its_instant_and_not_before() -> None:
    dossier = Dossier(contract("terminate"), (option(None),))
    assert next_due(dossier, MIDNIGHT - timedelta(microseconds=1)) is None
    due = next_due(dossier, MIDNIGHT)
    assert due is not None and (due.subject_id, due.event, due.due_at) == (BASE, "terminate", MIDNIGHT)
    assert next_due(Dossier(contract()), MIDNIGHT) is None


@pytest.mark.parametrize("own", [True, False])
def test_the_end_of_an_option_is_written_before_that_of_its_contract(own: bool) -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(6, 10))
    if own:
        life.notify(d(6, 10), subject=DRM)
    assert {timer.due_at for timer in timers(life.dossier)} == {end_of(d(7, 10))}
    life.until(at(d(7, 12)))
    assert [(e.subject.id, e.event) for e in life.entries[-2:]] == [(DRM, "terminate"), (BASE, "terminate")]
