"""The lifecycles as Mermaid diagrams, derived from the machine classes."""

from lifecycle.machines.step import RANKS
from lifecycle.machines.table import CLOCK_EVENTS, MACHINES, TABLES, beginning

CLOCK = "⏰"


def mermaid(kind: str) -> str:
    """A Mermaid state diagram of one kind: one line per way from one state to another."""
    ways: dict[tuple[str, str], list[str]] = {}
    for (state, event), edges in TABLES[kind].items():
        for edge in edges:
            ways.setdefault((state, edge.target), []).append(label(kind, event))
    lines = ["stateDiagram-v2", "    direction LR"]
    event, begins = beginning(kind)
    lines += [f"    [*] --> {state} : {event}" for state in begins]
    lines += [f"    {source} --> {target} : {', '.join(events)}" for (source, target), events in ways.items()]
    lines += [f"    {state} --> [*]" for state in ends(kind)]
    return "\n".join(lines) + "\n"


def ends(kind: str) -> list[str]:
    """Return the states without outgoing transitions."""
    left = {state for (state, _), edges in TABLES[kind].items() for edge in edges if edge.target != state}
    return [state.id for state in MACHINES[kind].states if state.id not in left]


def label(kind: str, event: str) -> str:
    """An event as a picture shows it: marked where the clock fires it, twice where a person may as well."""
    if (kind, event) not in RANKS:
        return event
    return f"{CLOCK} {event}" if event in CLOCK_EVENTS else f"{event}, {CLOCK} {event}"
