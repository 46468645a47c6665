"""python-statemachine with the options of this project: no error is swallowed."""

from typing import Any

import pytest
from statemachine import State, StateChart, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from lifecycle.machines.check import Refused, due
from lifecycle.machines.event import Event, guards
from lifecycle.machines.facts import NoFacts
from lifecycle.machines.table import EVENTS, MACHINES, TABLES, NotPossible, read_off, target_of
from tests.machines.by_machine_and_table import Row
from tests.machines.life import BASE, Life, at, d, running

KINDS = sorted(MACHINES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_machines_use_strict_options_whatever_the_defaults_of_the_package(kind: str) -> None:
    machine = MACHINES[kind]
    assert issubclass(machine, StateMachine)
    assert machine.allow_event_without_transition is False
    assert machine.catch_errors_as_events is False
    assert machine.atomic_configuration_update is True
    assert machine.enable_self_transition_entries is False
    assert "allow_event_without_transition" in vars(machine) and "catch_errors_as_events" in vars(machine)


def test_the_defaults_of_the_package_are_still_lenient() -> None:
    assert StateChart.allow_event_without_transition is True
    assert StateChart.catch_errors_as_events is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", ["terminate_all", "", "accept ", "model", "states", "*"])
def test_an_unknown_event_raises_and_changes_nothing(kind: str, event: str) -> None:
    state = next(s.id for s in MACHINES[kind].states if s.initial)
    row = Row(state)
    with pytest.raises((TransitionNotAllowed, AttributeError)):
        MACHINES[kind](row).send(event)
    assert row.state == state


@pytest.mark.parametrize("event", ["terminate_all", "", "model", "send", "cancel_notified", "apply"])
def test_the_table_knows_no_event_but_those_of_the_diagram(event: str) -> None:
    for subject in running(d(5, 1), d(5, 1)).dossier.subjects:
        with pytest.raises(NotPossible, match="is not possible in the state accepted"):
            target_of(running(d(5, 1), d(5, 1)).case(event, subject.id, d(4, 2), {}), event)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_without_a_transition_from_the_state_raises_and_changes_nothing(kind: str) -> None:
    for state in MACHINES[kind].states:
        row = Row(state.id)
        for event in EVENTS[kind]:
            if (state.id, event) not in TABLES[kind]:
                with pytest.raises(TransitionNotAllowed):
                    MACHINES[kind](row).send(event, case=None)
        assert row.state == state.id


def test_a_refusal_has_all_its_rulings_and_changes_nothing() -> None:
    life = Life().apply(laws_accepted=False, rights_cleared=False)
    case = life.case(
        "accept", BASE, d(4, 2), {"accepted_on": d(4, 2), "billing_starts_on": d(5, 1), "at": at(d(4, 2))}
    )
    row = Row("applied")
    with pytest.raises(Refused) as refusal:
        MACHINES["contract"](row).send("accept", case=case)
    assert [ruling.rule for ruling in refusal.value.rulings] == ["laws_accepted", "rights_cleared"]
    assert row.state == "applied"


def test_an_exception_in_a_rule_is_raised_unchanged() -> None:
    def broken(case: Any) -> None:
        raise ZeroDivisionError("a fault of the program")

    class Broken(StateMachine):
        catch_errors_as_events = MACHINES["contract"].catch_errors_as_events
        closed, opened = State(initial=True), State(final=True)
        open_it = closed.to(opened, validators=guards(Event(name="open_it", facts=NoFacts, rules=(broken,))))

    row = Row("closed")
    with pytest.raises(ZeroDivisionError):
        Broken(row).send("open_it", case=running().case("accept", BASE, d(4, 2), {}))
    assert row.state == "closed"


class AskedAsCase(Exception):
    """Raised if a rule reads anything from the object that it gets as the case."""


class Spy:
    def __getattr__(self, name: str) -> None:
        raise AskedAsCase


def test_the_rules_are_called_with_the_case_and_never_with_the_machine() -> None:
    """On every guarded transition: a plain function in a machine's body could become a method of it."""
    guarded = [(k, *at) for k, table in TABLES.items() for at, edges in table.items() if edges[0].rules]
    assert len(guarded) > 15
    for kind, state, event in guarded:
        machine = MACHINES[kind](Row(state))
        with pytest.raises(AskedAsCase):
            machine.send(event, case=Spy())


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_starts_in_the_state_of_its_row(kind: str) -> None:
    for state in MACHINES[kind].states:
        row = Row(state.id)
        machine = MACHINES[kind](row)
        assert [active.id for active in machine.configuration] == [state.id]
        assert row.state == state.id


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_read_off_the_diagram_and_misses_nothing(kind: str) -> None:
    machine = MACHINES[kind]
    edges = [(key, edge) for key, found in read_off(machine).items() for edge in found]
    transitions = [t for state in machine.states for t in state.transitions]
    assert [(t.source.id, str(t.event), t.target.id) for t in transitions] == [(*k, e.target) for k, e in edges]
    assert set(EVENTS[kind]) == {str(t.event) for t in transitions}


def test_contract_and_option_share_their_states_and_the_option_alone_has_fees_to_agree_on() -> None:
    contract, option = MACHINES["contract"], MACHINES["option"]
    assert [s.id for s in contract.states] == [s.id for s in option.states]
    assert set(EVENTS["option"]) - set(EVENTS["contract"]) == {"change_fees"}


def test_a_clock_event_is_guarded_by_its_own_timer_on_every_transition() -> None:
    wanted = {"start_billing": due("start_billing"), "terminate": due("terminate")}
    for table in TABLES.values():
        for (_, event), edges in table.items():
            if event in wanted:
                assert [edge.rules for edge in edges] == [(wanted[event],)] * len(edges)
