"""What the interface answers about itself and the terms, for the OpenAPI document."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime

from api.outputs import Ending, Output, of, problem


class Preview(Ending):
    """What a notice would bring."""

    item: str
    billing_starts_on: date
    arrived_on: date
    chosen_on: date | None
    notice_period_ends_on: date
    minimum_term_ends_on: date | None
    first_day_without_service: date
    residual_days: int


class Item(Output):
    """An item of Art. 1 with the fees of Annex 1, in yen without consumption tax."""

    article: str
    name_ja: str
    initial_fee_yen: int
    monthly_fee_yen: int
    included: dict[str, int]
    overage_yen: dict[str, int]


class Terms(Output):
    """A version of the terms."""

    version: date
    in_force_from: date
    in_force_until: date | None
    assumed: bool
    items: dict[str, Item]
    minimum_term_months: int
    notice_days: int
    options: dict[str, dict[str, Any]]
    credit: dict[str, Any]
    settings: dict[str, Any]
    articles: list[dict[str, str]]
    readings: list[dict[str, str]]


class Clock(Output):
    """The service's time. oldest_overdue_s: how long the oldest due transition has been waiting, null if none."""

    now: AwareDatetime
    sandbox: bool
    oldest_overdue_s: float | None


class Moved(Output):
    """A sandbox's time after a move. fired: how many transitions fell due on the way."""

    now: AwareDatetime
    fired: int


class Health(Output):
    """Whether the process lives."""

    status: Literal["ok"]


class Check(Output):
    """One condition of readiness, and why."""

    ok: bool
    detail: str


class Readiness(Output):
    """Whether the service can do its work."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Check]


TERMS = of(Terms, "The version in force.")
PREVIEW = of(Preview, "What such a notice would bring.")
CLOCK = of(Clock, "The service's time.")
MOVED = of(Moved, "The time after the move.") | {403: problem("Not in your role, or no sandbox.")}
HEALTH = of(Health, "The process lives.")
READY = of(Readiness, "The service can do its work.") | of(Readiness, "It can not, and why.", 503)
