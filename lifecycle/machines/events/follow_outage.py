"""A credit changes with the recovery of its outage, or the finding about its cause (Art. 8, R26)."""

from lifecycle.machines.event import Event
from lifecycle.machines.events import attribute_outage, recover_outage
from lifecycle.machines.events.open_credit import known_on, rulings

RECOVER_CREDIT = Event(
    name="recover",
    facts=recover_outage.RecoverOutage,
    effect=recover_outage.effect,
    rulings=rulings,
    governed_on=known_on,
    follows=True,
)
ATTRIBUTE_CREDIT = Event(
    name="attribute",
    facts=attribute_outage.AttributeOutage,
    effect=attribute_outage.effect,
    rulings=rulings,
    governed_on=known_on,
    follows=True,
    timeless=True,
)
