"""An application is received: the first row of a contract's life (Art. 3, 7; R32, R34)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lifecycle.machines.body import Filed
from lifecycle.machines.check import AnyCase, about_facts, at_entry
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import Event
from lifecycle.machines.events.in_range import applied_in_range
from lifecycle.machines.facts import absent
from lifecycle.terms import order_of_days as order
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import NotInForce
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForContract(Filed):
    """What the history records of an application: everything but personal data.

    delivery: domain and HTTPS as applied for (Art. 3(1)). options: kind and reference of each option applied for
    together with the contract. taken_over: the contract was running when it was entered here; billed_until: the
    last month (2022-05) that was billed elsewhere (R41). other_references: further ones of the contract. service:
    whose terms govern the contract. in_form: whether it is in the company's form (R44). terms_shown: the version
    of the terms that was shown.
    """

    received_on: date
    reference: str
    item: str
    requested_billing_start_on: date | None
    laws_accepted: bool
    rights_cleared: bool
    administrator_named: bool
    delivery: Mapping[str, Any]
    options: tuple[Mapping[str, str], ...] = ()
    taken_over: bool = absent(False)
    billed_until: str | None = absent()
    other_references: tuple[str, ...] = absent(())
    service: str = absent(DEFAULT_SERVICE)
    in_form: bool = absent(True)
    terms_shown: date | None = absent()


@at_entry
@about_facts
def received_under_terms_in_force(case: AnyCase) -> Ruling | None:
    """R32; a contract that is taken over may have been applied for before (R41)."""
    if case.contract.taken_over:
        return None
    try:
        case.editions.on(case.subject.received_on)
    except NotInForce as refusal:
        return refusal.ruling
    return None


@at_entry
@about_facts
def received_not_in_future(case: AnyCase) -> Ruling | None:
    """R34; judged by today's version, because the day itself may be outside every version."""
    return order.not_in_future("receipt", case.at, case.now, case.terms(case.now_day))


def rulings(case: AnyCase, after: Any, dossier: Dossier) -> tuple[Ruling, ...]:
    """The version of the terms in force at the receipt, and whether the contract is taken over (R41)."""
    day: date = after.received_on
    if not case.contract.taken_over:
        return (case.editions.in_force(day),)
    before = () if day < case.editions.first_day else (case.editions.in_force(day),)
    if not isinstance(after, Contract):
        return before
    return (*before, order.taken_over(day, after.billed_until, case.editions.no_earlier(day)))


APPLY: Event[Contract, ApplyForContract] = Event(
    name="apply",
    facts=ApplyForContract,
    happened="received",
    rank=0,
    rulings=rulings,
    rules=(received_under_terms_in_force, received_not_in_future, applied_in_range),
)
