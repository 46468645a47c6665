"""A contract's personal data is erased after the contract has ended (R14, R27)."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.machines.check import AnyCase, at_entry
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Erasure
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePersonalData(Facts):
    """erased_at: the instant of the erasure."""

    contract_id: str
    erased_at: datetime


@at_entry
def no_credit_is_due(case: AnyCase) -> Ruling | None:
    """R27: the customer must be known as long as a credit may be owed."""
    owed = [c for c in case.dossier.credits if c.state in ("open", "claimable", "claimed") and c.units > 0]
    return art8.credit_needs_customer(owed[0].last_claim_on, case.terms(case.now_day)) if owed else None


ERASE_PERSONAL_DATA: Event[Erasure, ErasePersonalData] = Event(
    name="erase_personal_data",
    facts=ErasePersonalData,
    happened="erased",
    rank=2,
    beside=True,
    rules=(no_credit_is_due,),
)
