"""An outage opens a credit for an affected contract (Art. 8, R26)."""

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.machines.check import AnyCase
from lifecycle.machines.derive_credit import counted_part, fee_on
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.parts import Credit
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling, known


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCredit(Facts):
    """outage_id: the outage. known_at, attributable, recovered_at: its recorded facts.

    annulled: the outage did not affect this contract.
    """

    contract_id: str
    outage_id: str
    known_at: datetime
    attributable: bool | None
    recovered_at: datetime | None = absent()
    annulled: bool = absent(False)


def known_on(case: AnyCase) -> date:
    """The day on which the company knew of the outage (R32)."""
    return tokyo_day(case.subject.known_at)


def rulings(case: AnyCase, after: Credit, dossier: Dossier) -> tuple[Ruling, ...]:
    """Why there is no credit, or its amount and the period of claiming."""
    editions = case.editions
    terms = editions.on(tokyo_day(after.known_at))
    part = counted_part(after, dossier, case.now)
    if after.state == "refused":
        return (art8.not_attributable(terms) if after.attributable is False else art8.too_short(part, terms),)
    if after.claimable_on is None or part is None:
        return ()
    window = art8.claim_window(part.since, terms)[1]
    amount = art8.credit(part, fee_on(dossier, terms), terms) if after.units else None
    return known((amount, window))


OPEN_CREDIT: Event[Credit, OpenCredit] = Event(
    name="open", facts=OpenCredit, happened="known", rank=2, rulings=rulings, governed_on=known_on, follows=True
)
