"""The rule behind every event of the clock: nothing fires before its time (R3, R16)."""

from functools import cache

from lifecycle.machines.check import AnyCase, Rule


class NotDue(Exception):
    """A timer was fired that is not due: a fault of the program, never of the input (R3)."""


@cache
def due(event: str) -> Rule:
    """The rule that an event fires by its own timer, at its instant or later (R3, R16). It raises NotDue."""

    def rule(case: AnyCase) -> None:
        due_event, due_at = case.subject.due_event, case.subject.due_at
        if due_event != event or due_at is None or case.now < due_at:
            raise NotDue(f"{case.subject.id}: {event} at {case.now}, but {due_event} is due at {due_at}")

    return rule
