"""The parts of a contract besides its options: item changes, measures, credits, usage."""

from datetime import datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.open_credit import rulings
from lifecycle.machines.parts import Credit, ItemChange, Measure, Usage
from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.closed_sets import (
    CreditState,
    ItemChangeState,
    ItemName,
    MeasureKind,
    MeasureState,
    PartEvent,
)
from lifecycle.queries.views.common import Next, RulingView, next_view, rulings_view
from lifecycle.queries.views.fields import (
    ContractId,
    Day,
    InPreview,
    Instant,
    MonthText,
    NextPage,
    Reference,
    Version,
    Yen,
    about,
    view,
)
from lifecycle.queries.views.options import possible
from lifecycle.terms.calendar import instant, iso_day, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions, meter_names

PartId = Annotated[str, Field(examples=["i_01g1793000mdgr1ppmy0ffgaq3"])]
Meter = Annotated[str, Field(examples=["120.5"])]  # a decimal number as text


class Part(TypedDict):
    """What all parts of a contract have."""

    changes: NotRequired[Annotated[Changes, about("What a late entry or a correction changed in the past.")]]
    id: Annotated[PartId, about("Its id.")]
    contract_id: Annotated[ContractId, about("The contract that it belongs to.")]
    version: Version
    next: Annotated[Next | None, about("The next event of the clock; null for none.")]
    allowed_events: Annotated[list[PartEvent], about("The events that a person can enter now.")]


@view
class ItemChangeView(Part):
    """A change of the item (Art. 1, 7)."""

    state: Annotated[ItemChangeState, about("The state."), InPreview(first=True)]
    reference: Annotated[Reference, about("The reference of its application.")]
    item: Annotated[ItemName, about("The item applied for."), InPreview()]
    former_item: Annotated[ItemName | None, about("The item that it replaced; null before it takes effect.")]
    received_on: Annotated[Day, about("The day on which the application was received.")]
    accepted_on: Annotated[Day | None, about("The day of acceptance; null before.")]
    effective_on: Annotated[
        Day | None, about("The first day of the new item; null before acceptance."), InPreview()
    ]
    fee_yen: Annotated[Yen | None, about("The agreed one-off fee in yen; null if none is set (R22)."), InPreview()]


@view
class MeasureView(Part):
    """A measure of Art. 10."""

    state: Annotated[MeasureState, about("The state."), InPreview(first=True)]
    kind: Annotated[MeasureKind, about("The kind of measure."), InPreview()]
    ground: Annotated[str, about("The ground for it.", "A rights holder's complaint"), InPreview()]
    notified: Annotated[bool, about("Whether the customer was notified.", True)]
    starts_at: Annotated[Instant, about("The instant from which it is in force."), InPreview()]
    ends_at: Annotated[Instant | None, about("Its planned end; null for none."), InPreview()]
    lifted_at: Annotated[Instant | None, about("When it was lifted; null if it was not."), InPreview()]


@view
class CreditView(Part):
    """The credit of a contract for an outage (Annex 2)."""

    state: Annotated[CreditState, about("The state."), InPreview(first=True)]
    outage: Annotated[str, about("The outage, by its id.", "x_01g1793000mdgr1ppmy0ffgaq3")]
    known_at: Annotated[Instant, about("When the company knew of the outage.")]
    recovered_at: Annotated[Instant | None, about("The instant of recovery; null while the outage continues.")]
    attributable: Annotated[
        bool | None, about("Whether the outage is the company's own fault; null while unknown.", True)
    ]
    units: Annotated[int, about("The units of 24 hours that count.", 2), InPreview()]
    amount_yen: Annotated[Yen, about("The reduction in whole yen."), InPreview()]
    claimable_on: Annotated[Day | None, about("The first day for a claim; null for none yet."), InPreview()]
    last_claim_on: Annotated[Day | None, about("The last day for a claim (R27); null for none yet."), InPreview()]
    claimed_on: Annotated[Day | None, about("The day of the claim; null for none."), InPreview()]
    because: Annotated[list[RulingView], about("The rulings from which units, amount and days follow.")]


