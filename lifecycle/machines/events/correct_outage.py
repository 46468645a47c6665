"""The company corrects the facts of an outage (Art. 8, R26, R35)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from pydantic import model_validator

from lifecycle.machines.body import Examples, Input
from lifecycle.machines.check import AnyCase
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.open_outage import Concerned, known_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Instant, LongText
from lifecycle.machines.parts import Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectOutage(Facts):
    """All facts of the outage that can be wrong. contracts: ids, None for all."""

    known_at: datetime
    recovered_at: datetime | None
    attributable: bool | None
    contracts: tuple[str, ...] | None


def has_recovery(case: AnyCase) -> bool:
    """Whether the corrected outage has ended."""
    facts: CorrectOutage | None = case.event_facts
    return facts is not None and facts.recovered_at is not None


def effect(outage: Outage, facts: CorrectOutage, row: str) -> Changes:
    """Replace the recorded facts."""
    return {
        "known_at": facts.known_at,
        "recovered_at": facts.recovered_at,
        "attributable": facts.attributable,
        "contracts": facts.contracts,
    }


class OutageFactsBody(Input):
    """Changed facts of an outage; omitted fields stay."""

    known_at: Instant | None = None
    recovered_at: Instant | None = None
    attributable: bool | None = None
    contracts: Concerned | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("names nothing that is different")
        for name in ("known_at", "contracts"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class OutageCorrectionBody(Input):
    """A correction of an outage (R35)."""

    facts: OutageFactsBody
    reason: LongText
    examples: ClassVar[Examples] = [
        {"facts": {"recovered_at": "2022-04-22T08:45:00+09:00"}, "reason": "The monitoring log says 08:45."}
    ]


CORRECT_OUTAGE = Event(
    name="correct", facts=CorrectOutage, happened="corrected", effect=effect, governed_on=known_on
)
