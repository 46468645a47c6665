"""A version of the terms: its values and settings (supplementary provisions, R32)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from lifecycle.terms.default_service import DEFAULT_SERVICE, TEXTS

UNSAID: Mapping[str, Any] = tomllib.loads(TEXTS["unsaid.toml"])
DEFAULT_OPTION: str = UNSAID["option_kind"]
Change = Literal["benefit", "other"]
NoticeRule = Literal["later_of_days_or_chosen_day", "end_of_following_month"]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of Art. 1 with the fees of Annex 1, in yen without consumption tax."""

    article: str
    name_ja: str
    initial_fee_yen: int
    monthly_fee_yen: int
    included: Mapping[str, int]
    overage_yen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Meter:
    """A measured use of a service that is charged above the included amount.

    included, price: their names in an item. factor: metered units per included unit, None for gb_per_tb.
    """

    included: str
    price: str
    unit: str
    factor: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices where the terms are silent, explained in readings.md."""

    within_minimum_term: Literal["defer", "residual_fee"]
    several_notices: Literal["earliest", "last_arrived"]
    proration: Literal["calendar_days", "thirtieths", "none"]
    overage_rounding: Literal["up", "down"]
    gb_per_tb: int
    yen_rounding: Literal["floor", "half_up", "ceil"]
    shift_last_days: bool
    late_entry_reason_after_days: int
    company_end_within_minimum_term: Literal["ends", "defer"] = "ends"


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """One version of the terms: its values and settings. Compared by identity.

    assumed: the text of this version is not included, the values are another version's (R32). announced_on: the
    day of the announcement; None if not recorded, then it counts as announced in time (R42). change: its ground in
    Civil Code Art. 548-4. notice_rule: the end of a notice period: notice_days after the arrival, or with a month:
    that of the arrival up to same_month_until_day, afterwards the following one.
    """

    in_force_from: date
    assumed: bool
    items: Mapping[str, Item]
    option_item: str
    minimum_term_months: int
    option_minimum_term_months: int
    notice_days: int
    credit: Mapping[str, Any]
    settings: Settings
    announced_on: date | None = None
    change: Change = "other"
    service: str = DEFAULT_SERVICE
    option_kind: str = DEFAULT_OPTION
    notice_rule: NoticeRule = "later_of_days_or_chosen_day"
    same_month_until_day: int = 0
    meters: Mapping[str, Meter] = field(default_factory=lambda: meters_of(UNSAID["meters"]))

    @property
    def version(self) -> str:
        """The version's name: its first day in force."""
        return self.in_force_from.isoformat()

    def under(self, **settings: Any) -> "Terms":
        """The same terms with other settings."""
        return replace(self, settings=replace(self.settings, **settings))


def meters_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Meter]:
    """The meters from the tables of a file."""
    return {name: Meter(**table) for name, table in tables.items()}


def late_since(terms: Terms, announced_on: date | None) -> date | None:
    """The day of a version's announcement, if that was not before its first day and the change is no benefit
    (R42).
    """
    late = terms.change != "benefit" and announced_on is not None and announced_on >= terms.in_force_from
    return announced_on if late else None
