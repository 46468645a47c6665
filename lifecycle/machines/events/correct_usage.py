"""Corrected figures of a month's usage (Annex 1, R24)."""

from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle.machines.check import Case, about_facts, at_entry
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.record_usage import of_the_month
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.parts import METER_FIELDS, NOTHING, Usage
from lifecycle.terms.annex1_fees import clearing_needs_reason
from lifecycle.terms.calendar import Month
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectUsage(Facts):
    """Each meter as decimal text, None if the entry does not change it.

    meters: those without a fact of their own. cleared: removed meters.
    """

    transcode_hours: str | None = absent()
    storage_gb: str | None = absent()
    delivery_gb: str | None = absent()
    live_hours: str | None = absent()
    meters: Mapping[str, str] | None = absent()
    cleared: tuple[str, ...] = absent(())


def effect(usage: Usage, facts: CorrectUsage, row: str) -> Changes:
    """The given figures, and 0 for a removed meter; an omitted meter keeps its figure (R24)."""
    given = {meter: used for meter in METER_FIELDS if (used := getattr(facts, meter)) is not None}
    given |= dict.fromkeys(METER_FIELDS & {*facts.cleared}, NOTHING)
    others = {**(usage.meters or {}), **(facts.meters or {})}
    others |= dict.fromkeys({*facts.cleared} - METER_FIELDS, NOTHING)
    return given | ({"meters": others} if others else {})


@at_entry
@about_facts
def reason_to_clear(case: Case[CorrectUsage]) -> Ruling | None:
    """R24: a figure is removed only with a reason."""
    month = Month.parse(case.subject.month)
    needed = case.facts.cleared and not case.reason
    return clearing_needs_reason(case.facts.cleared, month, case.terms(month.first)) if needed else None


CORRECT_USAGE = Event(
    name="correct",
    facts=CorrectUsage,
    effect=effect,
    governed_on=of_the_month,
    rules=(reason_to_clear,),
    setting=True,
    beside=True,
)
