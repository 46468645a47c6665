"""Everything that waits for a person as one list, the longest waiting first: complete, counted, a page at a time.

What waits is read from what is on record now: nobody puts it here, and nobody has to take it away.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, not_, or_, select, union

from lifecycle.machines.dossier import FINAL
from lifecycle.queries.approvals import PROPOSED
from lifecycle.queries.waiting import WaitingMoney
from lifecycle.records import tables
from lifecycle.records.mapping import owners_of
from lifecycle.terms.calendar import tokyo_day
from lifecycle.timers.parked import parked_timers

KINDS = (
    "application", "incomplete", "option", "item_change", "form", "option_form", "informal", "option_informal",
    "condition", "held", "misuse", "certificate", "claim", "approval", "money", "timer",
)  # fmt: skip
MOST_TIMERS = 1000
CERTIFICATE_AHEAD = timedelta(days=30)  # so long before its expiry a certificate waits to be renewed
ANSWERED = 20  # proposals of one's own whose outcome is shown
_c, _a = tables.contract.c, tables.approval.c
_option, _change, _credit = (tables.SUBJECTS[kind].c for kind in ("option", "item_change", "credit"))
_HOLDABLE = ("accepted", "cancel_notified")
_IN_ORDER = and_(_c.laws_accepted, _c.rights_cleared, _c.administrator_named)


class WaitingThing(NamedTuple):
    """One thing that waits. since: its day; until: the last day for it, if there is one.

    id: of what the act is on: the contract, a part of it, an outage for a claim, a proposal. what: in which state
    or for which amount. by: who proposed it.
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

    def days(self, today: date) -> int:
        """For how many days it has waited."""
        return max(0, (today - self.since).days)


class Answered(NamedTuple):
    """A proposal that somebody decided, or that lapsed."""

    id: str
    operation: str
    reference: str
    state: str
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose and which. kind: None for all; assigned_to: the assignee's name, or who proposed it.

    today: certificates wait as of that day; by default all that have an expiry.
    """

    kind: str | None = None
    assigned_to: str | None = None
    hidden: frozenset[str] = frozenset()
    today: date = date.max - CERTIFICATE_AHEAD


def waiting_page(
    conn: Connection, asked: Asked, money: Sequence[WaitingMoney], limit: int, offset: int
) -> list[WaitingThing]:
    """At most so many things, the longest waiting first, after the first `offset`. money: as `money_waiting`."""
    most = offset + limit
    found = [row for kind in _kinds(asked) for row in _rows(conn, kind, asked, money, most)]
    found.sort(key=lambda one: (one.since, one.kind, one.id))
    return found[offset:most]


def numbers(conn: Connection, asked: Asked, money: Sequence[WaitingMoney]) -> Mapping[str, int]:
    """How many things of each kind wait; kinds of which nothing waits are left out."""
    found = {}
    for kind in KINDS:
        if kind in asked.hidden:
            continue
        if kind not in SOURCES:
            number = len(_computed(conn, kind, asked, money))
        else:
            counted = SOURCES[kind](asked).order_by(None).subquery()
            number = conn.execute(select(func.count()).select_from(counted)).scalar_one()
        if number:
            found[kind] = number
    return found


def answers_to(conn: Connection, proposer: str) -> list[Answered]:
    """What became of somebody's latest proposals."""
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


def _kinds(asked: Asked) -> Sequence[str]:
    return [kind for kind in KINDS if asked.kind in (None, kind) and kind not in asked.hidden]


def _rows(
    conn: Connection, kind: str, asked: Asked, money: Sequence[WaitingMoney], most: int
) -> Sequence[WaitingThing]:  # fmt: skip
    if kind not in SOURCES:
        return sorted(_computed(conn, kind, asked, money), key=lambda one: (one.since, one.id))[:most]
    rows = conn.execute(SOURCES[kind](asked).limit(most))
    ahead = CERTIFICATE_AHEAD if kind == "certificate" else timedelta(0)
    return [WaitingThing(kind, _day(row.since) - ahead, *row[1:]) for row in rows]


def _day(at: Any) -> date:
    return tokyo_day(at) if isinstance(at, datetime) else at


def _computed(conn: Connection, kind: str, asked: Asked, money: Sequence[WaitingMoney]) -> list[WaitingThing]:
    """What no statement finds: refunds and payments, and the few timers that were set aside."""
    if kind == "money":
        found = [WaitingThing("money", one.since, one.id, one.id, one.reference, what=one.yen) for one in money]
    else:
        parked = parked_timers(conn, MOST_TIMERS)
        owners = owners_of(conn, [one.subject_id for one in parked])
        found = [
            WaitingThing(
                "timer", tokyo_day(one.due_at), one.subject_id, owners.get(one.subject_id), None, what=one.event
            )
            for one in parked
        ]
    ids = {one.contract_id for one in found}
    contracts = conn.execute(select(_c.id, _c.reference, _c.assigned_to).where(_c.id.in_(ids))) if ids else ()
    known = {row.id: {"reference": row.reference, "assigned_to": row.assigned_to} for row in contracts}
    found = [one._replace(**known.get(one.contract_id, {})) for one in found]
    return [one for one in found if asked.assigned_to in (None, one.assigned_to)]


_NOTHING: ColumnElement[Any] = literal_column("NULL")


