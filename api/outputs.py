"""What the interface answers, for the OpenAPI document; tests hold real answers against these models."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.examples import with_examples
from lifecycle.machines.facts import State

Responses = dict[int | str, dict[str, Any]]


class Output(BaseModel):
    """Answers hold exactly what is listed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=with_examples)


class Ruling(Output):
    """What a rule concluded, and what it rests on. on, amount_yen, days: only where concluded."""

    rule: str
    article: str
    on: date | None = None
    amount_yen: int | None = None
    days: int | None = None
    because: str
    because_ja: str
    reading: str
    basis: str
    terms: date
    assumed: bool


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


DecidedBy = Literal["notice_period", "chosen_day", "minimum_term", "base_contract", "company"]


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


class Next(Output):
    """The next thing the clock does."""

    event: str
    due_at: AwareDatetime


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


class OptionMoved(Output):
    """An option whose days a contract's event moved (R33)."""

    subject: str
    rulings_before: list[Ruling]
    rulings: list[Ruling]


class HistoryItem(Output):
    """One transition. caused_by: the id of the row of the human event behind it."""

    id: str
    subject_id: str
    kind: str
    seq: int
    event: str
    from_state: str | None
    to_state: str
    due_at: AwareDatetime | None
    effective_at: AwareDatetime
    recorded_at: AwareDatetime
    actor: str
    approver: str | None
    caused_by: str | None
    reason: str | None
    facts: dict[str, Any]
    rulings: list[Ruling]
    rulings_before: list[Ruling] | None = None
    moved: list[OptionMoved] | None = None
    terms: date
    personal: str | None = None
    previous_hash: str | None
    hash: str


class FeedItem(HistoryItem):
    """A transition in the global log. index: its place, dense from 0."""

    index: int


class Due(Output):
    """A timed transition to come."""

    kind: str
    id: str
    contract_id: str
    reference: str | None
    event: str
    due_at: AwareDatetime
    from_state: str
    to_state: str
    caused_by: str | None
    facts: dict[str, Any]
    rulings: list[Ruling]
    terms: date


class ContractPage(Output):
    """A page of contracts."""

    items: list[Contract]
    next: str | None


class HistoryPage(Output):
    """A page of a history."""

    items: list[HistoryItem]
    next: str | None


class FeedPage(Output):
    """A page of the global log."""

    items: list[FeedItem]
    next: str | None


class CheckpointItem(Output):
    """A signed checkpoint of the log: its first `size` rows, as a signed note."""

    size: int
    note: str
    sealed_at: AwareDatetime


class CheckpointPage(Output):
    """A page of checkpoints, the smallest first."""

    items: list[CheckpointItem]
    next: str | None


class DuePage(Output):
    """A page of what is to come."""

    items: list[Due]
    next: str | None


class LatestArrival(Output):
    """Until when a notice must arrive."""

    arrive_by_on: date
    rulings: list[Ruling]


class PlaceAndDetail(Output):
    """Where a value is malformed, and how."""

    pointer: str
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(json_schema_extra=with_examples)

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[PlaceAndDetail] | None = None
    rulings: list[Ruling] | None = None
    state: str | None = None
    allowed_events: list[str] | None = None
    existing: str | None = None
    version: int | None = None
    limit_bytes: int | None = None


def of(model: type[BaseModel], description: str, status: int = 200) -> Responses:
    return {status: {"model": model, "description": description}}


def problem(description: str) -> dict[str, Any]:
    """A refusal, for the document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }


REFUSALS: Responses = {
    401: problem("No or a wrong token."),
    403: problem("Your role does not allow this."),
    404: problem("Unknown id."),
    408: problem("The body did not arrive in time."),
    409: problem("Refused by the terms (`rulings`), not possible in this state (`state`), or a duplicate."),
    412: problem("Stale: the version in If-Match is no longer there."),
    413: problem("The body is too large."),
    422: problem("Malformed input (`errors` with pointers)."),
    429: problem("Too many requests; `Retry-After` says when to go on."),
    503: problem("Try again, with the same idempotency key: whether it was stored is not known."),
}
CONTRACT = of(Contract, "The contract as it now is.")
CREATED_CONTRACT = CONTRACT | of(Contract, "The contract applied for.", 201)
CONTRACTS = of(ContractPage, "A page of contracts.")
OPTION = of(Option, "The option as it now is.")
CREATED_OPTION = OPTION | of(Option, "The option applied for.", 201)
HISTORY = of(HistoryPage, "A page of the history, oldest first.")
LATEST_ARRIVAL = of(LatestArrival, "Until when the notice must arrive.")
FEED = of(FeedPage, "A page of the global log.")
CHECKPOINTS = of(CheckpointPage, "A page of signed checkpoints.")
DUE = of(DuePage, "What the clock will do, in order.")
