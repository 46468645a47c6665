"""What the interface answers to auditors' questions, for the OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, RulingView, of
from api.schemas.outputs.history import HistoryItem, HistoryPage
from lifecycle.machines.dossier import State
from lifecycle.terms.art6_cancellation import DecidedBy

Value = str | int | bool | None


class Why(Output):
    """Why something ended on its day. causes: from the last row back to what a person did."""

    subject_id: str
    kind: Literal["contract", "option"]
    reference: str
    state: State
    ended_on: date | None
    ends_at: AwareDatetime | None
    decided_by: DecidedBy | None
    rulings: list[RulingView]
    causes: list[HistoryItem]
    decisions: list[HistoryItem]


class Difference(Output):
    """A field, by JSON pointer, on both sides."""

    field: str
    believed: Any
    against: Any


class BelievedRow(HistoryItem):
    """A row that made a difference. late: recorded after the day it holds for."""

    late_by_days: int
    late: bool
    corrects: bool


class Believed(Output):
    """What was believed, and with a second moment of knowing what differs and why."""

    effective_at: AwareDatetime
    known_at: AwareDatetime
    against_known_at: AwareDatetime | None = None
    believed: dict[str, Any] | None
    against: dict[str, Any] | None = None
    differences: list[Difference] | None = None
    rows: list[BelievedRow] | None = None


class AuditRow(Output):
    """A row of the history that answers a question; id: the row's."""

    id: str
    contract_id: str
    subject_id: str
    effective_at: AwareDatetime
    recorded_at: AwareDatetime


class LateEntry(AuditRow):
    """A notice keyed late."""

    arrived_on: date
    keyed_on: date
    days: int
    actor: str
    reason: str | None


class LateEntries(Output):
    """A page of late entries."""

    items: list[LateEntry]
    next: str | None


class LateFiring(AuditRow):
    """A transition fired late. clock_late_by_s: counted from when the fact behind it was known, if later."""

    event: str
    due_at: AwareDatetime
    late_by_s: float
    caused_by: str | None
    known_at: AwareDatetime
    clock_late_by_s: float


class LateFirings(Output):
    """A page of late firings."""

    items: list[LateFiring]
    next: str | None


class Decision(AuditRow):
    """A decision with those of its rulings that the question is about."""

    event: str
    actor: str
    rulings: list[RulingView]


class OfReading(Output):
    """How many decisions rest on a reading."""

    reading: str
    title: str
    basis: str
    rows: int


class RestsOn(Output):
    """A page of decisions; counts on the first page alone."""

    counts: list[OfReading] | None
    items: list[Decision]
    next: str | None


class ChangedView(Output):
    """What would differ: a day, a state, an amount."""

    subject_id: str
    field: str
    then: Value
    otherwise: Value


class Affected(Output):
    """A contract that would be affected. refused: recorded rows that the other settings would refuse."""

    contract_id: str
    reference: str
    differences: list[ChangedView]
    refused: list[str]


class Otherwise(Output):
    """A page of the contracts that other settings would affect."""

    settings: dict[str, Value]
    looked_through: int
    items: list[Affected]
    next: str | None


WHY = of(Why, "Why it ended, or will.")
BELIEVED = of(Believed, "What was believed.")
ACTIONS = of(HistoryPage, "A page of what somebody did, oldest first.")
LATE_ENTRIES = of(LateEntries, "A page of notices keyed late.")
LATE_FIRINGS = of(LateFirings, "A page of transitions fired late.")
RESTS_ON = of(RestsOn, "Decisions on that ground.")
OTHERWISE = of(Otherwise, "The contracts affected.")
