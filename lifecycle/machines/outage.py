"""An outage's lifecycle: ongoing until the company records the recovery (Art. 8, R26)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards
from lifecycle.machines.events.attribute_outage import ATTRIBUTE_OUTAGE
from lifecycle.machines.events.open_outage import OPEN_OUTAGE
from lifecycle.machines.events.recover_outage import RECOVER_OUTAGE
from lifecycle.machines.stays import stays


class OutageLifecycle(StateMachine):
    """Whose fault it was may be found out later."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = OPEN_OUTAGE

    ongoing = State(initial=True)
    recovered = State()
    recover = ongoing.to(recovered, validators=guards(RECOVER_OUTAGE))
    attribute = stays(ongoing, recovered, by=ATTRIBUTE_OUTAGE)
