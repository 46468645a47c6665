"""Another party, other particulars: the contract continues with its new holder (R39; Civil Code, Companies
Act).
"""

from datetime import date

from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def succession(ground: str, on: date, consented_on: date | None, terms: Terms) -> Ruling:
    """The contract passes to another party: no new fee, no new minimum term (R39)."""
    if consented_on is None:
        return conclude("succession", terms, "without_consent", about=ground, on=on, ground=ground)
    return conclude(
        "succession", terms, "with_consent", about=ground, on=on, ground=ground, consented_on=consented_on
    )


def particulars_changed(on: date, terms: Terms) -> Ruling:
    """The customer's particulars change from a day; the party stays the same (R39)."""
    return conclude("particulars_changed", terms, on=on)


def application_amended(on: date, terms: Terms) -> Ruling:
    """The customer changes the application before its acceptance; the changed application is accepted (R10, Art.
    7).
    """
    return conclude("application_amended", terms, on=on)
