"""The erasure of a contract's personal data: a part with one row, after the end of the contract (R14)."""

from statemachine import State, StateMachine

from lifecycle.machines.events.erase_personal_data import ERASE_PERSONAL_DATA


class ErasureLifecycle(StateMachine):
    """An erasure is final."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = ERASE_PERSONAL_DATA

    erased = State(initial=True, final=True)
