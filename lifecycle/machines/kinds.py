"""What each kind of thing with a state brings along: effects, reasons, timers. One row per kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lifecycle.machines import credit, effects, erasure, item_change, measure, reasons, usage
from lifecycle.machines.check import Case
from lifecycle.machines.derive import ending_of
from lifecycle.machines.dossier import Dossier, Holder
from lifecycle.machines.effects import Effect
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: what its events change, which rulings they bring, and what its timers know.

    rulings: of (event, case before, thing after, dossier after). governed_on: the day whose version governs.
    clock_facts: of (dossier, thing, event). cause: the id of the history row of the human event behind a timer.
    """

    effects: Mapping[str, Effect]
    rulings: Callable[[str, Case, Any, Dossier], tuple[Ruling, ...]]
    governed_on: Callable[[str, Case], date]
    clock_facts: Callable[[Dossier, Any, str], dict[str, Any]]
    cause: Callable[[Any, Dossier, Editions], str | None]


def _holder_cause(subject: Holder, dossier: Dossier, editions: Editions) -> str | None:
    """The row that set the billing start, or the notice that decides the end."""
    if subject.due_event in ("start_billing", "hold_billing"):
        return subject.billing_from
    end = ending_of(subject, dossier.contract, editions)
    return end.notice if end else None


def _holder(own_effects: Mapping[str, Effect]) -> Kind:
    return Kind(
        own_effects,
        lambda event, case, after, dossier: reasons.rulings_of(event, case, after, dossier.contract),
        reasons.governing_day,
        lambda dossier, subject, event: effects.holder_given_of_clock(subject, event),
        _holder_cause,
    )


KINDS: Mapping[str, Kind] = {
    "contract": _holder(effects.CONTRACT),
    "option": _holder(effects.HOLDER),
    "item_change": Kind(
        item_change.EFFECTS,
        lambda event, case, after, dossier: item_change.rulings_of(event, case, after, case.editions),
        item_change.governed_on,
        item_change.given_of_clock,
        item_change.cause,
    ),
    "measure": Kind(
        measure.EFFECTS,
        lambda event, case, after, dossier: measure.rulings_of(event, case, after, case.editions),
        measure.governed_on,
        measure.given_of_clock,
        measure.cause,
    ),
    "credit": Kind(
        credit.EFFECTS,
        lambda event, case, after, dossier: credit.rulings_of(event, case, after, case.editions, dossier),
        credit.governed_on,
        credit.given_of_clock,
        credit.cause,
    ),
    "usage": Kind(
        usage.EFFECTS,
        lambda event, case, after, dossier: usage.rulings_of(event, case, after, case.editions),
        usage.governed_on,
        usage.given_of_clock,
        usage.cause,
    ),
    "erasure": Kind(
        erasure.EFFECTS,
        lambda event, case, after, dossier: erasure.rulings_of(event, case, after, case.editions),
        erasure.governed_on,
        erasure.given_of_clock,
        erasure.cause,
    ),
}
