"""The company records the recovery from an outage (Art. 8, R26)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from lifecycle.machines.body import Examples, Reasoned
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.open_outage import known_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Instant
from lifecycle.machines.parts import Credit, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverOutage(Facts):
    """recovered_at: the instant of recovery, which ends the outage. None: corrected, it continues."""

    recovered_at: datetime | None


def effect(subject: Outage | Credit, facts: RecoverOutage, row: str) -> Changes:
    """Record the recovery."""
    return {"recovered_at": facts.recovered_at}


class RecoveredBody(Reasoned):
    """The end of an outage."""

    recovered_at: Instant
    examples: ClassVar[Examples] = [{"recovered_at": "2022-04-22T08:45:00+09:00"}]


RECOVER_OUTAGE = Event(
    name="recover", facts=RecoverOutage, happened="recovered", effect=effect, governed_on=known_on
)
