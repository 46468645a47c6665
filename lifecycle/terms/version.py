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
    """What is measured of the use of a service, and charged above what is included.

    included, price: their names in an item. factor: its units in one that is included, None for gb_per_tb.
    """

    included: str
    price: str
    unit: str
    factor: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices where the terms are silent; readings.md explains each."""

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

    assumed: the text of this version is not held, the values are another version's (R32). announced_on: the day on
    which it was made known, None where that is not on record: then it counts as made known in time (R42). change:
    the ground of Civil Code Art. 548-4 that it rests on. notice_rule: when a notice period ends: notice_days after
    the arrival, or with a month: that of the arrival up to same_month_until_day, after it the following one.
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
        """The same terms with some choices decided otherwise."""
        return replace(self, settings=replace(self.settings, **settings))


def meters_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Meter]:
    """Meters from the tables of a file."""
    return {name: Meter(**table) for name, table in tables.items()}


def late_since(terms: Terms, announced_on: date | None) -> date | None:
    """The day on which a version was made known, if that was not before its own day and it is no benefit (R42)."""
    late = terms.change != "benefit" and announced_on is not None and announced_on >= terms.in_force_from
    return announced_on if late else None
