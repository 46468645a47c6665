"""An outage that never happened is annulled (R36)."""

from typing import Any

from lifecycle.machines.event import Event
from lifecycle.machines.events.open_outage import known_on
from lifecycle.machines.facts import NoFacts

ANNUL_OUTAGE: Event[Any, NoFacts] = Event(
    name="annul", facts=NoFacts, happened="annulled", rank=7, governed_on=known_on
)
