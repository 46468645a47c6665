"""Which item a contract has on a day: the present one, what it was before, what accepted changes will make it."""

from datetime import date

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.parts import ItemChange


def item_on(dossier: Dossier, day: date) -> str | None:
    """The contract's item on a day, None where the contract is over by then."""
    contract = dossier.contract
    if contract.effective_on is not None and day > contract.effective_on:
        return None
    return item_as_if_in_force(dossier, day)


def item_as_if_in_force(dossier: Dossier, day: date) -> str:
    """The contract's item on a day, its end left aside."""
    item = dossier.contract.item
    if not dossier.item_changes:
        return item
    timeline = changes_in_order(dossier)
    done = [change for change in timeline if change.state == "effective"]
    if done and done[0].former_item is not None:
        item = done[0].former_item
    for change in timeline:
        if change.effective_on is not None and change.effective_on <= day:
            item = change.item
    return item


def item_applied_for(dossier: Dossier) -> str:
    """The item of the contract's application, as accepted: no item change touches it (R22)."""
    done = [change for change in changes_in_order(dossier) if change.state == "effective"]
    return done[0].former_item or dossier.contract.item if done else dossier.contract.item


def changes_in_order(dossier: Dossier) -> list[ItemChange]:
    """The changes that are effective or accepted, in the order of their days."""
    binding = [c for c in dossier.item_changes if c.state in ("accepted", "effective")]
    return sorted(binding, key=lambda c: (c.effective_on or date.max, c.id))


def pending_changes(dossier: Dossier) -> list[ItemChange]:
    """The accepted changes still to come, in the order of their days."""
    return [change for change in changes_in_order(dossier) if change.state == "accepted"]


def binding_after(dossier: Dossier, day: date) -> ItemChange | None:
    """The first accepted or effective change on that day or later."""
    later = [c for c in changes_in_order(dossier) if c.effective_on is not None and c.effective_on >= day]
    return later[0] if later else None
