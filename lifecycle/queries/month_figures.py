"""The statistics of a month for a supervisor: received and ended contracts, revenue, duration, lateness.

The lateness of the order desk (late entries) and that of the clock are separate: a step that depends on a late
entry is not a delay of the clock.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from statistics import mean, median
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select, text

from lifecycle.queries.audit_trail import DAY_S, Span, lag_s, late_firings
from lifecycle.queries.statements import issue_counts, statements
from lifecycle.records import tables
from lifecycle.records.of_service import of_service, subjects_of
from lifecycle.terms.calendar import Month, end_of, start_of

CLOCK_LATE_S = 60  # seconds from which a step of the clock counts as late
MOST_FIRINGS = 2000  # maximum number of late steps that are read
MOST_STATEMENTS = 500  # contracts whose statements are computed; beyond, what was issued is summed
_c, _h, _a, _i = tables.contract.c, tables.history.c, tables.approval.c, tables.issued.c
_credit = tables.SUBJECTS["credit"].c
_PEOPLE = text("actor <> 'clock'")
_NO_TERMS = ~_h.subject_id.startswith(
    "t_", autoescape=True
)  # versions of the terms, recorded when the service starts


class Taken(NamedTuple):
    """Days from receipt to acceptance of what was accepted in the month."""

    number: int
    mean: float
    median: float
    longest: int


class ByPerson(NamedTuple):
    """A person's entries in the month. late: entries more than a day after their day; longest: in days."""

    name: str
    applications: int
    acceptances: int
    entries: int
    approvals: int
    late: int
    longest: int


class Lateness(NamedTuple):
    """Steps of the clock recorded more than a minute after they were due.

    by_clock: those that the clock was late with. by_desk: those whose cause was entered late. longest_s: of the
    clock's own. cut: whether there are more than were looked at.
    """

    by_clock: int
    by_desk: int
    longest_s: float
    cut: bool


class Revenue(NamedTuple):
    """What a month's statements come to, by kind of charge; kinds are empty where only the issued sum is known."""

    total_yen: int
    by_kind: Mapping[str, int]
    contracts: int
    issued: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month in figures. received, accepted, ended, in_force: by item. credits: of claims made in it, in yen."""

    month: Month
    received: Mapping[str, int]
    accepted: Mapping[str, int]
    ended: Mapping[str, int]
    in_force: Mapping[str, int]
    revenue: Revenue
    credits: int
    credits_yen: int
    taken: Taken | None
    people: list[ByPerson]
    lateness: Lateness

    def rows(self) -> Iterator[tuple[str, str, str, int]]:
        """All of it as rows of a list: month, figure, of what, value."""
        month = str(self.month)
        for name in ("received", "accepted", "ended", "in_force"):
            for item, number in getattr(self, name).items():
                yield month, name, item, number
        yield month, "revenue_yen", "", self.revenue.total_yen
        for kind, yen in self.revenue.by_kind.items():
            yield month, "revenue_yen", kind, yen
        yield month, "credits", "", self.credits
        yield month, "credits_yen", "", self.credits_yen
        if self.taken is not None:
            yield month, "days_to_accept_longest", "", self.taken.longest
            yield month, "days_to_accept_median", "", round(self.taken.median)
        yield month, "late_by_clock", "", self.lateness.by_clock
        yield month, "late_by_desk", "", self.lateness.by_desk
        for one in self.people:
            for name in ("applications", "acceptances", "entries", "approvals", "late"):
                yield month, f"person_{name}", one.name, getattr(one, name)


def month_figures(conn: Connection, month: Month, service: str | None = None) -> MonthFigures:
    """The figures of a month, by what is on record now. service: of its contracts, None for all."""
    claimed: Any = select(func.count(), func.coalesce(func.sum(_credit.amount_yen), 0)).where(
        _credit.claimed_at >= start_of(month.first), _credit.claimed_at < end_of(month.last),
        _credit.state.in_(("claimed", "credited")),
    )  # fmt: skip
    number, yen = conn.execute(of_service(claimed, _credit.contract_id, service)).one()
    return MonthFigures(
        month, _in_month(conn, month, "received_on", service), _in_month(conn, month, "accepted_on", service),
        _in_month(conn, month, "terminated_on", service), in_force(conn, month.last, service),
        revenue(conn, month, service), number, int(yen), _taken(conn, month, service),
        list(_people(conn, month, service)), _lateness(conn, month, service),
    )  # fmt: skip


def in_force(conn: Connection, day: date, service: str | None = None) -> dict[str, int]:
    """How many contracts were accepted and had not ended at the end of a day, by their items of now."""
    statement = select(_c.item, func.count()).where(_c.accepted_on <= day)
    return _by_item(conn, statement.where((_c.terminated_on.is_(None)) | (_c.terminated_on > day)), service)


def revenue(conn: Connection, month: Month, service: str | None = None) -> Revenue:
    """What the month's statements come to: computed where few contracts have any, else what was issued."""
    counts = issue_counts(conn, month, service)
    if counts.all > MOST_STATEMENTS:
        sums = of_service(select(func.sum(_i.total_yen)), _i.contract_id, service)
        issued = conn.execute(sums.where(_i.month == str(month))).scalar_one()
        return Revenue(int(issued or 0), {}, counts.all, counts.issued)
    by_kind: Counter[str] = Counter()
    for one in statements(conn, month, service=service):
        for line in one["lines"]:
            by_kind[line["kind"]] += line["amount_yen"] or 0
    return Revenue(sum(by_kind.values()), dict(by_kind), counts.all, counts.issued)


