"""The steps that the machines know, as a verifier needs them: which event leads from where to where."""

from lifecycle.audit.rows import Steps
from lifecycle.machines.diagram import BEGINS_IN, FIRST
from lifecycle.machines.table import MACHINES, TABLES


def steps() -> Steps:
    """kind → event → state before ("" for the first row) → states after, read off the machines."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for kind, machine in MACHINES.items():
        events = found.setdefault(kind, {})
        begins = BEGINS_IN.get(kind) or [state.id for state in machine.states if state.initial]
        events[FIRST.get(kind, "apply")] = {"": list(begins)}
        for (state, event), edges in TABLES[kind].items():
            ends = events.setdefault(event, {}).setdefault(state, [])
            ends += sorted({edge.target for edge in edges} - set(ends))
    return found
