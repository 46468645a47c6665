"""A contract's customer and administrator at an instant, after the changes by entries (R39). Pure."""

from collections.abc import Mapping
from typing import Any

from lifecycle.machines.body import kept
from lifecycle.machines.line import Line

People = Mapping[str, Any]  # customer and administrator, or what an entry changes of them
MERGES = "change_particulars"  # changes single particulars of the customer; other events replace a person


def people_of(line: Line, versions: Mapping[str, People]) -> People | None:
    """Return customer and administrator at the end of a fold, None if no version contains any.

    versions: by the id of a row, the people in it. An entry without effect changes nobody.
    """
    found: People | None = None
    for transition in line.transitions:
        change = versions.get(transition.people or "")
        if change is not None:
            found = changed(found or {}, change, transition.event.name)
    return found


def changed(people: People, change: People, event: str) -> People:
    """Return the people after an event that changes some of their data."""
    if event == MERGES:
        customer = {**(people.get("customer") or {}), **change["customer"]}
        return {**people, "customer": {name: value for name, value in customer.items() if kept(name, value)}}
    return {**people, **change}


def first_entry(contract_id: str) -> str:
    """Return the id of the entry that first names a contract's people: its application."""
    return f"{contract_id}.1"
