"""A transition that changes facts and leaves the state."""

from functools import reduce
from operator import or_
from typing import Any

from statemachine import State

from lifecycle.machines.event import AnyEvent, guards


def stays(*states: State, by: AnyEvent) -> Any:
    """An event from each of the states to itself, for the body of a StateMachine class."""
    return reduce(or_, (state.to(state, validators=guards(by)) for state in states))
