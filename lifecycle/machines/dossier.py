"""The recorded facts about one contract and its options. Immutable; a step creates new ones (R33)."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress
from operator import is_not
from typing import Any, ClassVar, Literal, NamedTuple

from lifecycle.machines.entity import Entity, Outcome
from lifecycle.machines.parts import Credit, Erasure, ItemChange, Measure, Usage
from lifecycle.terms.art3_art4_conditions import conditions_needed, met_at_application
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.version import DEFAULT_OPTION

State = Literal["applied", "accepted", "billing", "cancel_notified", "terminated", "rejected", "withdrawn"]
FINAL = frozenset(("terminated", "rejected", "withdrawn"))


class Notice(NamedTuple):
    """One cancellation notice. id: the id of its history row.

    by: the customer; the company, which ends the contract on chosen_on (R31); or both sides, who agreed on that
    day, with owed_yen for the rest (R38), and arrived_on the day of the agreement.
    """

    id: str
    arrived_on: date
    chosen_on: date | None
    keyed_on: date
    revoked: bool = False
    by: Literal["customer", "company", "agreement"] = "customer"
    owed_yen: int | None = None


class InformalNotice(NamedTuple):
    """A request to end that is not in the company's form (R44). id: the id of its history row."""

    id: str
    arrived_on: date
    channel: str | None = None


class Misuse(NamedTuple):
    """A report of misuse (Art. 4(4), R29). id: the id of its history row.

    follow_up: the measures taken. comply_by: the last day to follow the instruction.
    """

    id: str
    found_at: str
    instruction: str
    follow_up: str | None = None
    comply_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject(Entity):
    """What a contract and an option have in common: facts, then derived values.

    billing_from: the id of the history row that set the billing start; planned_start_on: as agreed. in_form:
    whether the application is in the company's form; informal: requests to end that are not, without a later
    notice in the form; informal_on: the arrival of the first one (R44). rulings_said: the row of the chain that
    contains the rulings in full. Derived: billing_starts_on to decided_by, and the timer.
    """

    FINAL: ClassVar[frozenset[str]] = FINAL

    reference: str
    received_on: date
    accepted_on: date | None = None
    planned_start_on: date | None = None
    billing_from: str | None = None
    billing_started: bool = False
    notices: tuple[Notice, ...] = ()
    in_form: bool = True
    informal: tuple[InformalNotice, ...] = ()
    informal_on: date | None = None
    billing_starts_on: Outcome[date | None] = None
    minimum_term_ends_on: Outcome[date | None] = None
    effective_on: Outcome[date | None] = None
    decided_by: Outcome[str | None] = None
    terminated_on: Outcome[date | None] = None
    rulings_said: str | None = None

    @property
    def never_billed(self) -> bool:
        """Whether it ends before billing starts (R11)."""
        starts_on, ends_on = self.billing_starts_on, self.effective_on
        return starts_on is not None and ends_on is not None and ends_on < starts_on

    @property
    def standing_notices(self) -> tuple[Notice, ...]:
        """The notices that have not been revoked."""
        return tuple([n for n in self.notices if not n.revoked]) if self.notices else ()


@dataclass(frozen=True, kw_only=True)
class Contract(Subject):
    """One contract, from the application on. `delivery`: domain and HTTPS as applied for (Art. 3).

    met, waived: conditions of Art. 3(1) that are met, or waived by the operator. billing_held: a condition was
    open on the agreed start, and the operator has not set another start (R28). part_kinds: the kinds of its parts.
    line_at, line_rank: the place of the newest entry in legal order; None: unknown, to be read from the history;
    in the year 9999 while a recorded entry is without effect, because each later entry may restore its effect.
    taken_over: it was running when it was entered here; billed_until: the last month billed elsewhere (R41).
    misuse_due_on: the first day by which an instruction must be followed. assigned_to: the person responsible
    (R43). other_references: further references, also of other systems. service: whose terms govern it.
    certificate_expires_on: the certificate's last day, from the acceptance on.
    """

    KIND: ClassVar[str] = "contract"

    item: str
    requested_billing_start_on: date | None = None
    laws_accepted: bool = False
    rights_cleared: bool = False
    administrator_named: bool = False
    delivery: dict[str, Any] | None = None
    met: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    billing_held: bool = False
    misuse: tuple[Misuse, ...] = ()
    misuse_due_on: date | None = None
    certificate_expires_on: date | None = None
    part_kinds: int = 0
    line_at: datetime | None = None
    line_rank: int | None = None
    taken_over: bool = False
    billed_until: str | None = None
    assigned_to: str | None = None
    other_references: tuple[str, ...] = ()
    service: str = DEFAULT_SERVICE

    @property
    def starts_on(self) -> date | None:
        """The billing start for the rules: as agreed, none while it is held (R28)."""
        return None if self.billing_held else self.planned_start_on

    @property
    def open_conditions(self) -> tuple[str, ...]:
        """The conditions that are neither met nor waived, in the order of the article."""
        needed = conditions_needed(self.delivery)
        if not needed:
            return ()
        settled = (*met_at_application(self.delivery), *self.met, *self.waived)
        return tuple([name for name in needed if name not in settled])