def _columns(
    since: ColumnElement[Any], id_: ColumnElement[Any], *, until: ColumnElement[Any] = _NOTHING,
    what: ColumnElement[Any] = _NOTHING, by: ColumnElement[Any] = _NOTHING,
) -> tuple[ColumnElement[Any], ...]:  # fmt: skip
    return (
        since.label("since"), id_.label("id"), _c.id.label("contract_id"), _c.reference, _c.assigned_to,
        until.label("until"), what.label("what"), by.label("by"),
    )  # fmt: skip


def _mine(statement: Select[Any], asked: Asked, column: ColumnElement[Any] = _c.assigned_to) -> Select[Any]:
    return statement if asked.assigned_to is None else statement.where(column == asked.assigned_to)


def _applications(condition: ColumnElement[bool]) -> Callable[[Asked], Select[Any]]:
    statement = select(*_columns(_c.received_on, _c.id)).where(_c.state == "applied", condition)
    return lambda asked: _mine(statement, asked).order_by(_c.received_on, _c.id)


def _applied(kind: str, *condition: ColumnElement[bool]) -> Callable[[Asked], Select[Any]]:
    part = tables.SUBJECTS[kind].c
    joined = select(*_columns(part.received_on, part.id)).join_from(
        tables.SUBJECTS[kind], tables.contract, _c.id == part.contract_id
    )
    statement = joined.where(part.state == "applied", *condition).order_by(part.received_on, part.id)
    return lambda asked: _mine(statement, asked)


def _conditions(*, held: bool) -> Callable[[Asked], Select[Any]]:
    """Billing that is held already, or that will be held unless an open condition is met."""
    since = _c.planned_start_on if held else _c.accepted_on
    which: ColumnElement[bool] = literal_column("billing_held") if held else _c.due_event == "hold_billing"
    by_index = select(_c.id).where(which)
    statement = select(*_columns(since, _c.id, until=_NOTHING if held else _c.planned_start_on)).where(
        _c.state.in_(_HOLDABLE), _c.id.in_(union(by_index))
    )
    return lambda asked: _mine(statement, asked).order_by(since, _c.id)


def _living(day: ColumnElement[Any], *, until: ColumnElement[Any] = _NOTHING) -> Callable[[Asked], Select[Any]]:
    """The contracts that are not over and have such a day."""
    waiting = select(*_columns(day, _c.id, until=until)).where(day.is_not(None), _c.state.not_in(FINAL))
    return lambda asked: _mine(waiting, asked).order_by(day, _c.id)


def _certificates(asked: Asked) -> Select[Any]:
    """Certificates that have expired or soon will (Art. 3(1)(3))."""
    day = _c.certificate_expires_on
    return _living(day, until=day)(asked).where(day <= asked.today + CERTIFICATE_AHEAD)


def _option_informal(asked: Asked) -> Select[Any]:
    """The requests to end options that are not in the company's form (R44)."""
    joined = select(*_columns(_option.informal_on, _option.id)).join_from(
        tables.option, tables.contract, _c.id == _option.contract_id
    )
    waiting = joined.where(_option.informal_on.is_not(None), _option.state.not_in(FINAL))
    return _mine(waiting, asked).order_by(_option.informal_on, _option.id)


def _claims(asked: Asked) -> Select[Any]:
    columns = _columns(
        _credit.claimable_on, _credit.outage_id, until=_credit.last_claim_on, what=_credit.amount_yen
    )
    joined = select(*columns).join_from(tables.SUBJECTS["credit"], tables.contract, _c.id == _credit.contract_id)
    claims = joined.where(_credit.due_event == "lapse")
    return _mine(claims, asked).order_by(_credit.claimable_on, _credit.id)


def _approvals(asked: Asked) -> Select[Any]:
    owner = func.coalesce(_option.contract_id, _a.subject_id)
    columns = list(_columns(_a.proposed_at, _a.id, what=_a.operation, by=_a.proposed_by))
    columns[3] = func.coalesce(_c.reference, _a.subject_id).label("reference")
    joined = (
        select(*columns)
        .outerjoin_from(tables.approval, tables.option, _option.id == _a.subject_id)
        .outerjoin(tables.contract, _c.id == owner)
        .where(_a.state == PROPOSED)
    )
    own = or_(_a.proposed_by == asked.assigned_to, _c.assigned_to == asked.assigned_to)
    return (joined if asked.assigned_to is None else joined.where(own)).order_by(_a.id)


SOURCES: Mapping[str, Callable[[Asked], Select[Any]]] = {
    "application": _applications(and_(_IN_ORDER, _c.in_form)),
    "incomplete": _applications(and_(not_(_IN_ORDER), _c.in_form)),
    "form": _applications(not_(_c.in_form)),
    "option": _applied("option", _option.in_form),
    "option_form": _applied("option", not_(_option.in_form)),
    "item_change": _applied("item_change"),
    "condition": _conditions(held=False),
    "held": _conditions(held=True),
    "informal": _living(_c.informal_on),  # not in the company's form (R44)
    "option_informal": _option_informal,
    "misuse": _living(_c.misuse_due_on, until=_c.misuse_due_on),  # instructions to follow (Art. 4(4))
    "certificate": _certificates,
    "claim": _claims,
    "approval": _approvals,
}
