"""The two roads to a target: a real machine object, and the table read off its class."""

from collections.abc import Callable
from dataclasses import dataclass

from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from lifecycle.machines.check import AnyCase, Refused
from lifecycle.machines.dossier import kind_of
from lifecycle.machines.due import NotDue
from lifecycle.machines.table import MACHINES, NotPossible, target_of
from lifecycle.terms.ruling import Ruling

Outcome = str | tuple[Ruling, ...]
NOT_POSSIBLE, NOT_DUE = "not possible", "not due"


@dataclass
class Row:
    """The model a machine works on: it holds the state, as a table's row does."""

    state: str | None


_standing: dict[tuple[str, str | None], StateMachine] = {}  # to make one takes much longer than to send to it


def by_machine(case: AnyCase, event: str) -> Outcome:
    """Where a python-statemachine object of the subject's kind ends up, or why it refuses.

    An object that has not moved, as one that refused has not, is sent the next event that meets its state.
    """
    kind, state = kind_of(case.subject), case.subject.state
    machine = _standing.pop((kind, state), None) or MACHINES[kind](Row(state))
    outcome = _said(lambda: _send(machine, case, event))
    assert outcome == machine.model.state or machine.model.state == state, "a refused event changed the state"
    if machine.model.state == state:
        _standing[kind, state] = machine
    return outcome


def by_table(case: AnyCase, event: str) -> Outcome:
    """Where the table leads, or why it refuses."""
    return _said(lambda: target_of(case, event))


def _send(machine: StateMachine, case: AnyCase, event: str) -> str:
    machine.send(event, case=case)
    reached: str | None = machine.model.state
    assert reached is not None
    return reached


def _said(ask: Callable[[], str]) -> Outcome:
    try:
        return ask()
    except Refused as refusal:
        return refusal.rulings
    except NotDue:
        return NOT_DUE
    except (NotPossible, TransitionNotAllowed):
        return NOT_POSSIBLE
