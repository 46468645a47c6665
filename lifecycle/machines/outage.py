"""An outage's lifecycle: ongoing until the company records the recovery (Art. 8, R26)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.annul_outage import ANNUL_OUTAGE
from lifecycle.machines.events.attribute_outage import ATTRIBUTE_OUTAGE
from lifecycle.machines.events.correct_outage import CORRECT_OUTAGE, has_recovery
from lifecycle.machines.events.open_outage import OPEN_OUTAGE
from lifecycle.machines.events.recover_outage import RECOVER_OUTAGE


class OutageLifecycle(StateMachine):
    """Whose fault it was may be found out later; what was recorded wrongly is corrected or annulled."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = OPEN_OUTAGE

    ongoing = State(initial=True)
    recovered = State()
    annulled = State(final=True)
    recover = ongoing.to(recovered, validators=guards(RECOVER_OUTAGE))
    attribute = stays(ongoing, recovered, by=ATTRIBUTE_OUTAGE)
    correct = recovered.from_(
        ongoing, recovered, cond=has_recovery, validators=guards(CORRECT_OUTAGE)
    ) | ongoing.from_(ongoing, recovered, validators=guards(CORRECT_OUTAGE))
    annul = annulled.from_(ongoing, recovered, validators=guards(ANNUL_OUTAGE))
