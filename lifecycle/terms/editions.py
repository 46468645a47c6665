"""The dated versions of the terms (supplementary provisions, R32): one file each, read once."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from pydantic import TypeAdapter

from lifecycle.errors import DomainError
from lifecycle.terms.default_service import DEFAULT_SERVICE, TEXTS
from lifecycle.terms.ranges import RangeList, parse_ranges
from lifecycle.terms.ruling import Ruling, conclude, rulings_as_dicts
from lifecycle.terms.version import UNSAID, Change, Item, NoticeRule, Settings, Terms, late_since, meters_of

NOTHING: Mapping[str, date] = {}


class Governed(Protocol):
    """The facts of a contract that determine its versions. accepted_on: None before its acceptance."""

    @property
    def service(self) -> str: ...
    @property
    def accepted_on(self) -> date | None: ...


class NotInForce(DomainError, LookupError):
    """No version of the terms is in force on the requested day."""

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

    others: the editions of every service by its name, if they differ from SERVICES. announced: when versions were
    announced, by their names, if recorded (R42). whole: all versions, if some are left out here. late: whether a
    version was announced too late for existing contracts. ranges: of domains and certificates (Art. 3(1)).
    """

    def __init__(
        self, versions: Iterable[Terms], others: "Mapping[str, Editions] | None" = None,
        announced: Mapping[str, date] = NOTHING, whole: "Editions | None" = None,
        ranges: tuple[RangeList, ...] = (),
    ) -> None:  # fmt: skip
        self._versions = sorted(versions, key=lambda terms: terms.in_force_from)
        self.service = self._versions[0].service
        self._others = SERVICES if others is None else others
        self._starts = [terms.in_force_from for terms in self._versions]
        self.items = frozenset(name for terms in self._versions for name in terms.items)
        self.whole, self.ranges = whole or self, ranges
        self.announce(announced)

    def announce(self, announced: Mapping[str, date]) -> None:
        """Set when versions were announced, by their names; the files of the others say it."""
        self.announced, self._reaching = dict(announced), dict[tuple[str, ...], Editions]()
        late = ((terms.version, self.known_late(terms)) for terms in self._versions[1:])
        self._late = [] if self.whole is not self else [(name, on) for name, on in late if on is not None]
        self.late = bool(self._late)

    def known_late(self, terms: Terms) -> date | None:
        """The day on which a version was announced, if that was too late for existing contracts (R42)."""
        return late_since(terms, self.announced.get(terms.version, terms.announced_on))

    def of(self, service: str, concluded_on: date | None = None) -> "Editions":
        """The editions of a service that apply to a contract concluded on a day.

        Raises KeyError for a service that is not loaded.
        """
        editions = self.whole if service == self.service else self._others[service]
        return editions.reaching(concluded_on) if concluded_on is not None and editions.late else editions

    def governing(self, contract: Governed) -> "Editions":
        """The editions that govern a contract."""
        editions = self.of(contract.service)
        return editions.reaching(contract.accepted_on) if editions.late else editions

    def reaching(self, concluded_on: date | None) -> "Editions":
        """These editions without the versions that were announced too late for a contract concluded on a day."""
        missed = tuple(name for name, on in self._late if concluded_on is not None and concluded_on < on)
        if missed and missed not in self._reaching:
            kept = [terms for terms in self._versions if terms.version not in missed]
            self._reaching[missed] = Editions(kept, self._others, self.announced, self, self.ranges)
        return self._reaching[missed] if missed else self

    def passed_over(self, day: date) -> tuple[Ruling, ...]:
        """The version that would govern a fact of that day if it had been announced in time (R42)."""
        terms, late = self.on(day), self.whole.on(day)
        if late is terms:
            return ()
        made_known = self.whole.known_late(late)
        assert made_known is not None
        return (
            conclude(
                "made_known_late", terms, on=terms.in_force_from, changed_on=late.in_force_from,
                made_known_on=made_known,
            ),
        )  # fmt: skip

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
        first = replace(self._versions[0], assumed=False)  # no ruling uses its values
        return conclude("terms_in_force", first, "not_yet", on=first.in_force_from, asked_on=day)

    def under(self, **settings: Any) -> "Editions":
        """The same editions with other settings in all versions, and in those of other services."""
        others: dict[str, Editions] = {}
        for editions in {**self._others, self.service: self}.values():
            versions = (terms.under(**settings) for terms in editions)
            others[editions.service] = Editions(versions, others, editions.announced, ranges=editions.ranges)
        return others[self.service]

    def in_force(self, day: date) -> Ruling:
        """The version that governs a fact of that day. Raises NotInForce."""
        return _governs(self.on(day), day)


def item_names(service: str | None = None) -> tuple[str, ...]:
    """The items of a service, or of all loaded ones, in any version."""
    return _items_of(tuple(SERVICES.values()) if service is None else (SERVICES[service],))


@lru_cache(maxsize=256)
def _items_of(services: tuple[Editions, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for editions in services for terms in editions for name in terms.items))


def option_kinds(service: str | None = None) -> tuple[str, ...]:
    """The options of a service, or of all loaded ones."""
    return tuple(dict.fromkeys(terms.option_kind for terms in _versions(service)))


def meter_names(service: str | None = None) -> tuple[str, ...]:
    """The meters of a service, or of all loaded ones."""
    return tuple(dict.fromkeys(name for terms in _versions(service) for name in terms.meters))


def service_of_item(item: str) -> str:
    """The loaded service that has an item. Raises StopIteration for an unknown item."""
    return next(name for name, editions in SERVICES.items() if item in editions.items)


def _versions(service: str | None) -> Iterator[Terms]:
    for editions in SERVICES.values() if service is None else (SERVICES[service],):
        yield from editions


@lru_cache(maxsize=4096)
def _governs(terms: Terms, day: date) -> Ruling:
    case = "assumed" if terms.assumed else "held"
    return conclude("terms_in_force", terms, case, on=terms.in_force_from, asked_on=day)


def parse_editions(
    texts: Iterable[str], service: str = DEFAULT_SERVICE, ranges: tuple[RangeList, ...] = ()
) -> Editions:
    """The editions of a service from the texts of their TOML files; `values_from` takes another file's values.

    Raises ValueError if two of them start on one day.
    """
    raws = [tomllib.loads(text) for text in texts]
    files_by_day = {raw["in_force_from"]: raw for raw in raws}
    if len(files_by_day) < len(raws):
        raise ValueError("two versions of the terms come into force on the same day")
    versions = (
        _terms(raw, files_by_day[raw["values_from"]] if "values_from" in raw else raw, service)
        for raw in files_by_day.values()
    )
    return Editions(versions, ranges=ranges)


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


SERVICES: dict[str, Editions] = {}  # the loaded services, by name
EDITIONS = SERVICES[DEFAULT_SERVICE] = parse_editions(
    (text for name, text in TEXTS.items() if name[0].isdigit()), ranges=parse_ranges(TEXTS["ranges.toml"])
)
ITEMS = item_names(DEFAULT_SERVICE)
