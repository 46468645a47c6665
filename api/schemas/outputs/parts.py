"""What the interface answers about what hangs on a contract, for the OpenAPI document."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Next, Output, RulingView, of


class PartView(Output):
    """What all parts of a contract have."""

    id: str
    contract_id: str
    state: str
    version: int
    next: Next | None
    allowed_events: list[str]


class ItemChangeView(PartView):
    """A change of the item. fee_yen null: not set."""

    reference: str
    item: Literal["basic", "premium"]
    former_item: Literal["basic", "premium"] | None
    received_on: date
    accepted_on: date | None
    effective_on: date | None
    fee_yen: int | None


class MeasureView(PartView):
    """A measure of Art. 10."""

    kind: str
    ground: str
    notified: bool
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    lifted_at: AwareDatetime | None


class UsageView(Output):
    """A month's usage, decimals as text."""

    id: str
    contract_id: str
    month: str
    transcode_hours: str
    storage_gb: str
    delivery_gb: str
    live_hours: str
    version: int


class ChargeView(Output):
    """One obligation; amount_yen null: not set; negative: a credit."""

    kind: str
    subject_id: str
    month: str
    arose_at: AwareDatetime
    amount_yen: int | None
    flag: str | None
    ruling: RulingView


class Charges(Output):
    """All obligations, in the order of arising."""

    items: list[ChargeView]
    next: str | None


class Statement(Output):
    """A month's statement."""

    contract_id: str
    reference: str
    month: str
    lines: list[ChargeView]
    total_yen: int
    flags: list[str]


class OutageView(Output):
    """An outage. contracts: `all` or the ids; concerned: how many contracts have a credit for it."""

    id: str
    state: str
    version: int
    known_at: AwareDatetime
    recovered_at: AwareDatetime | None
    source: str
    attributable: bool | None
    contracts: Literal["all"] | list[str]
    concerned: int


class Outages(Output):
    """A page of outages."""

    items: list[OutageView]
    next: str | None


class CreditView(PartView):
    """What an outage earns a contract."""

    outage: str
    known_at: AwareDatetime
    recovered_at: AwareDatetime | None
    attributable: bool | None
    units: int
    amount_yen: int
    claimable_on: date | None
    last_claim_on: date | None
    claimed_on: date | None
    because: list[RulingView]


class Credits(Output):
    """A contract's credits."""

    items: list[CreditView]
    next: str | None


class Parts(Output):
    """A contract's item changes or measures."""

    items: list[ItemChangeView | MeasureView]
    next: str | None


ITEM_CHANGE = of(ItemChangeView, "The item change as it now is.")
CREATED_ITEM_CHANGE = ITEM_CHANGE | of(ItemChangeView, "The item change applied for.", 201)
MEASURE = of(MeasureView, "The measure as it now is.")
CREATED_MEASURE = of(MeasureView, "The measure taken.", 201)
PARTS = of(Parts, "What hangs on the contract.")
USAGE = of(UsageView, "The month's usage.")
CHARGES = of(Charges, "All obligations so far.")
STATEMENT = of(Statement, "The month's statement.")
OUTAGE = of(OutageView, "The outage as it now is.")
OUTAGES = of(Outages, "A page of outages, newest first.")
CREATED_OUTAGE = of(OutageView, "The outage recorded.", 201)
CREDIT = of(CreditView, "The credit as it now is.")
CREDITS = of(Credits, "The contract's credits.")
