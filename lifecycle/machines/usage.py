"""What a contract used in a month: recorded, and corrected where it was wrong (Annex 1, R24)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from statemachine import State, StateMachine

from lifecycle.machines.check import Case
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Changes, Effect, Given, unchanged
from lifecycle.machines.parts import Usage
from lifecycle.terms.annex1_fees import METERS
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


class UsageLifecycle(StateMachine):
    """A month's usage stays open to correction."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    recorded = State(initial=True)
    correct = recorded.to(recorded)


def correct(usage: Usage, given: Given, row: str) -> Changes:
    """Other figures for the month."""
    return {meter: given[meter] for meter in METERS}


EFFECTS: Mapping[str, Effect] = {"record": unchanged, "correct": correct}


def derive(usage: Usage, dossier: Dossier) -> Usage:
    """It has no timer."""
    return usage


def given_of_clock(dossier: Dossier, usage: Usage, event: str) -> dict[str, Any]:
    """It has no timer."""
    return {}


def cause(usage: Usage, dossier: Dossier, editions: Editions) -> str | None:
    """It has no timer."""
    return None


def governed_on(event: str, case: Case) -> date:
    """The month's first day (R32)."""
    return Month.parse(case.subject.month).first


def rulings_of(event: str, case: Case, after: Usage, editions: Editions) -> tuple[Ruling, ...]:
    """Figures rest on no rule."""
    return ()