class FeeAgreement(NamedTuple):
    """Another monthly fee of an option, agreed from a day on (R22). id: the id of its history row."""

    id: str
    monthly_fee_yen: int
    from_on: date
    agreed_on: date


@dataclass(frozen=True, kw_only=True)
class Option(Subject):
    """An option of a contract, fees in yen as quoted (R21). fees: monthly fees agreed later, in that order."""

    KIND: ClassVar[str] = "option"

    contract_id: str
    kind: str = DEFAULT_OPTION
    initial_fee_yen: int | None = None
    monthly_fee_yen: int | None = None
    minimum_term_cut_days: Outcome[int] = 0
    fees: tuple[FeeAgreement, ...] = ()

    def monthly_fee_on(self, day: date) -> int | None:
        """The monthly fee in yen of a day: by the newest agreement about it, else as quoted (R22)."""
        fee = self.monthly_fee_yen
        for agreement in self.fees:
            if agreement.from_on <= day:
                fee = agreement.monthly_fee_yen
        return fee


Holder = Contract | Option
CLASSES: dict[str, type[Entity]] = {
    cls.KIND: cls for cls in (Contract, Option, ItemChange, Measure, Credit, Usage, Erasure)
}
PARTS: dict[str, tuple[str, int]] = {
    "option": ("options", 1),
    "item_change": ("item_changes", 2),
    "measure": ("measures", 4),
    "credit": ("credits", 8),
    "usage": ("usages", 16),
    "erasure": ("erasures", 32),
}  # kind → the dossier's field, and the bit of Contract.holds


class Dossier(NamedTuple):
    """All facts of one contract: the unit that is locked, stepped and written together."""

    contract: Contract
    options: tuple[Option, ...] = ()
    item_changes: tuple[ItemChange, ...] = ()
    measures: tuple[Measure, ...] = ()
    credits: tuple[Credit, ...] = ()
    usages: tuple[Usage, ...] = ()
    erasures: tuple[Erasure, ...] = ()

    @property
    def service(self) -> str:
        """The service whose terms govern the contract."""
        return self.contract.service

    @property
    def subjects(self) -> tuple[Any, ...]:
        """The contract, then all its parts."""
        if not any(self[1:]):
            return self[:1]  # the most frequent case
        contract, options, items, measures, credits, usages, erasures = self
        return (contract, *options, *items, *measures, *credits, *usages, *erasures)

    @property
    def parts_version(self) -> int:
        """A version that grows whenever a part in the contract's answer is opened or changed; 0 without parts."""
        parts: tuple[Any, ...] = (*self.options, *self.item_changes, *self.measures, *self.erasures)
        return sum([part.version for part in parts])

    def subject(self, subject_id: str) -> Any:
        """The contract, option or other part with that id. Raises KeyError."""
        if self.contract.id == subject_id:
            return self.contract
        for part in self.subjects[1:]:
            if part.id == subject_id:
                return part
        raise KeyError(subject_id)

    def with_subject(self, subject: Entity) -> "Dossier":
        """The dossier with one subject replaced, or a part added."""
        if isinstance(subject, Contract):
            return Dossier(subject, *self[1:])
        field, bit = PARTS[subject.KIND]
        others = [part for part in getattr(self, field) if part.id != subject.id]
        parts = tuple(sorted((*others, subject), key=lambda part: part.id))
        contract = self.contract.replace(part_kinds=self.contract.part_kinds | bit)
        return self._replace(contract=contract, **{field: parts})


def row_id(subject_id: str, seq: int) -> str:
    """The id of a history row: its subject and its number in the subject's chain."""
    return f"{subject_id}.{seq}"


def kind_of(subject: Entity) -> str:
    """The kind of a subject, which names its table and machine."""
    return subject.KIND


def changes(old: Entity | None, new: Entity) -> dict[str, Any]:
    """The fields that differ, with their new values."""
    if old is None:
        return dict(vars(new))
    was, now = vars(old), vars(new)
    others = compress(now.items(), map(is_not, now.values(), map(was.__getitem__, now)))  # few
    return {name: value for name, value in others if value != was[name]}
