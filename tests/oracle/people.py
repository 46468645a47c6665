"""The customer and the administrator on a day, and the recipient of a month's statement (R39, Art. 4)."""

from datetime import date, datetime
from typing import Any

from tests.oracle.days import end_of, month_last
from tests.oracle.fold import Folded


def people_at(folded: Folded, at: datetime) -> dict[str, Any]:
    """{"customer", "administrator"} as of an instant; a succession replaces, a change of particulars merges."""
    customer: dict[str, Any] = {}
    administrator: dict[str, Any] | None = None
    for entry in folded.line.people:
        if folded.line.places[entry.id] > at:
            continue
        given = entry.facts.get("customer")
        if given is not None:
            customer = {**customer, **given} if entry.event == "change_particulars" else dict(given)
        administrator = entry.facts.get("administrator", administrator)
    return {"customer": customer, "administrator": administrator}


def party_of(folded: Folded, month: str) -> dict[str, Any]:
    """The recipient of the month's statement: the customer on its last day, or on the contract's last day."""
    return dict(people_at(folded, _last_instant(folded, month_last(month)))["customer"])


def _last_instant(folded: Folded, last: date) -> datetime:
    end = folded.contract["effective_on"]
    return end_of(min(last, end) if end is not None else last)
