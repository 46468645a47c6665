"""The company records the recovery from an outage (Art. 8, R26)."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.open_outage import known_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Credit, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverOutage(Facts):
    """recovered_at: the instant of recovery; any recovery ends the outage."""

    recovered_at: datetime


def effect(subject: Outage | Credit, facts: RecoverOutage, row: str) -> Changes:
    """Records the recovery."""
    return {"recovered_at": facts.recovered_at}


RECOVER_OUTAGE = Event(
    name="recover", facts=RecoverOutage, happened="recovered", effect=effect, governed_on=known_on
)
