"""A domain or a certificate must be in the company's range (Art. 3(1)(1) and (3), R28)."""

from collections.abc import Mapping
from typing import Any

from lifecycle.machines.check import AnyCase, about_facts, at_entry
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ranges import claimed, list_on
from lifecycle.terms.ruling import Ruling

SAID_TOGETHER = (
    ("custom_domain",),
    ("certificate_obtained", "certificate_kind"),
)  # the events that are checked together


def obtained_in_range(case: AnyCase, delivery: Mapping[str, Any] | None) -> Ruling | None:
    """Refuse what a delivery claims as obtained, if it is not in the range of its day."""
    ranges = list_on(case.editions.ranges, tokyo_day(case.at))
    if ranges is None:
        return None
    for condition, name in claimed(delivery):
        if found := conditions.in_range(condition, name, ranges, case.terms()):
            return found
    return None


@at_entry
@about_facts
def applied_in_range(case: AnyCase) -> Ruling | None:
    """R28; a contract that is taken over was judged before."""
    return None if case.contract.taken_over else obtained_in_range(case, case.contract.delivery)


@at_entry
def accepted_in_range(case: AnyCase) -> Ruling | None:
    """R28; by the list of the day of acceptance."""
    return applied_in_range(case)


@at_entry
@about_facts
def changed_in_range(case: AnyCase) -> Ruling | None:
    """R28; for an amendment only the changed details."""
    given = case.facts.delivery
    if given is None:
        return None
    whole = {**(case.contract.delivery or {}), **given}
    together = [names for names in SAID_TOGETHER if not given.keys().isdisjoint(names)]
    said = {name: value for name, value in whole.items() if any(name in names for names in (*together, ["https"]))}
    return obtained_in_range(case, said)


@at_entry
@about_facts
def met_in_range(case: AnyCase) -> Ruling | None:
    """R28; the domain by its name, the certificate by its kind."""
    ranges = list_on(case.editions.ranges, tokyo_day(case.at))
    if ranges is None or case.facts.condition == "dns":
        return None
    domain = (case.contract.delivery or {}).get("custom_domain") or {}
    name = domain.get("name") if case.facts.condition == "domain" else case.facts.certificate_kind
    return conditions.in_range(case.facts.condition, name, ranges, case.terms())
