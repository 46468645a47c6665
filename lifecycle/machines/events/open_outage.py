"""An outage becomes known (Art. 8, R26)."""

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.machines.check import AnyCase
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Outage
from lifecycle.terms.calendar import tokyo_day


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOutage(Facts):
    """known_at: the instant at which the company knew. source: its own alert, or whose report.

    attributable: whether it is the company's own fault, None while unknown. contracts: ids, None for all.
    """

    known_at: datetime
    source: str
    attributable: bool | None
    contracts: tuple[str, ...] | None


def known_on(case: AnyCase) -> date:
    """The day on which the company knew (R32)."""
    return tokyo_day(case.subject.known_at)


OPEN_OUTAGE: Event[Outage, OpenOutage] = Event(
    name="open", facts=OpenOutage, happened="known", rank=0, governed_on=known_on
)
