"""The filters in the address of the list of contracts: those of the API, with days as people type them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from unicodedata import category
from urllib.parse import urlencode

from api.messages.catalogue import translator
from api.pages.chosen_service import own_service
from api.pages.session import PageSession
from lifecycle.machines.table import MACHINES
from lifecycle.records.contract_filter import RANGES, ContractFilter
from lifecycle.records.listing import SORTS, Sort
from lifecycle.records.search_folding import customer_number_key
from lifecycle.terms.calendar import Month, start_of
from lifecycle.terms.date_parsing import UnreadableDate, parse_date
from lifecycle.terms.editions import item_names

LONGEST = 100
STATES = tuple(state.id for state in MACHINES["contract"].states)
BOUNDS = tuple(f"{name}_{end}" for name in RANGES for end in ("from", "to"))
CHOICES = ("state", "item", "service")
TEXTS = ("q", "customer_number", "assigned_to", "reference")
DUE = "due_before"
PERIODS = (("ends", 0), ("ends", 1), ("billing_starts", 0), ("billing_starts", 1), ("received", 0))


class Period(NamedTuple):
    """A month offered as a range of days. current: whether it is selected."""

    name: str
    months: int
    query: str
    current: bool


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The filters of a list. asked: in the form of the API. typed: the fields as they were typed; wrong: their
    errors, by field.
    """

    wanted: ContractFilter
    sort: Sort | None
    asked: Mapping[str, str]
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)

    def query(self, **changes: str | None) -> str:
        """Return the query of the address with changes, None to drop a parameter; the place in the list is
        dropped.
        """
        return urlencode({name: text for name, text in {**self.asked, **changes}.items() if text})

    def sorted_by(self, column: str) -> str:
        """Return the query for the same list sorted by a column, in reverse if it is sorted by that already."""
        return self.query(sort=f"-{column}" if self.sort == column else column)

    @property
    def narrowed(self) -> bool:
        """Whether there are filters other than text, state and item."""
        return any(name not in ("q", *CHOICES, "sort") for name in self.typed)

    def periods(self, today: date) -> Iterator[Period]:
        """Return the months that users choose most."""
        for name, months in PERIODS:
            month = Month.of(today)
            month = month.following if months else month
            days = {f"{name}_from": month.first.isoformat(), f"{name}_to": month.last.isoformat()}
            current = all(self.asked.get(bound) == day for bound, day in days.items())
            off = dict.fromkeys(BOUNDS)
            yield Period(name, months, self.query(**(off if current else {**off, **days})), current)


def list_filter(query: Mapping[str, str], visit: PageSession, today: date) -> ListFilter:
    """Parse the query of an address. An error is shown at its field; an unknown parameter is ignored."""
    typed = {
        name: _plain(query[name])
        for name in (*TEXTS, *BOUNDS, DUE, "state", "item", "service", "held", "sort")
        if name in query
    }
    typed = {name: text for name, text in typed.items() if text}
    sees = visit.principal.sees_personal_data
    if not sees:
        typed.pop("customer_number", None)
    days, wrong = _days(typed, visit, today)
    due = _due(typed, visit, today, wrong)
    sort = next((one for one in SORTS if one == typed.get("sort")), None)
    state, item = _one_of(STATES, typed.get("state")), _one_of(item_names(), typed.get("item"))
    service = own_service(visit, typed.get("service"))
    number, held = typed.get("customer_number"), typed.get("held") == "true" or None
    wanted = ContractFilter(
        state, item, typed.get("q") or None, sees, due, reference=typed.get("reference"),
        customer_number=customer_number_key(number) if number else None,
        assigned_to=typed.get("assigned_to"), held=held, service=service, **days,
    )  # fmt: skip
    asked = {name: typed[name] for name in TEXTS if name in typed}
    asked |= {name: day.isoformat() for name, day in days.items()}
    asked |= {
        DUE: due.isoformat() if due else "",
        "state": state or "",
        "item": item or "",
        "service": service or "",
        "held": "true" if held else "",
        "sort": sort or "",
    }
    return ListFilter(wanted, sort, asked, typed, wrong)


def _days(typed: Mapping[str, str], visit: PageSession, today: date) -> tuple[dict[str, Any], dict[str, str]]:
    days, wrong = {}, {}
    for name in BOUNDS:
        if name in typed:
            try:
                days[name] = parse_date(typed[name], today).day
            except UnreadableDate as error:
                wrong[name] = translator(visit.language)(f"day.day_{error.key}")
    return days, wrong


def _due(typed: Mapping[str, str], visit: PageSession, today: date, wrong: dict[str, str]) -> datetime | None:
    """Return the instant before which something is due, in the format of the API or as people type it."""
    text = typed.get(DUE)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
    except ValueError:
        pass
    try:
        read = parse_date(text, today)
    except UnreadableDate as error:
        wrong[DUE] = translator(visit.language)(f"day.day_{error.key}")
        return None
    return read.at or start_of(read.day)


def _plain(text: str) -> str:
    return "".join(sign for sign in text if category(sign) not in ("Cc", "Cs")).strip()[:LONGEST]


def _one_of(known: tuple[str, ...], asked: str | None) -> str | None:
    return next((one for one in known if one == asked), None)
