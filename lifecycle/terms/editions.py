"""The dated versions of the terms (supplementary provisions, R32): one file each, read once."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from pydantic import TypeAdapter

from lifecycle.errors import DomainError
from lifecycle.terms.default_service import DEFAULT_SERVICE, TEXTS
from lifecycle.terms.ruling import Ruling, conclude, rulings_as_dicts

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
    """All versions of a service's terms, each in force from its day until the next one's.

    others: the editions of every service by its name, where they are not those in SERVICES.
    """

    def __init__(self, versions: Iterable[Terms], others: "Mapping[str, Editions] | None" = None) -> None:
        self._versions = sorted(versions, key=lambda terms: terms.in_force_from)
        self.service = self._versions[0].service
        self._others = SERVICES if others is None else others
        self._starts = [terms.in_force_from for terms in self._versions]

    def of(self, service: str) -> "Editions":
        """The editions of a contract's own service. Raises KeyError for one that is not loaded."""
        return self if service == self.service else self._others[service]

    def __iter__(self) -> Iterator[Terms]:
        return iter(self._versions)

    def on(self, day: date) -> Terms:
        """The version in force on a civil day. Raises NotInForce before the first one (R32)."""
        index = bisect_right(self._starts, day) - 1
        if index < 0:
            raise NotInForce(self.not_in_force(day))
        return self._versions[index]

    @property
    def first_days(self) -> Sequence[date]:
        """The day on which each version comes into force."""
        return self._starts

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
        """The same editions with some choices decided otherwise in all of them, those of other services too."""
        others: dict[str, Editions] = {}
        for editions in {**self._others, self.service: self}.values():
            others[editions.service] = Editions((terms.under(**settings) for terms in editions), others)
        return others[self.service]

    def in_force(self, day: date) -> Ruling:
        """Which version governs a fact of that day. Raises NotInForce."""
        return _governs(self.on(day), day)


def item_names(service: str | None = None) -> tuple[str, ...]:
    """The items of a service, or of all that are loaded, whatever the version."""
    return tuple(dict.fromkeys(name for terms in _versions(service) for name in terms.items))


def option_kinds(service: str | None = None) -> tuple[str, ...]:
    """The options of a service, or of all that are loaded."""
    return tuple(dict.fromkeys(terms.option_kind for terms in _versions(service)))


def meter_names(service: str | None = None) -> tuple[str, ...]:
    """The meters of a service, or of all that are loaded."""
    return tuple(dict.fromkeys(name for terms in _versions(service) for name in terms.meters))


def service_of_item(item: str) -> str:
    """The loaded service that has an item. Raises StopIteration for a name that none has."""
    return next(name for name, editions in SERVICES.items() if any(item in terms.items for terms in editions))


def _versions(service: str | None) -> Iterator[Terms]:
    for editions in SERVICES.values() if service is None else (SERVICES[service],):
        yield from editions


@lru_cache(maxsize=4096)
def _governs(terms: Terms, day: date) -> Ruling:
    case = "assumed" if terms.assumed else "held"
    return conclude("terms_in_force", terms, case, on=terms.in_force_from, asked_on=day)


def parse_editions(texts: Iterable[str], service: str = DEFAULT_SERVICE) -> Editions:
    """The editions of a service from the texts of their TOML files; `values_from` borrows another file's values.

    Raises ValueError where two of them start on one day.
    """
    raws = [tomllib.loads(text) for text in texts]
    files_by_day = {raw["in_force_from"]: raw for raw in raws}
    if len(files_by_day) < len(raws):
        raise ValueError("two versions of the terms come into force on the same day")
    return Editions(
        _terms(raw, files_by_day[raw["values_from"]] if "values_from" in raw else raw, service)
        for raw in files_by_day.values()
    )


def meters_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Meter]:
    """Meters from the tables of a file."""
    return {name: Meter(**table) for name, table in tables.items()}


def _terms(head: Mapping[str, Any], values: Mapping[str, Any], service: str) -> Terms:
    ((kind, option),) = values["options"].items()
    return Terms(
        in_force_from=head["in_force_from"],
        assumed=head["assumed"],
        items={name: Item(**item) for name, item in values["items"].items()},
        option_item=option["requires_item"],
        minimum_term_months=values["minimum_term"]["months"],
        option_minimum_term_months=option["minimum_term_months"],
        notice_days=values["notice"].get("days", 0),
        credit=values["credit"],
        settings=TypeAdapter(Settings).validate_python(values["settings"], extra="forbid"),
        announced_on=TypeAdapter(date | None).validate_python(head.get("announced_on"), strict=True),
        change=TypeAdapter(Change).validate_python(head.get("change", "other")),
        service=service,
        option_kind=kind,
        notice_rule=TypeAdapter(NoticeRule).validate_python(
            values["notice"].get("rule", "later_of_days_or_chosen_day")
        ),
        same_month_until_day=values["notice"].get("same_month_until_day", 0),
        meters=meters_of(values.get("meters", UNSAID["meters"] if service == DEFAULT_SERVICE else {})),
    )


SERVICES: dict[str, Editions] = {}  # by name, those that this process serves
EDITIONS = SERVICES[DEFAULT_SERVICE] = parse_editions(text for name, text in TEXTS.items() if name[0].isdigit())
ITEMS = item_names(DEFAULT_SERVICE)
