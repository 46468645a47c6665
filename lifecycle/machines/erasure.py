"""The erasure of a contract's personal data: one row beside the contract's life, which is over by then (R14)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from statemachine import State, StateMachine

from lifecycle.machines.check import Case
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Effect, unchanged
from lifecycle.machines.parts import Erasure
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


class ErasureLifecycle(StateMachine):
    """What is erased stays so."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    erased = State(initial=True, final=True)


EFFECTS: Mapping[str, Effect] = {"erase_personal_data": unchanged}


def no_credit_is_due(case: Case) -> Ruling | None:
    """R27: as long as the customer may be owed a credit, it must be known who that is."""
    owed = [c for c in case.dossier.credits if c.live and c.state != "lapsed" and c.units > 0]
    return art8.credit_needs_customer(owed[0].last_claim_on, case.terms(case.now_day)) if owed else None


def given_of_clock(dossier: Dossier, erasure: Erasure, event: str) -> dict[str, Any]:
    """It has no timer."""
    return {}


def cause(erasure: Erasure, dossier: Dossier, editions: Editions) -> str | None:
    """It has no timer."""
    return None


def governed_on(event: str, case: Case) -> date:
    """The day of the contract's application: the erasure itself rests on no article of the terms."""
    return case.dossier.contract.received_on


def rulings_of(event: str, case: Case, after: Erasure, editions: Editions) -> tuple[Ruling, ...]:
    """It rests on no rule of the terms."""
    return ()
