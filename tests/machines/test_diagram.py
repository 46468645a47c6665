"""The diagrams of the lifecycles agree exactly with the machines and always use the same words."""

import re
import subprocess
import sys

import pytest

from lifecycle.machines.step import RANKS
from lifecycle.machines.table import MACHINES, TABLES
from tests.docs.mermaid import mermaid

KINDS = sorted(MACHINES)
WAY = re.compile(r"    (\w+) --> (\w+) : (.+)")


def events_in(label: str) -> list[str]:
    """The events of a label, the clock's mark taken off, one that both may fire once."""
    return list(dict.fromkeys(part.removeprefix("⏰ ") for part in label.split(", ")))


@pytest.mark.parametrize("kind", KINDS)
def test_the_diagram_shows_every_transition_of_the_machine_and_no_other(kind: str) -> None:
    ways = [WAY.fullmatch(line) for line in mermaid(kind).splitlines()]
    shown = [(m[1], event, m[2]) for m in ways if m for event in events_in(m[3])]
    real = [(state, event, edge.target) for (state, event), edges in TABLES[kind].items() for edge in edges]
    assert sorted(shown) == sorted(real)


@pytest.mark.parametrize("kind", KINDS)
def test_each_pair_of_states_has_one_line(kind: str) -> None:
    pairs = [(m[1], m[2]) for line in mermaid(kind).splitlines() if (m := WAY.fullmatch(line))]
    assert len(pairs) == len(set(pairs))


def test_an_event_that_leaves_the_state_as_it_is_is_shown_too() -> None:
    assert "cancel_notified --> cancel_notified :" in mermaid("contract")
    assert "recorded --> recorded : correct" in mermaid("usage")


FIRST_LINES = {
    "contract": ["applied : apply"],
    "option": ["applied : apply"],
    "item_change": ["applied : apply"],
    "measure": ["planned : take", "in_force : take"],
    "credit": ["open : open"],
    "usage": ["recorded : record"],
    "erasure": ["erased : erase_personal_data"],
    "outage": ["ongoing : open"],
}
LAST_STATES = {
    "contract": {"terminated", "rejected", "withdrawn"},
    "option": {"terminated", "rejected", "withdrawn"},
    "item_change": {"effective", "rejected", "withdrawn"},
    "measure": {"ended", "lifted"},
    "credit": {"credited", "refused"},
    "usage": {"recorded"},
    "erasure": {"erased"},
    "outage": {"annulled"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_diagram_begins_with_the_first_event_and_ends_in_the_states_that_nothing_leaves(kind: str) -> None:
    lines = mermaid(kind).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert [line for line in lines if "[*] -->" in line] == [f"    [*] --> {way}" for way in FIRST_LINES[kind]]
    over = {line.removesuffix(" --> [*]").strip() for line in lines if line.endswith("--> [*]")}
    assert over == LAST_STATES[kind]
    assert {state.id for state in MACHINES[kind].states if state.final} <= over


@pytest.mark.parametrize("kind", KINDS)
def test_only_events_of_the_clock_are_marked(kind: str) -> None:
    marked = set(re.findall(r"⏰ (\w+)", mermaid(kind)))
    assert marked == {event for k, event in RANKS if k == kind}


def test_an_option_is_rejected_by_a_person_or_by_the_clock() -> None:
    assert "applied --> rejected : reject, ⏰ reject\n" in mermaid("option")
    assert "applied --> rejected : reject\n" in mermaid("contract")


def test_the_pictures_are_the_same_in_every_process() -> None:
    code = "from tests.docs.mermaid import *; print(*map(mermaid, MACHINES), sep='')"
    shown = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, text=True,
            encoding="utf-8",
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert shown == {"".join(map(mermaid, MACHINES)) + "\n"}
