"""The operator waives a condition of Art. 3(1), with a reason (R28)."""

from lifecycle.machines.dossier import Contract
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.common import on_its_own_day
from lifecycle.machines.events.meet_condition import SettleCondition, needs_open_condition, rulings


def effect(contract: Contract, facts: SettleCondition, row: str) -> Changes:
    """The condition is waived."""
    return {"waived": (*contract.waived, facts.condition)}


WAIVE_CONDITION = Event(
    name="waive_condition",
    facts=SettleCondition,
    happened="waived",
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(needs_open_condition,),
)
