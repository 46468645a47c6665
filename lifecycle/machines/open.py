"""The first row of every lifecycle: an application is received, a measure taken, usage recorded, data erased."""

from lifecycle.machines.check import AnyCase, Case, Refused, refusals
from lifecycle.machines.derive import derive
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.step import Act, Entry
from lifecycle.machines.table import OPENINGS, NotPossible
from lifecycle.terms.editions import EDITIONS, Editions

ONLY_LIVING = frozenset(
    ("option", "item_change", "measure")
)  # usage and credits may come after the contract's end
ONLY_OVER = frozenset(("erasure",))


def open_contract(contract: Contract, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, Entry]:
    """Return a new contract with its application. Raises Refused."""
    return _open(Dossier(contract), contract, act, editions)


def open_part(dossier: Dossier, part: Entity, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, Entry]:
    """Return a dossier with a new part and its first row. Raises NotPossible before or after the contract,
    Refused.
    """
    if part.KIND in (ONLY_OVER if dossier.contract.live else ONLY_LIVING):
        raise NotPossible(act.event, dossier.contract.state)
    return _open(dossier, part, act, editions)


def _open(dossier: Dossier, subject: Entity, act: Act, editions: Editions) -> tuple[Dossier, Entry]:
    event, editions = OPENINGS[subject.KIND], editions.governing(dossier.contract)
    case: AnyCase = Case(dossier, subject, act.now, editions, act.facts, act.reason, act.effective_at)
    case = case.governed(event.governed_on(case))
    if refusing := refusals(event.rules, case):
        raise Refused(refusing)
    opened = derive(dossier.with_subject(subject.replace(seq=1, version=1)), editions)
    after = opened.subject(subject.id)
    rulings = event.rulings(case, after, opened)
    entry = Entry(after, act.event, None, after.state, act, None, act.facts.to_json(), rulings, (), case.terms())
    return opened, entry
