"""Art. 10: measures, which do not change the contract's state, and the company's own end (R30, R31)."""

from datetime import date

from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms

MEASURES = ("suspension", "consultation", "deletion_request", "deletion", "access_limit")


def measure_taken(kind: str, notified: bool, terms: Terms) -> Ruling:
    """A measure does not change the contract: terms, notice periods and fees continue (Art. 10, R30)."""
    return conclude("measure_taken", terms, "notified" if notified else "without_notice", about=kind, measure=kind)


def measure_over(kind: str, lifted: bool, terms: Terms) -> Ruling:
    """The measure is over: lifted, at its planned end, or with the contract (R30)."""
    return conclude("measure_over", terms, "lifted" if lifted else "ended", about=kind, measure=kind)


def company_end(ends_on: date, terms: Terms) -> Ruling:
    """The company ends the contract for cause under its general terms, whose text is not included here (R31)."""
    return conclude("company_end", terms, on=ends_on)


def company_end_after_acceptance(accepted_on: date, ends_on: date, terms: Terms) -> Ruling | None:
    """Refuses an end before there was a contract (R31, R34)."""
    if ends_on >= accepted_on:
        return None
    return conclude("company_end_after_acceptance", terms, on=accepted_on, ends_on=ends_on)


def measure_in_order(starts: bool, terms: Terms) -> Ruling | None:
    """Refuses a measure whose planned end does not come after its start (R30)."""
    if starts:
        return None
    return conclude("measure_in_order", terms)


def measure_needs_contract(state: str, terms: Terms) -> Ruling | None:
    """Refuses a measure before acceptance: no service is provided yet (Art. 10, R30)."""
    if state != "applied":
        return None
    return conclude("measure_needs_a_contract", terms)


def company_end_to_come(ends_on: date, today: date, terms: Terms) -> Ruling | None:
    """Refuses an end in the past: the service was provided on the days after it (R31)."""
    if ends_on >= today:
        return None
    return conclude("company_end_to_come", terms, on=today, ends_on=ends_on)
