"""The item change's lifecycle: applied for, accepted, effective by the clock (Art. 1, 7; R15, R19, R22)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.accept_item_change import ACCEPT_ITEM_CHANGE
from lifecycle.machines.events.apply_for_item_change import APPLY_FOR_ITEM_CHANGE
from lifecycle.machines.events.lapse_item_change import LAPSE_ITEM_CHANGE
from lifecycle.machines.events.reject import REJECT
from lifecycle.machines.events.set_fee import SET_FEE
from lifecycle.machines.events.take_effect import TAKE_EFFECT
from lifecycle.machines.events.withdraw import WITHDRAW_ITEM_CHANGE


class ItemChangeLifecycle(StateMachine):
    """`take_effect` is the clock's; so is `lapse`, where the contract ends first.

    No state is final: the one-off fee of an accepted change can be set whatever became of it (R22).
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = APPLY_FOR_ITEM_CHANGE

    applied = State(initial=True)
    accepted = State()
    effective = State()
    rejected = State()
    withdrawn = State()

    accept = applied.to(accepted, validators=guards(ACCEPT_ITEM_CHANGE))
    reject = applied.to(rejected, validators=guards(REJECT))
    withdraw = withdrawn.from_(applied, accepted, validators=guards(WITHDRAW_ITEM_CHANGE))
    set_fee = stays(accepted, effective, rejected, withdrawn, by=SET_FEE)
    take_effect = accepted.to(effective, validators=guards(TAKE_EFFECT))
    lapse = rejected.from_(applied, accepted, validators=guards(LAPSE_ITEM_CHANGE))
