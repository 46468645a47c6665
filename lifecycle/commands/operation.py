"""An operation: a command by its id in the OpenAPI document, and its implementation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from lifecycle.commands.command import Call, Command, Outcome
from lifecycle.commands.service import Hourly, Service

DoneT = TypeVar("DoneT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[DoneT]):
    """The implementation of a command. name: its id in the OpenAPI document. body: the model of the body, None for
    none. run: does the work, in the call's transaction. show: builds the answer. roles: the allowed roles.
    second_person: whether it needs one if the setting `four_eyes` is on; weighty: the same, depending on its
    effect; covered: not if a given approval already covers it. counts_as: the hourly limit that it counts towards,
    None for none. after: runs after the commit.
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
    """An operation of many separate transactions; after an interruption it continues."""

    name: str
    body: type[BaseModel] | None
    run: Callable[[Service, Command], Outcome]
    roles: frozenset[str]
