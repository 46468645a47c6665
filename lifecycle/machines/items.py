"""Which item a contract has on a day: now, in the past, and by accepted changes."""

from datetime import date

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.parts import ItemChange


def item_on(dossier: Dossier, day: date) -> str | None:
    """The contract's item on a day, None after the contract's end."""
    contract = dossier.contract
    if contract.effective_on is not None and day > contract.effective_on:
        return None
    return item_as_if_in_force(dossier, day)


def item_as_if_in_force(dossier: Dossier, day: date) -> str:
    """The contract's item on a day, regardless of its end."""
    return next(item for since, item in reversed(items_by_day(dossier)) if since <= day)


def items_by_day(dossier: Dossier) -> list[tuple[date, str]]:
    """The contract's items in order, each with its first day; the first item has none."""
    item, timeline = dossier.contract.item, changes_in_order(dossier) if dossier.item_changes else []
    done = [change for change in timeline if change.state == "effective"]
    if done and done[0].former_item is not None:
        item = done[0].former_item
    return [(date.min, item)] + [(c.effective_on, c.item) for c in timeline if c.effective_on is not None]


def item_applied_for(dossier: Dossier) -> str:
    """The item of the contract's application, as accepted: item changes do not affect it (R22)."""
    done = [change for change in changes_in_order(dossier) if change.state == "effective"]
    return done[0].former_item or dossier.contract.item if done else dossier.contract.item


def changes_in_order(dossier: Dossier) -> list[ItemChange]:
    """The changes that are effective or accepted, in the order of their days."""
    binding = [c for c in dossier.item_changes if c.state in ("accepted", "effective")]
    return sorted(binding, key=lambda c: (c.effective_on or date.max, c.id))


def pending_changes(dossier: Dossier) -> list[ItemChange]:
    """The accepted future changes, in the order of their days."""
    return [change for change in changes_in_order(dossier) if change.state == "accepted"]


def binding_after(dossier: Dossier, day: date) -> ItemChange | None:
    """The first accepted or effective change on that day or later."""
    later = [c for c in changes_in_order(dossier) if c.effective_on is not None and c.effective_on >= day]
    return later[0] if later else None