@view
class UsageView(TypedDict):
    """A month's usage by meter (Annex 1, R24): decimal numbers as text, so that none is rounded."""

    changes: NotRequired[
        Annotated[Changes, about("What the entry changed in the past, as in a month that was sent.")]
    ]
    id: Annotated[PartId, about("Its id.")]
    contract_id: Annotated[ContractId, about("The contract that it belongs to.")]
    month: Annotated[MonthText, about("The month, in Japan.")]
    transcode_hours: Annotated[Meter, about("Transcoding, in hours; 0 for a service without it.")]
    storage_gb: Annotated[Meter, about("Storage, in GB; 0 for a service without it.")]
    delivery_gb: Annotated[Meter, about("Delivery, in GB; 0 for a service without it.")]
    live_hours: Annotated[Meter, about("Live channels, in hours; 0 for a service without it.")]
    meters: Annotated[
        dict[str, Meter], about("The figure of each meter of the contract's service.", {"storage_gb": "80"})
    ]
    version: Version


class Credits(TypedDict):
    """A contract's credits."""

    items: Annotated[list[CreditView], about("The credits, oldest first.")]
    next: NextPage


class Parts(TypedDict):
    """A contract's item changes or measures."""

    items: Annotated[list[ItemChangeView | MeasureView], about("The item changes, or the measures, oldest first.")]
    next: NextPage


def item_change_view(dossier: Dossier, change_id: str, now: datetime) -> ItemChangeView:
    """An item change; fee_yen is null if none was set (R22)."""
    change: ItemChange = dossier.subject(change_id)
    return {
        **_part(dossier, change, now),
        "state": change.state,
        "reference": change.reference,
        "item": change.item,
        "former_item": change.former_item,
        "received_on": change.received_on.isoformat(),
        "accepted_on": iso_day(change.accepted_on),
        "effective_on": iso_day(change.effective_on),
        "fee_yen": change.fee_yen,
    }


def measure_view(dossier: Dossier, measure_id: str, now: datetime) -> MeasureView:
    """A measure of Art. 10."""
    measure: Measure = dossier.subject(measure_id)
    return {
        **_part(dossier, measure, now),
        "state": measure.state,
        "kind": measure.measure,
        "ground": measure.ground,
        "notified": measure.notified,
        "starts_at": instant(measure.starts_at),
        "ends_at": instant(measure.ends_at),
        "lifted_at": instant(measure.lifted_at),
    }


def usage_view(dossier: Dossier, usage_id: str) -> UsageView:
    """A month's usage, decimals as text."""
    usage: Usage = dossier.subject(usage_id)
    return {
        "id": usage.id,
        "contract_id": usage.contract_id,
        "month": usage.month,
        "transcode_hours": usage.transcode_hours,
        "storage_gb": usage.storage_gb,
        "delivery_gb": usage.delivery_gb,
        "live_hours": usage.live_hours,
        "meters": {meter: usage.used(meter) for meter in meter_names(dossier.service)},
        "version": usage.version,
    }


def credit_view(dossier: Dossier, credit: Credit, now: datetime, editions: Editions = EDITIONS) -> CreditView:
    """What an outage earns a contract, with its reasons (Annex 2)."""
    found = outcome(credit, dossier, now, editions)  # a continuing outage counts up to now (R26)
    credit = credit.replace(units=found.units, amount_yen=found.amount_yen)
    case: AnyCase = Case(dossier, credit, now, editions.governing(dossier.contract))
    return {
        **_part(dossier, credit, now),
        "state": credit.state,
        "outage": credit.outage_id,
        "known_at": instant(credit.known_at),
        "recovered_at": instant(credit.recovered_at),
        "attributable": credit.attributable,
        "units": credit.units,
        "amount_yen": credit.amount_yen,
        "claimable_on": iso_day(credit.claimable_on),
        "last_claim_on": iso_day(credit.last_claim_on),
        "claimed_on": iso_day(tokyo_day(credit.claimed_at)) if credit.claimed_at else None,
        "because": rulings_view(rulings(case, credit, dossier)),
    }


def _part(dossier: Dossier, part: ItemChange | Measure | Credit, now: datetime) -> Part:
    return {
        "id": part.id,
        "contract_id": part.contract_id,
        "version": part.version,
        "next": next_view(part.due_event, part.due_at),
        "allowed_events": possible(dossier, part, now),
    }
