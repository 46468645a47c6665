"""The worklist: everything that waits for a person, complete, counted, a page at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from lifecycle.queries.approvals import PROPOSED
from lifecycle.queries.waiting_kinds import CERTIFICATE_AHEAD, KINDS, SOURCES, Asked
from lifecycle.queries.waiting_money import MONEY_KINDS, WaitingMoney, money_waiting
from lifecycle.records import tables
from lifecycle.records.mapping import owners_of
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import tokyo_day
from lifecycle.timers.parked import parked_timers

MOST_TIMERS = 1000
ANSWERED = 20  # proposals of one's own whose outcome is shown
_c, _a = tables.contract.c, tables.approval.c
_option = tables.SUBJECTS["option"].c


class WaitingThing(NamedTuple):
    """One thing that waits. since: its day; until: the last day for it, if there is one.

    id: of what the act is on: the contract, a part of it, a proposal, of a claim its credit. what: in which state
    or for which amount; of a timer how it was set aside, of a part its own reference. by: who proposed it.
    outage_id: of a claim.
    """

    kind: str
    since: date
    id: str
    contract_id: str | None
    reference: str | None
    assigned_to: str | None = None
    until: date | None = None
    what: Any = None
    by: str | None = None
    outage_id: str | None = None

    def days(self, today: date) -> int:
        """The number of days it has waited."""
        return max(0, (today - self.since).days)


class WaitingPage(NamedTuple):
    """A page of things. numbers: how many of each kind wait in all; kinds of which nothing waits are left out."""

    things: list[WaitingThing]
    numbers: Mapping[str, int]


class Answered(NamedTuple):
    """A proposal that was decided or has lapsed."""

    id: str
    operation: str
    reference: str
    state: str
    decided_by: str | None
    reason: str | None


def waiting_page(
    conn: Connection, asked: Asked, money: Sequence[WaitingMoney], limit: int, offset: int
) -> WaitingPage:
    """At most so many things, the longest waiting first, after the first `offset`. money: as `money_waiting`."""
    most = offset + limit
    by_kind = {kind: _rows(conn, kind, asked, money, most) for kind in asked.kinds}
    found = sorted(chain.from_iterable(by_kind.values()), key=lambda one: (one.since, one.kind, one.id))
    # a kind of which fewer were found than requested is counted already: a query less
    known = {kind: len(rows) for kind, rows in by_kind.items() if len(rows) < most}
    return WaitingPage(found[offset:most], _numbers(conn, asked, money, known))


def waiting_by_id(conn: Connection, asked: Asked, limit: int, after: tuple[str, str]) -> list[WaitingThing]:
    """At most so many things in the order of id and kind, after an id and a kind."""
    id_, most = after[0], limit + 1  # of each kind one may bear that id
    money = money_waiting(conn, 2 * most, id_, including=True, service=asked.service)
    found: list[WaitingThing] = []
    for kind in asked.kinds:
        if kind not in SOURCES:
            found += _computed(conn, kind, asked, money, id_[:-1])
            continue
        statement = SOURCES[kind](asked).order_by(None)
        named = statement.selected_columns["id"]
        found += _things(kind, conn.execute(statement.where(named >= id_).order_by(named).limit(most)))
    return sorted((one for one in found if (one.id, one.kind) > after), key=lambda one: (one.id, one.kind))[:limit]


def own_proposals(conn: Connection, proposer: str) -> list[Answered]:
    """The outcome of a person's latest proposals."""
    owner = func.coalesce(_option.contract_id, _a.subject_id)
    statement = (
        select(
            _a.id, _a.operation, func.coalesce(_c.reference, _a.subject_id).label("reference"), _a.state,
            _a.decided_by, _a.reason,
        )
        .outerjoin_from(tables.approval, tables.option, _option.id == _a.subject_id)
        .outerjoin(tables.contract, _c.id == owner)
        .where(_a.proposed_by == proposer, _a.state != PROPOSED)
    )  # fmt: skip
    return [Answered(*row) for row in conn.execute(statement.order_by(_a.id.desc()).limit(ANSWERED))]


def _rows(
    conn: Connection, kind: str, asked: Asked, money: Sequence[WaitingMoney], most: int
) -> Sequence[WaitingThing]:  # fmt: skip
    if kind not in SOURCES:
        return sorted(_computed(conn, kind, asked, money), key=lambda one: (one.since, one.id))[:most]
    return _things(kind, conn.execute(SOURCES[kind](asked).limit(most)))


def _numbers(
    conn: Connection, asked: Asked, money: Sequence[WaitingMoney], known: Mapping[str, int]
) -> Mapping[str, int]:  # fmt: skip
    found = {}
    for kind in KINDS:
        if kind in asked.hidden:
            continue
        if kind in known:
            number = known[kind]
        elif kind not in SOURCES:
            number = len(_computed(conn, kind, asked, money))
        else:
            counted = SOURCES[kind](asked).order_by(None).subquery()
            number = conn.execute(select(func.count()).select_from(counted)).scalar_one()
        if number:
            found[kind] = number
    return found


def _things(kind: str, rows: Iterable[Row[Any]]) -> list[WaitingThing]:
    ahead = CERTIFICATE_AHEAD if kind == "certificate" else timedelta(0)
    return [WaitingThing(kind, _day(row[0]) - ahead, *row[1:]) for row in map(tuple, rows)]


def _day(at: Any) -> date:
    return tokyo_day(at) if isinstance(at, datetime) else at


def _computed(
    conn: Connection, kind: str, asked: Asked, money: Sequence[WaitingMoney], after: str = ""
) -> list[WaitingThing]:  # fmt: skip
    """What no statement can find: money, and the few parked timers. after: an id."""
    if kind in MONEY_KINDS:
        found = [
            WaitingThing(kind, one.since, one.id, one.id, one.reference, what=one.yen)
            for one in money
            if one.kind == kind
        ]
    else:
        parked = parked_timers(conn, MOST_TIMERS, after)
        owners = owners_of(conn, [one.subject_id for one in parked])
        found = [
            WaitingThing(kind, tokyo_day(one.due_at), one.subject_id, owners.get(one.subject_id), None, what=one)
            for one in parked
        ]
    ids = {one.contract_id for one in found}
    known_by = of_service(select(_c.id, _c.reference, _c.assigned_to).where(_c.id.in_(ids)), _c.id, asked.service)
    contracts = conn.execute(known_by) if ids else ()
    known = {row.id: {"reference": row.reference, "assigned_to": row.assigned_to} for row in contracts}
    found = [one._replace(**known.get(one.contract_id, {})) for one in found]
    if asked.service is not None:
        found = [one for one in found if one.contract_id in known]
    return [one for one in found if asked.assigned_to in (None, one.assigned_to)]
