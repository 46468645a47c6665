"""The facts on record about one contract and its options. Immutable; a step makes new ones (R33)."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, Self

State = Literal["applied", "accepted", "billing", "cancel_notified", "terminated", "rejected", "withdrawn"]
FINAL = frozenset(("terminated", "rejected", "withdrawn"))


@dataclass(frozen=True, slots=True)
class Notice:
    """One cancellation notice. id: the id of the history row that entered it."""

    id: str
    arrived_on: date
    chosen_on: date | None
    keyed_on: date
    revoked: bool = False


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a contract and an option have in common: facts first, then what follows from them.

    billing_from: the id of the history row that set the billing start; planned_start_on: as agreed.
    version: grows with every write. seq, head_hash: the newest row of the subject's hash chain.
    Derived: billing_starts_on to due_at.
    """

    id: str
    reference: str
    state: str
    received_on: date
    accepted_on: date | None = None
    planned_start_on: date | None = None
    billing_from: str | None = None
    billing_started: bool = False
    notices: tuple[Notice, ...] = ()
    billing_starts_on: date | None = None
    minimum_term_ends_on: date | None = None
    effective_on: date | None = None
    decided_by: str | None = None
    terminated_on: date | None = None
    due_event: str | None = None
    due_at: datetime | None = None
    version: int = 0
    seq: int = 0
    head_hash: str | None = None

    @property
    def live(self) -> bool:
        """Whether the life of the contract or option is not over."""
        return self.state not in FINAL

    @property
    def standing_notices(self) -> tuple[Notice, ...]:
        """The notices that have not been taken back."""
        return tuple([n for n in self.notices if not n.revoked]) if self.notices else ()

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The subject with exactly these fields, all of them given: how a stored row becomes one."""
        subject = object.__new__(cls)
        object.__setattr__(subject, "__dict__", values)
        return subject

    def but(self, **changes: Any) -> Self:
        """The subject with some fields changed; itself where they say nothing new.

        As dataclasses.replace, at a tenth of its price: a sweep makes several per row.
        """
        mine = vars(self)
        fields = mine | changes
        assert len(fields) == len(mine)  # no name but the subject's own
        return self if fields == mine else self.of(fields)


@dataclass(frozen=True, kw_only=True)
class Contract(Subject):
    """One contract, from the application on. `delivery`: domain and HTTPS as applied for (Art. 3)."""

    item: str
    requested_billing_start_on: date | None = None
    laws_accepted: bool = False
    rights_cleared: bool = False
    administrator_named: bool = False
    delivery: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Option(Subject):
    """One DRM option of a contract. Fees in yen as quoted to the customer (R21)."""

    contract_id: str
    kind: str = "drm"
    initial_fee_yen: int | None = None
    monthly_fee_yen: int | None = None
    minimum_term_cut_days: int = 0


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything on record about one contract: the unit that is locked, stepped and written together."""

    contract: Contract
    options: tuple[Option, ...] = ()

    @property
    def subjects(self) -> "tuple[Contract | Option, ...]":
        """The contract, then its options."""
        return (self.contract, *self.options)

    def subject(self, subject_id: str) -> Contract | Option:
        """The contract or option with that id. Raises KeyError."""
        if self.contract.id == subject_id:
            return self.contract
        for option in self.options:
            if option.id == subject_id:
                return option
        raise KeyError(subject_id)

    def with_subject(self, subject: Contract | Option) -> "Dossier":
        """The dossier with one subject replaced, or an option added."""
        if isinstance(subject, Contract):
            return Dossier(subject, self.options)
        others = [o for o in self.options if o.id != subject.id]
        return Dossier(self.contract, tuple(sorted((*others, subject), key=lambda o: o.id)))


def row_id(subject_id: str, seq: int) -> str:
    """The id of a history row: its subject and its place in the subject's chain."""
    return f"{subject_id}.{seq}"


def kind_of(subject: Subject) -> str:
    """`contract` or `option`: which table and which machine."""
    return "contract" if isinstance(subject, Contract) else "option"


def changes(old: Subject | None, new: Subject) -> dict[str, Any]:
    """The fields that differ, with their new values."""
    return {
        f.name: getattr(new, f.name)
        for f in fields(new)
        if old is None or getattr(old, f.name) != getattr(new, f.name)
    }
