"""What the interface answers about contracts and their options, for the OpenAPI document."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Next, Output, RulingView, of
from lifecycle.machines.dossier import State
from lifecycle.terms.art6_cancellation import DecidedBy


class NoticeView(Output):
    """A cancellation notice and the day it leads to by itself."""

    id: str
    by: Literal["customer", "company"]
    arrived_on: date
    chosen_on: date | None
    keyed_on: date
    notice_period_ends_on: date | None
    effective_on: date
    days_over_served: int
    revoked: bool


class EndingView(Output):
    """How and why something ends."""

    effective_on: date
    ends_at: AwareDatetime
    decided_by: DecidedBy
    because: list[RulingView]
    billing_starts: bool


class Cancellation(EndingView):
    """An ending with the notices behind it."""

    notices: list[NoticeView]


class PersonView(Output):
    """A customer or an administrator."""

    name: str
    email: str | None


class DeclarationsView(Output):
    """Art. 3(3), 3(4)."""

    laws_accepted: bool
    rights_cleared: bool


class CustomDomainView(Output):
    """Art. 3(1)."""

    name: str
    acquired: bool
    dns_registered: bool


class DeliveryView(Output):
    """How the service is reached."""

    custom_domain: CustomDomainView | None
    https: bool
    certificate_obtained: bool | None


class OptionBrief(Output):
    """An option of a contract, in short."""

    id: str
    kind: str
    reference: str
    state: State


class AsOf(Output):
    """The moments an answer is about."""

    effective_at: AwareDatetime
    known_at: AwareDatetime


class Conditions(Output):
    """The conditions of Art. 3(1), and why the open ones keep billing from starting."""

    open: list[str]
    met: list[str]
    waived: list[str]
    because: list[RulingView]


class MisuseReport(Output):
    """A report of misuse; id: what a follow-up names."""

    id: str
    found_on: date
    instruction: str
    follow_up: str | None


class ContractView(Output):
    """A contract; customer and administrator are null once erased.

    still_named_in: answered by an erasure alone, the history rows in whose free text they are named.
    """

    id: str
    reference: str
    item: Literal["basic", "premium"]
    state: State
    version: int
    customer: PersonView | None
    administrator: PersonView | None
    declarations: DeclarationsView
    delivery: DeliveryView
    requested_billing_start_on: date | None
    received_on: date
    accepted_on: date | None
    billing_starts_on: date | None
    minimum_term_ends_on: date | None
    cancellation: Cancellation | None
    terminated_on: date | None
    next: Next | None
    allowed_events: list[str]
    billing_held: bool
    conditions: Conditions
    misuse_reports: list[MisuseReport]
    personal_data_erased_at: AwareDatetime | None
    still_named_in: list[str] | None = None
    options: list[OptionBrief]
    as_of: AsOf | None = None


class OptionView(Output):
    """A DRM option. Fees in yen as quoted, null before acceptance."""

    id: str
    contract_id: str
    kind: str
    reference: str
    state: State
    version: int
    initial_fee_yen: int | None
    monthly_fee_yen: int | None
    received_on: date
    accepted_on: date | None
    billing_starts_on: date | None
    minimum_term_ends_on: date | None
    minimum_term_cut_days: int
    cancellation: Cancellation | None
    terminated_on: date | None
    next: Next | None
    allowed_events: list[str]


class ContractPage(Output):
    """A page of contracts."""

    items: list[ContractView]
    next: str | None


class LatestArrival(Output):
    """Until when a notice must arrive."""

    arrive_by_on: date
    rulings: list[RulingView]


CONTRACT = of(ContractView, "The contract as it now is.")
CREATED_CONTRACT = CONTRACT | of(ContractView, "The contract applied for.", 201)
CONTRACTS = of(ContractPage, "A page of contracts.")
OPTION = of(OptionView, "The option as it now is.")
CREATED_OPTION = OPTION | of(OptionView, "The option applied for.", 201)
LATEST_ARRIVAL = of(LatestArrival, "Until when the notice must arrive.")
