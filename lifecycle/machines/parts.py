"""The parts of a contract except options: item changes, measures, credits, usage, an erasure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.entity import Entity, Outcome

METER_FIELDS = frozenset(
    ("transcode_hours", "storage_gb", "delivery_gb", "live_hours")
)  # meters with columns of their own
NOTHING = "0"  # the figure of a meter without entries


@dataclass(frozen=True, kw_only=True)
class ItemChange(Entity):
    """A change of the contract's item (Art. 1, 7). former_item: once effective, the replaced item.

    fee_yen: the agreed one-off fee, None if none was set (R22).
    """

    KIND: ClassVar[str] = "item_change"
    FINAL: ClassVar[frozenset[str]] = frozenset(("effective", "rejected", "withdrawn"))

    contract_id: str
    reference: str
    item: str
    received_on: date
    accepted_on: date | None = None
    effective_on: Outcome[date | None] = None
    fee_yen: int | None = None
    former_item: Outcome[str | None] = None
    effective_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class Measure(Entity):
    """A measure of Art. 10, without effect on the contract's state (R30). Instants with zone; ends_at: planned."""

    KIND: ClassVar[str] = "measure"
    FINAL: ClassVar[frozenset[str]] = frozenset(("ended", "lifted"))

    contract_id: str
    measure: str
    ground: str
    notified: bool
    starts_at: datetime
    ends_at: datetime | None = None
    lifted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Credit(Entity):
    """The reduction for one contract after an outage (Art. 8, R25 to R27): facts, then derived values.

    attributable: to the company, None while unknown. since: the start of the part that counts. annulled: the
    outage never happened, or not for this contract. No state is final: facts of the outage and the contract may
    become known late (R26).
    """

    KIND: ClassVar[str] = "credit"
    FINAL: ClassVar[frozenset[str]] = frozenset()

    contract_id: str
    outage_id: str
    known_at: datetime
    recovered_at: datetime | None = None
    attributable: bool | None = None
    claimed_at: datetime | None = None
    claimed_from: str | None = None
    annulled: bool = False
    since: datetime | None = None
    units: Outcome[int] = 0
    amount_yen: Outcome[int] = 0
    claimable_on: Outcome[date | None] = None
    last_claim_on: Outcome[date | None] = None


@dataclass(frozen=True, kw_only=True)
class Usage(Entity):
    """A contract's use in a month, by meter, as decimal text (Annex 1, R24).

    meters: those without a field of their own, None if there are none.
    """

    KIND: ClassVar[str] = "usage"
    FINAL: ClassVar[frozenset[str]] = frozenset()

    contract_id: str
    month: str
    transcode_hours: str = NOTHING
    storage_gb: str = NOTHING
    delivery_gb: str = NOTHING
    live_hours: str = NOTHING
    meters: Mapping[str, str] | None = None

    def used(self, meter: str) -> str:
        """The figure of a meter, 0 if none is recorded."""
        figure: str = getattr(self, meter) if meter in METER_FIELDS else (self.meters or {}).get(meter, NOTHING)
        return figure


@dataclass(frozen=True, kw_only=True)
class Erasure(Entity):
    """The erasure of a contract's personal data after its end; its row records who requested it and why."""

    KIND: ClassVar[str] = "erasure"
    FINAL: ClassVar[frozenset[str]] = frozenset(("erased",))

    contract_id: str
    erased_at: datetime


@dataclass(frozen=True, kw_only=True)
class Outage(Entity):
    """A time in which the service could not be used at all (Art. 8). known_at: when the company knew.

    source: its own alert, or the reporting person. attributable: to the company, None while unknown. contracts:
    the affected ones, None for all. service: only this service's contracts, None for all.
    """

    KIND: ClassVar[str] = "outage"
    FINAL: ClassVar[frozenset[str]] = frozenset(("annulled",))

    known_at: datetime
    source: str
    recovered_at: datetime | None = None
    attributable: bool | None = None
    contracts: tuple[str, ...] | None = None
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class Edition(Entity):
    """A recorded version of the terms. terms_version: its first day in force. edition: its hash."""

    KIND: ClassVar[str] = "edition"
    FINAL: ClassVar[frozenset[str]] = frozenset()

    service: str
    terms_version: str
    edition: str
