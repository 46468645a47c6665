"""Every state × event of parts: the machine object and the table give the same answer."""

from datetime import timedelta

import pytest

from lifecycle.machines.check import Case
from lifecycle.machines.table import EVENTS, MACHINES, TABLES
from lifecycle.terms.editions import EDITIONS
from tests.machines.by_machine_and_table import NOT_DUE, NOT_POSSIBLE, Outcome, by_machine, by_table
from tests.machines.part_situations import part_given, part_situation

KINDS = sorted(set(MACHINES) - {"contract", "option"})
MATRIX = [(kind, s.id, event) for kind in KINDS for s in MACHINES[kind].states for event in EVENTS[kind]]
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("kind", "state", "event"), MATRIX)
def test_the_machine_and_the_table_agree(kind: str, state: str, event: str) -> None:
    dossier, subject, now = part_situation(kind, state, event)
    case = Case(dossier, subject, now, EDITIONS, part_given(kind, event), "agreed")
    edges = TABLES[kind].get((state, event), ())
    wanted: Outcome = edges[0].target if edges else NOT_POSSIBLE
    assert by_machine(case, event) == by_table(case, event) == wanted
    if subject.due_event == event and edges:
        early = case._replace(now=now - MOMENT)
        assert by_machine(early, event) == by_table(early, event) == NOT_DUE


@pytest.mark.parametrize(("kind", "state", "event"), [row for row in MATRIX if row[0] != "outage"])
def test_machine_and_table_agree_in_every_other_situation(kind: str, state: str, event: str) -> None:
    """The facts of one state under another state: object and table judge them alike."""
    for other in MACHINES[kind].states:
        if kind == "credit" and event == "claim" and other.id in ("open", "refused"):
            continue  # no window to claim in: the state alone keeps a claim from being judged
        dossier, subject, now = part_situation(kind, other.id, event)
        if kind == "item_change" and subject.effective_on is None and state != "applied":
            continue
        subject = subject.replace(state=state)
        case = Case(dossier.with_subject(subject), subject, now, EDITIONS, part_given(kind, event))
        assert by_machine(case, event) == by_table(case, event)
