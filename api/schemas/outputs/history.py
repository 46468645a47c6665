"""What the interface answers of histories and of the log, for the OpenAPI document."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime

from api.schemas.outputs.common import Output, RulingView, of


class OptionMoved(Output):
    """An option whose days a contract's event moved (R33)."""

    subject: str
    rulings_before: list[RulingView]
    rulings: list[RulingView]


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
    rulings: list[RulingView]
    rulings_before: list[RulingView] | None = None
    moved: list[OptionMoved] | None = None
    terms: date
    personal: str | None = None
    previous_hash: str | None
    hash: str


class FeedItem(HistoryItem):
    """A transition in the global log. index: its place, dense from 0."""

    index: int


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


HISTORY = of(HistoryPage, "A page of the history, oldest first.")
FEED = of(FeedPage, "A page of the global log.")
CHECKPOINTS = of(CheckpointPage, "A page of signed checkpoints.")
