"""The usage of a contract in a month: recorded, and corrected where it was wrong (Annex 1, R24)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import stays
from lifecycle.machines.events.correct_usage import CORRECT_USAGE
from lifecycle.machines.events.record_usage import RECORD_USAGE


class UsageLifecycle(StateMachine):
    """A month's usage stays open to correction."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = RECORD_USAGE

    recorded = State(initial=True)
    correct = stays(recorded, by=CORRECT_USAGE)
