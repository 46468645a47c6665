"""Commands of one transaction whose contracts are read together and whose steps are stored together.

The rows of a file are such commands: alone each takes ten statements, in a batch two or three.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import FINAL, Dossier
from lifecycle.machines.enter import Entered
from lifecycle.records.mapping import load, load_many
from lifecycle.records.references import bearers


class CannotWait(Exception):
    """The effect of a command must be written immediately: it is rolled back and executed alone."""


@dataclass(slots=True)
class Together:
    """The contracts that are read and locked, and the steps to be stored: at most one per contract. references:
    opened by these steps. free: the keys of those that nothing in the database has. before: the contract as the
    current command found it.
    """

    conn: Connection
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    steps: dict[str, ChainedStep] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    before: Dossier | None = None

    def read(self, contract_ids: Iterable[str]) -> None:
        """Read and lock contracts; those that are over are read on demand."""
        found = load_many(self.conn, sorted(set(contract_ids)), lock=True)
        self.dossiers |= {id_: one for id_, one in found.items() if one.contract.state not in FINAL}

    def look_up(self, kind: str, references: Iterable[str]) -> None:
        """Look up which references of new parts of a kind are free."""
        names = list(references)
        borne = bearers(self.conn, kind, names)
        self.free |= {reference_key(name) for name in names if name not in borne}

    def is_free(self, reference: str) -> bool:
        """Whether no stored subject has a reference that was looked up, apart from the steps to be stored."""
        return reference_key(reference) in self.free

    def turn_to(self, contract_id: str, reference: str | None = None) -> None:
        """Begin a command about a contract, which may open a subject with a reference.

        Steps of others about it, or with the same reference, are stored first.
        """
        self.before = None
        if contract_id in self.steps or (reference is not None and reference_key(reference) in self.references):
            self.store()

    def dossier(self, contract_id: str) -> Dossier:
        """A contract, locked. Raises Unknown, Archived."""
        if contract_id not in self.dossiers:
            self.dossiers[contract_id] = load(self.conn, contract_id, lock=True)
        return self.dossiers[contract_id]

    def keep(self, before: Dossier, found: Entered) -> Dossier:
        """Keep a step to be stored. Raises CannotWait if the effect has more than that."""
        contract_id = before.contract.id
        if found.rewritten is not None or contract_id in self.steps:
            raise CannotWait
        step = chain_dossier(before, found.dossier, found.entries)
        self.before, self.steps[contract_id] = before, step
        self.references |= _opened(step)
        self.dossiers[contract_id] = step.in_dossier(found.dossier)
        return self.dossiers[contract_id]

    def undo(self) -> None:
        """Discard the current command."""
        if self.before is not None:
            contract_id = self.before.contract.id
            self.references -= _opened(self.steps.pop(contract_id))
            self.dossiers[contract_id], self.before = self.before, None

    def store(self) -> None:
        """Store the steps. Raises ConcurrentChange."""
        store(self.conn, self.steps.values())
        self.steps.clear()
        self.free -= self.references
        self.references.clear()
        self.before = None

    def forget(self, contract_id: str, reference: str | None = None) -> None:
        """Read a contract and the bearer of a reference again on demand, because both were written elsewhere."""
        self.dossiers.pop(contract_id, None)
        if reference is not None:
            self.free.discard(reference_key(reference))


def _opened(step: ChainedStep) -> set[str]:
    """The references of what a step opens."""
    found = (getattr(new, "reference", None) for old, new in step.changed if old is None)
    return {reference_key(reference) for reference in found if reference is not None}
