"""The lifecycles as pictures, read off the machine classes: Mermaid for the eye, Markdown for looking up."""

from lifecycle.machines.table import CLOCK_EVENTS, EVENTS, MACHINES, TABLES
from lifecycle.machines.timers import RANKS

CLOCK = "⏰"
FIRST = {
    "measure": "take",
    "credit": "open",
    "usage": "record",
    "erasure": "erase_personal_data",
    "outage": "open",
}  # fmt: skip  others: apply
BEGINS_IN = {"measure": ("planned", "in_force")}  # others: the machine's initial state alone


def mermaid(kind: str) -> str:
    """A Mermaid state diagram of one kind: one line per way from one state to another."""
    machine = MACHINES[kind]
    ways: dict[tuple[str, str], list[str]] = {}
    for (state, event), edges in TABLES[kind].items():
        for edge in edges:
            ways.setdefault((state, edge.target), []).append(label(kind, event))
    lines = ["stateDiagram-v2", "    direction LR"]
    begins = BEGINS_IN.get(kind) or tuple(state.id for state in machine.states if state.initial)
    lines += [f"    [*] --> {state} : {FIRST.get(kind, 'apply')}" for state in begins]
    lines += [f"    {source} --> {target} : {', '.join(events)}" for (source, target), events in ways.items()]
    lines += [f"    {state.id} --> [*]" for state in machine.states if state.final]
    return "\n".join(lines) + "\n"


def matrix(kind: str) -> str:
    """A Markdown table of one kind: for each state and event the state reached, `–` for none."""
    events = sorted(EVENTS[kind], key=CLOCK_EVENTS.__contains__)
    lines = [
        f"| {' | '.join(['state', *(label(kind, event) for event in events)])} |",
        "|---" * (len(events) + 1) + "|",
    ]
    for state in MACHINES[kind].states:
        reached = [" or ".join(e.target for e in TABLES[kind].get((state.id, ev), ())) or "–" for ev in events]
        lines.append(f"| {' | '.join([f'**{state.id}**', *reached])} |")
    return "\n".join(lines) + "\n"


def label(kind: str, event: str) -> str:
    """An event as the pictures show it: marked where the clock fires it, twice where a person may as well."""
    if (kind, event) not in RANKS:
        return event
    return f"{CLOCK} {event}" if event in CLOCK_EVENTS else f"{event}, {CLOCK} {event}"
