"""The company records whether an outage is attributable to it (Art. 8, R26)."""

from dataclasses import dataclass
from typing import ClassVar

from lifecycle.machines.body import Examples, Reasoned
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.open_outage import known_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Credit, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeOutage(Facts):
    """attributable: whether it is attributable to the company, None while unknown."""

    attributable: bool | None


def effect(subject: Outage | Credit, facts: AttributeOutage, row: str) -> Changes:
    """Record the finding."""
    return {"attributable": facts.attributable}


class AttributedBody(Reasoned):
    """Whether an outage is attributable to the company."""

    attributable: bool
    examples: ClassVar[Examples] = [{"attributable": True, "reason": "The switch that failed is ours."}]


ATTRIBUTE_OUTAGE = Event(name="attribute", facts=AttributeOutage, effect=effect, governed_on=known_on)
