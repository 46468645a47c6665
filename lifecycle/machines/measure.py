"""A measure of Art. 10: planned, in force, over by lifting, by its plan or with the contract (R30)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards
from lifecycle.machines.events.end_measure import END_MEASURE
from lifecycle.machines.events.lift_measure import LIFT_MEASURE
from lifecycle.machines.events.start_measure import START_MEASURE
from lifecycle.machines.events.take_measure import TAKE_MEASURE


class MeasureLifecycle(StateMachine):
    """`start` and `end` are the clock's."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = TAKE_MEASURE

    planned = State(initial=True)
    in_force = State()
    ended = State(final=True)
    lifted = State(final=True)

    start = planned.to(in_force, validators=guards(START_MEASURE))
    end = ended.from_(planned, in_force, validators=guards(END_MEASURE))
    lift = lifted.from_(planned, in_force, validators=guards(LIFT_MEASURE))
