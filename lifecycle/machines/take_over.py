"""A running contract is taken over: its past entries in legal order, each as one step (R16, R41). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.events.accept import AcceptContract
from lifecycle.machines.events.accept_item_change import AcceptItemChange
from lifecycle.machines.events.accept_option import AcceptOption
from lifecycle.machines.events.apply import ApplyForContract
from lifecycle.machines.events.apply_for_item_change import ApplyForItemChange
from lifecycle.machines.events.apply_for_option import ApplyForOption
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.machines.facts import Facts
from lifecycle.machines.in_time import noted
from lifecycle.machines.open import open_contract, open_part
from lifecycle.machines.step import Act, Entry, apply_act
from lifecycle.machines.table import event_of
from lifecycle.terms.calendar import start_of
from lifecycle.terms.editions import EDITIONS, Editions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOption:
    """The DRM option of a running contract. notice: days of arrival and choice of its valid notice."""

    application: ApplyForOption
    acceptance: AcceptOption
    notice: NotifyCancellation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningContract:
    """A running contract as the facts of its entries. changes: its item changes, oldest first."""

    application: ApplyForContract
    acceptance: AcceptContract
    changes: tuple[tuple[ApplyForItemChange, AcceptItemChange], ...] = ()
    option: RunningOption | None = None
    notice: NotifyCancellation | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Who records it, when and why."""

    actor: str
    now: datetime
    reason: str | None


def entries_of_running(
    contract_id: str, running: RunningContract, recording: Recording, new_id: Callable[[str], str]
) -> list[HumanEntry]:
    """Return the entries of a running contract. new_id: the id of a new part, by its kind."""
    found: list[HumanEntry] = []

    def add(kind: str, subject_id: str, event: str, facts: Facts, on: date) -> None:
        opens = event == "apply"
        found.append(_entry(kind, subject_id, event_of(kind, event), facts, on, recording, len(found), opens))

    add("contract", contract_id, "apply", running.application, running.application.received_on)
    add("contract", contract_id, "accept", running.acceptance, running.acceptance.accepted_on)
    for asked, accepted in running.changes:
        change_id = new_id("item_change")
        add("item_change", change_id, "apply", asked, asked.received_on)
        add("item_change", change_id, "accept", accepted, accepted.accepted_on)
    if (option := running.option) is not None:
        option_id = new_id("option")
        add("option", option_id, "apply", option.application, option.application.received_on)
        add("option", option_id, "accept", option.acceptance, option.acceptance.accepted_on)
        if option.notice is not None:
            add("option", option_id, "notify_cancellation", option.notice, option.notice.arrived_on)
    if running.notice is not None:
        add("contract", contract_id, "notify_cancellation", running.notice, running.notice.arrived_on)
    return found


def _entry(
    kind: str, subject_id: str, event: AnyEvent, facts: Facts, on: date, recording: Recording, number: int,
    opens: bool,
) -> HumanEntry:  # fmt: skip
    return HumanEntry(
        id=f"{subject_id}~{number}", subject_id=subject_id, kind=kind, event=event, facts=facts, at=start_of(on),
        recorded_at=recording.now, number=number, actor=recording.actor, reason=recording.reason, opens=opens,
    )  # fmt: skip


def take_over(entries: Sequence[HumanEntry], now: datetime, editions: Editions = EDITIONS) -> "TakenOver":
    """Take each entry at its place, with the clock's steps between them. entries: the contract's opening first.

    Every rule is checked as if the entry were in time, except those about the instant of recording. Raises
    NotPossible, Refused, NotInForce.
    """
    dossier: Dossier | None = None
    steps: list[Entry] = []
    ordered = _in_order(entries)
    for entry in ordered:
        if dossier is not None:
            dossier, more = catch_up(dossier, min(entry.at, now), editions, now)
            steps += more
        dossier, more = _step(dossier, entry, editions)
        steps += more
    assert dossier is not None
    dossier, more = catch_up(noted(dossier, ordered[-1]), now, editions)
    return TakenOver(dossier, (*steps, *more))


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The dossier of a running contract, and the rows to be written."""

    dossier: Dossier
    entries: tuple[Entry, ...]


def _in_order(whole: Sequence[HumanEntry]) -> list[HumanEntry]:
    """The entries, which have days only, in legal order. An impossible entry comes after those it depends on,
    where a rule refuses it.

    Of acceptances of one day the option's comes last, because it may depend on the item (R17).
    """
    first, opened = whole[0].at, {entry.subject_id: entry.at for entry in whole if entry.opens}

    def place(entry: HumanEntry) -> tuple[datetime, int, bool, int]:
        at = max(entry.at, first, opened[entry.subject_id])
        return at, entry.event.rank, entry.kind == "option", entry.number

    return sorted(whole, key=place)


def _step(dossier: Dossier | None, entry: HumanEntry, editions: Editions) -> tuple[Dossier, tuple[Entry, ...]]:
    act = Act(
        entry.event.name, entry.subject_id, entry.facts, entry.actor, entry.recorded_at, entry.at, entry.reason
    )
    if not entry.opens:
        assert dossier is not None
        return apply_act(dossier, act, editions)
    subject: Any = entry.opened()
    if dossier is None:
        opened, row = open_contract(subject, act, editions)
    else:
        opened, row = open_part(dossier, subject, act, editions)
    return opened, (row,)
