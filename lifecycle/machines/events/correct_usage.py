"""Other figures for a month's usage (Annex 1, R24)."""

from dataclasses import dataclass

from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.record_usage import of_the_month
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectUsage(Facts):
    """Each meter as decimal text."""

    transcode_hours: str
    storage_gb: str
    delivery_gb: str
    live_hours: str


def effect(usage: Usage, facts: CorrectUsage, row: str) -> Changes:
    """Other figures for the month."""
    return {
        "transcode_hours": facts.transcode_hours,
        "storage_gb": facts.storage_gb,
        "delivery_gb": facts.delivery_gb,
        "live_hours": facts.live_hours,
    }


CORRECT_USAGE = Event(
    name="correct", facts=CorrectUsage, effect=effect, governed_on=of_the_month, setting=True, beside=True
)
