"""The dated versions of the terms (supplementary provisions, R32): one file each, read once."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import TypeAdapter

from lifecycle.errors import DomainError
from lifecycle.terms.ruling import Ruling, conclude, rulings_as_dicts

Change = Literal["benefit", "other"]


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
    the ground of Civil Code Art. 548-4 that it rests on.
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

    @property
    def version(self) -> str:
        """The version's name: its first day in force."""
        return self.in_force_from.isoformat()

    def under(self, **settings: Any) -> "Terms":
        """The same terms with some choices decided otherwise."""
        return replace(self, settings=replace(self.settings, **settings))


class NotInForce(DomainError, LookupError):
    """No version of the terms is in force on the day asked for."""

    kind, title = "refused", "Refused by the terms"

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(ruling.because)
        self.ruling = ruling

    @property
    def extras(self) -> Mapping[str, Any]:
        """The ruling that refuses."""
        return {"rulings": rulings_as_dicts((self.ruling,))}


class Editions:
    """All versions of the terms, each in force from its day until the next one's."""

    def __init__(self, versions: Iterable[Terms]) -> None:
        self._versions = sorted(versions, key=lambda terms: terms.in_force_from)
        self._starts = [terms.in_force_from for terms in self._versions]

    def __iter__(self) -> Iterator[Terms]:
        return iter(self._versions)

    def on(self, day: date) -> Terms:
        """The version in force on a civil day. Raises NotInForce before the first one (R32)."""
        index = bisect_right(self._starts, day) - 1
        if index < 0:
            raise NotInForce(self.not_in_force(day))
        return self._versions[index]

    @property
    def first_day(self) -> date:
        """The day on which the first version comes into force."""
        return self._starts[0]

    def no_earlier(self, day: date) -> Terms:
        """The version in force on a day; before the first version, that one (R41)."""
        return self.on(max(day, self.first_day))

    def not_in_force(self, day: date) -> Ruling:
        """The refusal for a day before the first version."""
        first = replace(self._versions[0], assumed=False)  # nothing is concluded from its values
        return conclude("terms_in_force", first, "not_yet", on=first.in_force_from, asked_on=day)

    def under(self, **settings: Any) -> "Editions":
        """The same editions with some choices decided otherwise in all of them."""
        return Editions(terms.under(**settings) for terms in self._versions)

    def in_force(self, day: date) -> Ruling:
        """Which version governs a fact of that day. Raises NotInForce."""
        return _governs(self.on(day), day)


@lru_cache(maxsize=4096)
def _governs(terms: Terms, day: date) -> Ruling:
    case = "assumed" if terms.assumed else "held"
    return conclude("terms_in_force", terms, case, on=terms.in_force_from, asked_on=day)


def parse_editions(texts: Iterable[str]) -> Editions:
    """The editions from the texts of their TOML files; `values_from` borrows another file's values.

    Raises ValueError where two of them start on one day.
    """
    raws = [tomllib.loads(text) for text in texts]
    files_by_day = {raw["in_force_from"]: raw for raw in raws}
    if len(files_by_day) < len(raws):
        raise ValueError("two versions of the terms come into force on the same day")
    return Editions(
        _terms(raw, files_by_day[raw["values_from"]] if "values_from" in raw else raw)
        for raw in files_by_day.values()
    )


def _terms(head: Mapping[str, Any], values: Mapping[str, Any]) -> Terms:
    drm = values["options"]["drm"]
    return Terms(
        in_force_from=head["in_force_from"],
        assumed=head["assumed"],
        items={name: Item(**item) for name, item in values["items"].items()},
        option_item=drm["requires_item"],
        minimum_term_months=values["minimum_term"]["months"],
        option_minimum_term_months=drm["minimum_term_months"],
        notice_days=values["notice"]["days"],
        credit=values["credit"],
        settings=TypeAdapter(Settings).validate_python(values["settings"], extra="forbid"),
        announced_on=TypeAdapter(date | None).validate_python(head.get("announced_on"), strict=True),
        change=TypeAdapter(Change).validate_python(head.get("change", "other")),
    )


EDITIONS = parse_editions(
    file.read_text("utf-8") for file in files(__package__).iterdir() if file.name[0].isdigit()
)
