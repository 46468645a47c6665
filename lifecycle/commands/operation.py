"""An operation: a command by its id in the interface's document, and what carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from lifecycle.commands.command import Call, Command, Outcome
from lifecycle.commands.service import Hourly, Service

DoneT = TypeVar("DoneT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[DoneT]):
    """What carries a command out.

    name: its id in the OpenAPI document. body: the model of what is sent, None for nothing. run: does it, in the
    call's transaction. show: the answer. roles: who may. second_person: whether it waits for one where the setting
    `four_eyes` is on; weighty: the same, by what it has done; covered: not where an approval that was given covers
    it already. counts_as: which of the numbers that have a bound per hour what is sent adds to, None for none.
    after: done after the commit.
    """

    name: str
    body: type[BaseModel] | None
    run: Callable[[Call], DoneT]
    show: Callable[[Call, DoneT], Outcome]
    roles: frozenset[str]
    second_person: bool = False
    weighty: Callable[[Call, DoneT], bool] | None = None
    covered: Callable[[Call], bool] = lambda call: False
    counts_as: Callable[[Any], Hourly | None] = lambda body: None
    after: Callable[[Service], object] = lambda service: None


AnyOperation = Operation[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LongOperation:
    """An operation of many transactions of its own; one that was cut short is taken up again."""

    name: str
    body: type[BaseModel] | None
    run: Callable[[Service, Command], Outcome]
    roles: frozenset[str]
