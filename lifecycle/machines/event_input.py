"""How a person enters an event: what they send, who may, and what the interface's document says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lifecycle.machines.body import Entering, Reasoned
from lifecycle.machines.facts import Facts

Role = Literal["order_desk", "operator"]
DESK: frozenset[Role] = frozenset({"order_desk"})
OPERATOR: frozenset[Role] = frozenset({"operator"})
EITHER: frozenset[Role] = DESK | OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInput:
    """How a person enters an event.

    body: the model of what is sent. facts: makes the event's facts of it; by default the model's own method does.
    roles: who may enter it. summary: one line for the interface's document. second_person: whether it waits for a
    second person where the setting `four_eyes` is on. people: what it changes of the contract's people, which the
    history only commits to; None for nothing.
    """

    body: type[Reasoned]
    roles: frozenset[Role]
    summary: str
    second_person: bool = False
    people: Callable[[Any], Mapping[str, Any] | None] = lambda body: None
    facts: Callable[[Reasoned, Entering], Facts] = lambda body, entering: body.facts(entering)

    @property
    def may_be_left_out(self) -> bool:
        """Whether a request may come without a body: nothing but a reason and a day could stand in it."""
        names = set(self.body.model_fields) - set(Reasoned.model_fields)
        stem = getattr(self.body, "DATED", "")
        required = any(field.is_required() for field in self.body.model_fields.values())
        return not required and names <= {f"{stem}_on", f"{stem}_at"}
