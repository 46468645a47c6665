"""The steps that the machines know, as a verifier needs them: which event leads from where to where."""

from lifecycle.audit.verifier.chains import Steps
from lifecycle.machines.table import MACHINES, TABLES, beginning


def legal_steps() -> Steps:
    """kind → event → state before ("" for the first row) → states after, read off the machines."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for kind in MACHINES:
        events = found.setdefault(kind, {})
        first, begins = beginning(kind)
        events[first] = {"": list(begins)}
        for (state, event), edges in TABLES[kind].items():
            ends = events.setdefault(event, {}).setdefault(state, [])
            ends += sorted({edge.target for edge in edges} - set(ends))
    return found
