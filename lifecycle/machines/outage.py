"""An outage's lifecycle: ongoing until the company records the recovery (Art. 8, R26)."""

from collections.abc import Mapping

from statemachine import State, StateMachine

from lifecycle.machines.effects import Changes, Effect, Given, unchanged
from lifecycle.machines.parts import Outage


class OutageLifecycle(StateMachine):
    """Whose fault it was may be found out later."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    ongoing = State(initial=True)
    recovered = State()
    recover = ongoing.to(recovered)
    attribute = ongoing.to(ongoing) | recovered.to(recovered)


def recover(outage: Outage, given: Given, row: str) -> Changes:
    """Records the recovery."""
    return {"recovered_at": given["recovered_at"]}


def attribute(outage: Outage, given: Given, row: str) -> Changes:
    """Records whose fault it was."""
    return {"attributable": given["attributable"]}


EFFECTS: Mapping[str, Effect] = {"open": unchanged, "recover": recover, "attribute": attribute}
