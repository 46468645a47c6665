"""An item change lapses because the contract ends before it takes effect (R15)."""

from lifecycle.machines.check import AnyCase, due
from lifecycle.machines.derive import deciding_notice
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Clock, Event, received_on
from lifecycle.machines.facts import NoFacts
from lifecycle.machines.parts import ItemChange
from lifecycle.terms.calendar import DAY
from lifecycle.terms.item_change import contract_over
from lifecycle.terms.ruling import Ruling


def rulings(case: AnyCase, after: ItemChange, dossier: Dossier) -> tuple[Ruling, ...]:
    """The contract ends first."""
    ends_on = case.contract.effective_on
    if ends_on is None:
        return ()
    over = contract_over(ends_on, after.effective_on or ends_on + DAY, case.editions.on(received_on(case)))
    return (over,) if over else ()


LAPSE_ITEM_CHANGE: Event[ItemChange, NoFacts] = Event(
    name="lapse",
    facts=NoFacts,
    rulings=rulings,
    rules=(due("lapse"),),
    clock=Clock(
        rank=3,
        facts=lambda dossier, change: NoFacts(),
        cause=lambda change, dossier, editions: deciding_notice(dossier.contract, editions),
    ),
)
