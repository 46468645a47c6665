"""Rules about the whole line: each change brings another item, and no option has a Basic day (R17, R19).

They are checked on the finished line, whatever the order of entry. Of two entries that exclude each other, the
later one in legal order loses its effect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import Dossier, Option
from lifecycle.machines.items import item_as_if_in_force
from lifecycle.machines.parts import ItemChange
from lifecycle.terms.art5_drm_option import needs_premium
from lifecycle.terms.art6_cancellation import effect
from lifecycle.terms.editions import Editions
from lifecycle.terms.item_change import changes_in_order, needs_another_item, option_in_the_way
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True)
class ItemTurn:
    """The contract has this item from this day on; change: the item change, None for the application's item."""

    on: date
    item: str
    change: ItemChange | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part whose acceptance excludes another entry. ruling: the rule that says so."""

    subject_id: str
    ruling: Ruling


Order = Mapping[str, int]  # by the id of a part: the place of its acceptance in legal order


def conflicts(dossier: Dossier, order: Order, editions: Editions, today: date) -> Iterator[Conflict]:
    """Return the parts whose acceptance is invalid, none if the whole line is valid.

    order: of all acceptances. today: to find the earliest possible day of a change to Basic.
    """
    if dossier.contract.accepted_on is None or not (dossier.item_changes or dossier.options):
        return
    dossier = _with_hold_to_come(dossier, editions)
    turns = _turns(dossier, order)
    for before, turn in pairwise(turns):
        if turn.item == before.item or turn.on == before.on:
            yield _between_changes(before, turn, order, editions)
    for option in dossier.options:
        for basic in _turns_without_premium(option, turns, editions):
            yield _with_option(option, basic, order, editions, today)


def holds(dossier: Dossier, editions: Editions) -> bool:
    """Whether no entries of the line exclude each other."""
    parts = (*dossier.item_changes, *dossier.options)
    order = {part.id: place for place, part in enumerate(parts)}
    return next(conflicts(dossier, order, editions, date.min), None) is None


def _with_hold_to_come(dossier: Dossier, editions: Editions) -> Dossier:
    """The line as the clock will leave it: with billing that will be held, an option has no days (R17, R28)."""
    contract = dossier.contract
    if contract.due_event != "hold_billing":
        return dossier
    return derive(dossier.with_subject(contract.replace(billing_held=True)), editions)


def in_force(option: Option) -> tuple[date, date | None] | None:
    """The present first and last day of an accepted option; None if its billing never starts."""
    if option.accepted_on is None or option.billing_starts_on is None or option.never_billed:
        return None
    return option.billing_starts_on, option.effective_on


def _turns(dossier: Dossier, order: Order) -> list[ItemTurn]:
    """The item of the application, and each change before the contract's end, by their days."""
    ends_on = dossier.contract.effective_on
    coming = [
        ItemTurn(change.effective_on, change.item, change)
        for change in dossier.item_changes
        if change.state in ("accepted", "effective")
        and change.effective_on is not None
        and (ends_on is None or change.effective_on <= ends_on)
    ]
    coming.sort(key=lambda turn: (turn.on, order[turn.change.id] if turn.change else 0))
    return [ItemTurn(date.min, item_as_if_in_force(dossier, date.min)), *coming]


def _between_changes(before: ItemTurn, turn: ItemTurn, order: Order, editions: Editions) -> Conflict:
    changes = sorted((t.change for t in (before, turn) if t.change is not None), key=lambda c: order[c.id])
    falls, accepted_on = changes[-1], changes[-1].accepted_on
    assert accepted_on is not None
    terms = editions.on(accepted_on)
    same = needs_another_item(before.item, turn.item, terms)
    if same is not None:
        return Conflict(falls.id, same)
    return Conflict(falls.id, changes_in_order(changes[0].id, changes[0].effective_on, terms))


def _turns_without_premium(option: Option, turns: list[ItemTurn], editions: Editions) -> Iterator[ItemTurn]:
    """The turns after which an option in force has a day without Premium."""
    days = in_force(option)
    if days is None or option.accepted_on is None:
        return
    needed = editions.on(option.accepted_on).option_item
    for turn, following in zip(turns, [*turns[1:], None], strict=True):
        lasts = following is None or following.on > days[0]
        if turn.item != needed and lasts and (days[1] is None or turn.on <= days[1]):
            yield turn


def _with_option(option: Option, basic: ItemTurn, order: Order, editions: Editions, today: date) -> Conflict:
    """The later acceptance: of the option, or of the change away from Premium."""
    change = basic.change
    days = in_force(option)
    assert days is not None and option.accepted_on is not None
    if change is None or order[change.id] < order[option.id]:
        day = max(days[0], basic.on)
        ruling = needs_premium(basic.item, day, days[0], editions.on(option.accepted_on))
        assert ruling is not None
        return Conflict(option.id, ruling)
    assert change.accepted_on is not None
    terms = editions.on(change.accepted_on)
    could_end = effect(max(today, change.accepted_on), None, days[0], editions, option=True)
    ruling = option_in_the_way(option.id, days[1], could_end.effective_on, basic.item, basic.on, terms)
    assert ruling is not None
    return Conflict(change.id, ruling)
