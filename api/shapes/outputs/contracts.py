"""What the interface answers about contracts and their options, for the OpenAPI document."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from api.shapes.outputs.common import Next, Output, Ruling, of
from lifecycle.machines.dossier import State

DecidedBy = Literal["notice_period", "chosen_day", "minimum_term", "base_contract", "company"]


class Notice(Output):
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


class Ending(Output):
    """How and why something ends."""

    effective_on: date
    ends_at: AwareDatetime
    decided_by: DecidedBy
    because: list[Ruling]
    billing_starts: bool


class Cancellation(Ending):
    """An ending with the notices behind it."""

    notices: list[Notice]


class Person(Output):
    """A customer or an administrator."""

    name: str
    email: str | None


class Declarations(Output):
    """Art. 3(3), 3(4)."""

    laws_accepted: bool
    rights_cleared: bool


class CustomDomain(Output):
    """Art. 3(1)."""

    name: str
    acquired: bool
    dns_registered: bool


class Delivery(Output):
    """How the service is reached."""

    custom_domain: CustomDomain | None
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
    because: list[Ruling]


class MisuseReport(Output):
    """A report of misuse; id: what a follow-up names."""

    id: str
    found_on: date
    instruction: str
    follow_up: str | None


class Contract(Output):
    """A contract; customer and administrator are null once erased.

    still_named_in: answered by an erasure alone, the history rows in whose free text they are named.
    """

    id: str
    reference: str
    item: Literal["basic", "premium"]
    state: State
    version: int
    customer: Person | None
    administrator: Person | None
    declarations: Declarations
    delivery: Delivery
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


class Option(Output):
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

    items: list[Contract]
    next: str | None


class LatestArrival(Output):
    """Until when a notice must arrive."""

    arrive_by_on: date
    rulings: list[Ruling]


CONTRACT = of(Contract, "The contract as it now is.")
CREATED_CONTRACT = CONTRACT | of(Contract, "The contract applied for.", 201)
CONTRACTS = of(ContractPage, "A page of contracts.")
OPTION = of(Option, "The option as it now is.")
CREATED_OPTION = OPTION | of(Option, "The option applied for.", 201)
LATEST_ARRIVAL = of(LatestArrival, "Until when the notice must arrive.")
