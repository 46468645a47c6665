"""Who a contract's customer and administrator are at a moment, by what entries changed (R39). Pure."""

from collections.abc import Mapping
from typing import Any

from lifecycle.machines.body import kept
from lifecycle.machines.line import Line

People = Mapping[str, Any]  # customer and administrator, or what of them an entry changes
MERGES = "change_particulars"  # changes some of the customer's particulars; other events name a person anew


def people_of(line: Line, versions: Mapping[str, People]) -> People | None:
    """Customer and administrator where a fold ends, None where no version says.

    versions: by the id of a row, what of the people it says. An entry without effect changes nobody.
    """
    found: People | None = None
    for transition in line.transitions:
        change = versions.get(transition.people or "")
        if change is not None:
            found = changed(found or {}, change, transition.event.name)
    return found


def changed(people: People, change: People, event: str) -> People:
    """The people after an event that changes some of them."""
    if event == MERGES:
        customer = {**(people.get("customer") or {}), **change["customer"]}
        return {**people, "customer": {name: value for name, value in customer.items() if kept(name, value)}}
    return {**people, **change}


def first_entry(contract_id: str) -> str:
    """The id of the entry that first names a contract's people: its application."""
    return f"{contract_id}.1"
