"""A clock event declares the fields that its step reads; any other field may change without effect."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

import pytest

from lifecycle.history.store import chain_dossier
from lifecycle.machines.dossier import Contract, Dossier, InformalNotice, Misuse, changes
from lifecycle.machines.step import fire
from lifecycle.machines.table import EVENTS
from lifecycle.machines.unread import STANDING, ReadsMore, with_only
from lifecycle.terms.calendar import TOKYO
from tests.scheduler.books import Story, midnight

SEPTEMBER = date(2022, 9, 1)
OTHER: dict[str, tuple[Any, ...]] = {
    "reference": ("other",),
    "received_on": (date(2021, 12, 31), date(2022, 6, 2)),
    "accepted_on": (date(2021, 12, 31), date(2022, 6, 2)),
    "planned_start_on": (None, date(2022, 6, 7)),
    "billing_from": (None, "x.3"),
    "billing_started": (True, False),
    "item": ("basic", "premium"),
    "requested_billing_start_on": (None, date(2022, 6, 7)),
    "laws_accepted": (True, False),
    "rights_cleared": (True, False),
    "administrator_named": (True, False),
    "delivery": ({"domain": "example.jp", "https": True}, None),
    "met": (("dns",), ()),
    "waived": (("domain", "certificate"),),
    "misuse": ((Misuse("x.5", "2022-06-03T00:00:00+09:00", "stop"),), ()),
    "misuse_due_on": (None, date(2022, 6, 7)),
    "in_form": (True, False),
    "informal": ((InformalNotice("x.4", date(2022, 6, 7)),), ()),
    "informal_on": (None, date(2022, 6, 7)),
    "certificate_expires_on": (None, date(2022, 8, 1)),
    "line_at": (None, datetime(2022, 6, 7, tzinfo=TOKYO)),
    "line_rank": (None, 7),
    "taken_over": (True, False),
    "billed_until": ("2022-05", None),
    "assigned_to": ("sato", None),
    "other_references": (("A-1",), ()),
    "terminated_on": (None, date(2022, 6, 7)),
}  # other values of a field, some of them the very ones of the contract


def due(event: str) -> Contract:
    """A contract at which an event is due by September."""
    story = Story(1).apply(date(2022, 5, 2)).accept(date(2022, 5, 10), date(2022, 6, 1))
    return (story.notify(date(2022, 6, 10)) if event == "terminate" else story).dossier.contract


def outcome(contract: Contract) -> tuple[Any, ...]:
    """What firing its timer writes: the fields that change, and the history row."""
    before = Dossier(contract)
    after, entries = fire(before, contract.id, midnight(SEPTEMBER))
    step = chain_dossier(before, after, entries)
    return changes(before.contract, after.contract), step.history


DECLARED = {
    name: event.clock.reads for name, event in EVENTS["contract"].items() if event.clock and event.clock.reads
}


def test_ends_and_billing_starts_declare_the_fields_they_read() -> None:
    assert set(DECLARED) == {"terminate", "start_billing"}


@pytest.mark.parametrize("event", DECLARED)
def test_no_other_field_moves_the_step(event: str) -> None:
    contract, reads = due(event), DECLARED[event]
    assert contract.due_event == event
    others = [f.name for f in fields(Contract) if f.name not in {*reads, *STANDING}]
    assert len(others) > 10
    for name in others:
        for value in OTHER[name]:
            assert outcome(contract.replace(**{name: value})) == outcome(contract), name


@pytest.mark.parametrize("event", DECLARED)
def test_a_step_depends_only_on_the_fields_it_reads(event: str) -> None:
    contract = due(event)
    assert outcome(with_only(contract, DECLARED[event])) == outcome(contract)


@pytest.mark.parametrize("event", DECLARED)
def test_a_step_that_reads_an_undeclared_field_is_refused(event: str) -> None:
    contract, reads = due(event), DECLARED[event]
    with pytest.raises(ReadsMore):
        outcome(with_only(contract, tuple(name for name in reads if name != "planned_start_on")))


@pytest.mark.parametrize("event", DECLARED)
def test_every_declared_field_is_read(event: str) -> None:
    contract, reads = due(event), DECLARED[event]
    for left_out in reads:
        try:
            same = outcome(with_only(contract, tuple(name for name in reads if name != left_out)))
        except (ReadsMore, TypeError):  # computed with, or written
            continue
        assert same != outcome(contract), left_out
