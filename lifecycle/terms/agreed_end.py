"""The agreed end (合意解約): both sides may end a contract on any day they agree on (freedom of contract, R38)."""

from datetime import date

from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def agreed_end(agreed_on: date, ends_on: date, terms: Terms) -> Ruling:
    """The end that both sides agreed on: no notice period, and no minimum term unless agreed (R38)."""
    return conclude("agreed_end", terms, on=ends_on, agreed_on=agreed_on)


def agreement_decides(agreed_on: date, ends_on: date, terms: Terms) -> Ruling:
    """The newest agreement prevails over every notice and earlier agreement (R38)."""
    return conclude("newest_agreement_decides", terms, on=ends_on, agreed_on=agreed_on)


def agreed_end_after_acceptance(accepted_on: date, ends_on: date, terms: Terms) -> Ruling | None:
    """Refuses an agreed end before there was a contract (R38)."""
    if ends_on >= accepted_on:
        return None
    return conclude("agreed_end_after_acceptance", terms, on=accepted_on, ends_on=ends_on)


def agreement_stands(terms: Terms) -> Ruling:
    """The reason why an agreed end cannot be taken back like a notice (R38)."""
    return conclude("agreed_end_stands", terms)


def agreed_amount(owed_yen: int, ends_on: date, terms: Terms) -> Ruling:
    """The amount that both sides agreed on: one line in the month of the end (R38)."""
    return conclude("agreed_amount", terms, on=ends_on, amount_yen=owed_yen)
