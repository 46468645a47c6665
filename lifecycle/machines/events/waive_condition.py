"""The operator waives a condition of Art. 3(1), with a reason (R28)."""

from typing import ClassVar

from lifecycle.machines.body import Entering, Examples, NeedsReason
from lifecycle.machines.dossier import Contract
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import on_its_own_day
from lifecycle.machines.events.meet_condition import ConditionName, SettleCondition, needs_open_condition, rulings


def effect(contract: Contract, facts: SettleCondition, row: str) -> Changes:
    """The condition is waived."""
    return {"waived": (*contract.waived, facts.condition)}


class WaiveConditionBody(NeedsReason):
    """The operator waives a condition."""

    condition: ConditionName
    examples: ClassVar[Examples] = [
        {"condition": "certificate", "reason": "The customer brings it within the week."}
    ]

    def facts(self, entering: Entering) -> SettleCondition:
        """Which condition."""
        return SettleCondition(condition=self.condition)


WAIVE_CONDITION = Event(
    name="waive_condition",
    facts=SettleCondition,
    happened="waived",
    settles=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(needs_open_condition,),
    input=EventInput(
        body=WaiveConditionBody, roles=OPERATOR, summary="The operator waives a condition with a reason (R28)."
    ),
)
