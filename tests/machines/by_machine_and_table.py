"""The two ways to the target state: a machine object, and the table derived from its class."""

from collections.abc import Callable
from dataclasses import dataclass

from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from lifecycle.machines.check import AnyCase, NotDue, Refused
from lifecycle.machines.dossier import kind_of
from lifecycle.machines.table import MACHINES, NotPossible, target_of
from lifecycle.terms.ruling import Ruling

Outcome = str | tuple[Ruling, ...]
NOT_POSSIBLE, NOT_DUE = "not possible", "not due"


@dataclass
class Row:
    """The model a machine works on: it holds the state, as a table's row does."""

    state: str | None


# A machine object costs more than its use: after a refusal its state is unchanged, so it is used again.
_STANDING: dict[tuple[str, str], StateMachine] = {}


def by_machine(case: AnyCase, event: str) -> Outcome:
    """Where a python-statemachine object of the subject's kind ends up, or why it refuses."""
    key = kind_of(case.subject), case.subject.state
    machine = _STANDING.pop(key, None) or MACHINES[key[0]](Row(key[1]))
    outcome = _said(lambda: _send(machine, case, event))
    if machine.model.state == key[1]:
        _STANDING[key] = machine
    else:
        assert outcome == machine.model.state, "a refused event changed the state"
    return outcome


def by_table(case: AnyCase, event: str) -> Outcome:
    """The target state by the table, or why it refuses."""
    return _said(lambda: target_of(case, event))


def _send(machine: StateMachine, case: AnyCase, event: str) -> str:
    machine.send(event, case=case)
    reached: str = machine.model.state
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