def _in_month(conn: Connection, month: Month, column: str, service: str | None) -> dict[str, int]:
    day = _c[column]
    return _by_item(conn, select(_c.item, func.count()).where(day >= month.first, day <= month.last), service)


def _by_item(conn: Connection, statement: Select[Any], service: str | None) -> dict[str, int]:
    wanted = of_service(statement, _c.id, service)
    return {row[0]: row[1] for row in conn.execute(wanted.group_by(_c.item).order_by(_c.item))}


def _taken(conn: Connection, month: Month, service: str | None) -> Taken | None:
    columns = _c.received_on, _c.accepted_on
    statement = select(*columns, func.count()).where(
        _c.accepted_on >= month.first, _c.accepted_on <= month.last, ~_c.taken_over
    )
    statement = of_service(statement, _c.id, service)
    days = [
        (accepted - received).days
        for received, accepted, number in conn.execute(statement.group_by(*columns))
        for _ in range(number)
    ]
    return Taken(len(days), mean(days), median(days), max(days)) if days else None


def _people(conn: Connection, month: Month, service: str | None) -> Iterator[ByPerson]:
    span = _h.recorded_at >= start_of(month.first), _h.recorded_at < end_of(month.last), _PEOPLE, _NO_TERMS
    entries: dict[str, Counter[str]] = {}
    entered = of_service(select(_h.actor, _h.event, func.count()).where(*span), _h.contract_id, service)
    for actor, event, number in conn.execute(entered.group_by(_h.actor, _h.event)):
        entries.setdefault(actor, Counter())[event] += number
    lag = lag_s(conn)
    lagging = select(_h.actor, func.count(), func.max(lag)).where(*span, lag > DAY_S)
    late = {
        row[0]: (row[1], int(row[2] // DAY_S))
        for row in conn.execute(of_service(lagging, _h.contract_id, service).group_by(_h.actor))
    }
    approvals = select(_a.decided_by, func.count()).where(
        _a.decided_at >= start_of(month.first), _a.decided_at < end_of(month.last), _a.state == "approved"
    )
    if service is not None:
        approvals = approvals.where(_a.subject_id.in_(subjects_of(service)))
    approved = {row[0]: row[1] for row in conn.execute(approvals.group_by(_a.decided_by))}
    for name in sorted({*entries, *approved}):
        own = entries.get(name, Counter())
        number, longest = late.get(name, (0, 0))
        yield ByPerson(
            name, own["apply"], own["accept"], sum(own.values()), approved.get(name, 0), number, longest
        )


def _lateness(conn: Connection, month: Month, service: str | None) -> Lateness:
    span = Span(start_of(month.first), end_of(month.last), service=service)
    found = list(islice(late_firings(conn, CLOCK_LATE_S, span), MOST_FIRINGS + 1))
    own = [one["clock_late_by_s"] for one in found if one["clock_late_by_s"] > CLOCK_LATE_S]
    return Lateness(len(own), len(found) - len(own), max(own, default=0.0), len(found) > MOST_FIRINGS)
