"""Every state × event × facts: the machine object and the table give the same answer.

For contract and option; test_machine_and_table_of_parts.py has the other kinds.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.table import CLOCK_EVENTS, EVENTS, MACHINES, TABLES
from lifecycle.terms.editions import EDITIONS
from tests.machines.by_machine_and_table import NOT_DUE, NOT_POSSIBLE, Outcome, by_machine, by_table
from tests.machines.fuller import full
from tests.machines.life import BASE, DRM, FEES, Life, at, d, facts_for, running

NOW = at(d(5, 10))
CUSTOM = {"custom_domain": {"name": "v.example.jp", "acquired": True, "dns_registered": False}, "https": False}
KINDS = ("contract", "option")
MATRIX = [(kind, state.id, event) for kind in KINDS for state in MACHINES[kind].states for event in EVENTS[kind]]
GOOD = {
    "accepted_on": d(5, 10), "billing_starts_on": d(6, 1), "at": NOW, "arrived_on": d(5, 10), "chosen_on": None,
    "keyed_on": d(5, 10), "notice": None, **FEES, "ends_on": d(7, 31), "ground": "arrears", "condition": "dns",
    "report": f"{BASE}.3", "follow_up": "done", "found_at": "2022-05-10", "instruction": "new keys",
    "item": "basic", "effective_on": d(5, 10), "consented_on": d(5, 1),
}  # fmt: skip
BAD = GOOD | {
    "accepted_on": d(3, 1), "billing_starts_on": d(2, 1), "at": at(d(5, 11)), "arrived_on": date(2020, 11, 30),
    "ends_on": d(3, 31), "condition": "certificate", "report": "c_1.99",
    "consented_on": d(5, 11),
}  # fmt: skip


def dossiers() -> Iterator[tuple[str, Dossier]]:
    """Facts of all kinds: billing started or not, one notice, two, some or all revoked, timers due or not."""
    yield "applied, nothing declared", Life().apply(item="basic", declared=False).apply_option().dossier
    yield "applied, all declared", Life().apply().apply_option().dossier
    yield "applied, not in the form", Life().apply(in_form=False).apply_option(in_form=False).dossier
    yield "accepted, not begun", running(d(6, 1), d(6, 1)).dossier
    begun = running(d(5, 1), d(5, 1)).until(d(5, 1))
    yield "begun", begun.dossier
    for start in (d(5, 1), d(6, 1)):
        life = running(start, start)
        for subject in (BASE, DRM):
            life.notify(d(5, 2), d(7, 1), subject)
        yield f"one notice, billing from {start}", life.dossier
        for subject in (BASE, DRM):
            life.notify(d(5, 3), None, subject)
        yield f"two notices, billing from {start}", life.dossier
        for subject in (BASE, DRM):
            life.revoke(d(5, 4), life.notice(0, subject).id, subject)
        yield f"one of two taken back, billing from {start}", life.dossier
        for subject in (BASE, DRM):
            life.revoke(d(5, 5), subject=subject)
        yield f"all taken back, billing from {start}", life.dossier
    late = running(d(6, 1), d(6, 1)).notify(d(4, 2)).notify(d(4, 2), subject=DRM)
    yield "an end is due", late.dossier
    yield "a start is due", running(d(5, 10), d(5, 10)).dossier
    yield from with_more()


FINDING: dict[str, Any] = {"found_at": "2022-04-02", "instruction": "x", "at": at(d(4, 2))}


def with_more() -> Iterator[tuple[str, Dossier]]:
    """An open condition, before its day and on it; a report of misuse; a future item change."""
    for start in (d(5, 10), d(6, 1)):
        held = full(start, start, delivery=CUSTOM)
        yield f"a condition open for {start}", held.dossier
        yield f"the same, notified, for {start}", held.notify(d(4, 20), d(9, 1)).dossier
    told = full().apply_option()
    yield "a report", told.tell("report_misuse", BASE, at(d(4, 2)), **FINDING).dossier
    agreed = {"agreed_on": d(4, 2), "ends_on": d(9, 30), "keyed_on": d(4, 2), "at": at(d(4, 2))}
    yield (
        "an agreed end",
        full(d(6, 1)).apply_option().tell("end_by_agreement", BASE, at(d(4, 2)), **agreed).dossier,
    )
    leaving = full(d(6, 1), d(6, 1)).notify(d(4, 2), d(6, 30), DRM)
    leaving.ask_change("basic", d(5, 1)).accept_change(d(7, 1), d(5, 1))  # type: ignore[attr-defined]
    yield "a change relies on the option's end", leaving.dossier


FACTS = list(dossiers())
REASONS = (None, "late post")


def given_variants(dossier: Dossier, subject_id: str) -> Iterator[dict[str, Any]]:
    yield GOOD
    yield BAD
    for notice in dossier.subject(subject_id).notices:
        yield GOOD | {"notice": notice.id}


def cases(
    kind: str, state: str, event: str, reasons: tuple[str | None, ...] = REASONS, good_alone: bool = False
) -> Iterator[tuple[str, AnyCase]]:
    subject_id = BASE if kind == "contract" else DRM
    for (name, dossier), reason in product(FACTS, reasons):
        subject = replace(dossier.subject(subject_id), state=state)
        if state != "applied" and subject.accepted_on is None:
            subject = replace(subject, accepted_on=d(4, 1))
        for given in given_variants(dossier, subject_id):
            if good_alone and given is not GOOD:
                continue
            facts = facts_for(kind, event, **given)
            yield (
                name,
                Case(
                    dossier.with_subject(subject), subject, NOW, EDITIONS, facts, reason, effective_at=given["at"]
                ),
            )


@pytest.mark.parametrize(("kind", "state", "event"), MATRIX)
def test_the_machine_and_the_table_agree(kind: str, state: str, event: str) -> None:
    outcomes: set[Outcome] = set()
    edges = TABLES[kind].get((state, event), ())
    # where nothing leads anywhere, what is given is not looked at
    for name, case in cases(kind, state, event, REASONS if edges else REASONS[:1], good_alone=not edges):
        by_object, by_row = by_machine(case, event), by_table(case, event)
        assert by_object == by_row, name
        outcomes.add(by_row)
    targets = {edge.target for edge in edges}
    assert targets <= outcomes, "the facts above do not reach every target"
    assert outcomes - targets <= {NOT_POSSIBLE, NOT_DUE} | {o for o in outcomes if isinstance(o, tuple)}
    if not targets:
        assert outcomes == {NOT_POSSIBLE}


def test_the_facts_above_meet_every_guard() -> None:
    """Each rule of the diagrams refuses somewhere in the matrix; none of a range, for none is set here."""
    silent = {
        f"{kind} {event}: {rule.__name__}"
        for (kind, state, event) in MATRIX
        for edge in TABLES[kind].get((state, event), ())
        for rule in edge.rules
        if event not in CLOCK_EVENTS
        and not rule.__name__.endswith("in_range")
        and not any(rule(case) for _, case in cases(kind, state, event))
    }
    assert not silent
