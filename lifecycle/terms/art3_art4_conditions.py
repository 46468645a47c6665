"""Art. 3 and Art. 4: what the customer declares and provides, and who administers (R28, R29)."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from lifecycle.terms.ranges import RangeList
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms

OF_CERTIFICATE = ("certificate_expires_on", "certificate_kind")  # optional details of a delivery
CONDITIONS = ("domain", "dns", "certificate")  # the conditions of Art. 3(1)


def laws_accepted(given: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without the agreement on the laws that may apply (Art. 3(3), R28)."""
    if given:
        return None
    return conclude("laws_accepted", terms)


def rights_cleared(given: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without the warranty that the works' rights are cleared (Art. 3(4), R28)."""
    if given:
        return None
    return conclude("rights_cleared", terms)


def administrator_named(named: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without an administrator for the configuration rights (Art. 4(1), R28)."""
    if named:
        return None
    return conclude("administrator_named", terms)


def conditions_needed(delivery: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The conditions of Art. 3(1) that a delivery requires: domain, dns, certificate."""
    wished = delivery or {}
    domain = ("domain", "dns") if wished.get("custom_domain") else ()
    return (*domain, "certificate") if wished.get("https") else domain


def met_at_application(delivery: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The conditions that are met according to the application."""
    wished = delivery or {}
    domain = wished.get("custom_domain") or {}
    said = {
        "domain": domain.get("acquired"),
        "dns": domain.get("dns_registered"),
        "certificate": wished.get("certificate_obtained"),
    }
    return tuple(name for name in conditions_needed(delivery) if said[name])


def certificate_expires_on(delivery: Mapping[str, Any] | None) -> date | None:
    """The certificate's last civil day, if it is known."""
    said = (delivery or {}).get("certificate_expires_on")
    return date.fromisoformat(said) if said else None


def without_certificate(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """The delivery without the details of a certificate."""
    kept = {name: value for name, value in delivery.items() if name not in OF_CERTIFICATE}
    return kept | {"certificate_obtained": None}


def open_condition(name: str, terms: Terms) -> Ruling:
    """An open condition, neither met nor waived, prevents the billing start (Art. 3(1), 3(2), R28)."""
    return conclude("open_condition", terms, about=name, condition=name)


@lru_cache(maxsize=64)
def needs_open_condition(name: str, found_open: bool, terms: Terms) -> Ruling | None:
    """Refuses to meet or waive a condition that is not open (R28)."""
    if found_open:
        return None
    return conclude("needs_open_condition", terms, about=name, condition=name)


def in_range(name: str, said: str | None, ranges: RangeList, terms: Terms) -> Ruling | None:
    """Refuses a domain or a certificate outside the company's range (Art. 3(1)(1) and (3), R28).

    said: the domain, or the kind of the certificate. Not checked if the range has no list for it.
    """
    listed = ranges.domains if name == "domain" else ranges.certificates
    if not listed:
        return None
    if said is None:
        return conclude("in_range", terms, "not_said", about=name, on=ranges.from_on, condition=name)
    if ranges.has_domain(said) if name == "domain" else ranges.has_certificate(said):
        return None
    return conclude("in_range", terms, "outside", about=name, on=ranges.from_on, condition=name)


def condition_settled(name: str, waived: bool, terms: Terms) -> Ruling:
    """A condition is met, or waived by the operator with a reason (Art. 3(1), R28)."""
    return conclude("condition_settled", terms, "waived" if waived else "met", about=name, condition=name)


def administrator_changed(terms: Terms) -> Ruling:
    """Another administrator answers for the configuration rights (Art. 4(1), R29)."""
    return conclude("administrator_changed", terms)


def delivery_changed(terms: Terms) -> Ruling:
    """The domain or HTTPS changes; the change brings conditions of its own (Art. 3(1), R28)."""
    return conclude("delivery_changed", terms)


def conditions_reopened(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> frozenset[str]:
    """The conditions that a change of the delivery reopens: another domain reopens all three."""
    was, now = before or {}, after or {}
    if _domain_name(was) != _domain_name(now):
        return frozenset(CONDITIONS)
    return frozenset(("certificate",)) if not was.get("https") else frozenset()


def _domain_name(delivery: Mapping[str, Any]) -> str | None:
    name: str | None = (delivery.get("custom_domain") or {}).get("name")
    return name


def misuse_reported(found_on: date, terms: Terms) -> Ruling:
    """Possible misuse was reported; the customer follows the company's instruction (Art. 4(4), R29)."""
    return conclude("misuse_reported", terms, on=found_on)


def report_on_record(found: bool, terms: Terms) -> Ruling | None:
    """Refuses to follow up a report of misuse that was not recorded (Art. 4(4), R29)."""
    if found:
        return None
    return conclude("report_on_record", terms)
