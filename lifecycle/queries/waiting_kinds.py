"""What waits for a person, by kind: the only source of the lists and counts of pages and API.

It is read from the current record, so nothing has to be added or removed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, not_, or_, select, union

from lifecycle.machines.dossier import FINAL
from lifecycle.queries.approvals import PROPOSED
from lifecycle.records import tables
from lifecycle.records.of_service import of_service, subjects_of

KINDS = (
    "application", "incomplete", "option", "item_change", "form", "option_form", "informal", "option_informal",
    "condition", "held", "misuse", "certificate", "claim", "approval", "money", "not_served", "timer",
)  # fmt: skip
CERTIFICATE_AHEAD = timedelta(days=30)  # so long before its expiry a certificate waits to be renewed
_c, _a = tables.contract.c, tables.approval.c
_option, _credit = (tables.SUBJECTS[kind].c for kind in ("option", "credit"))
_NOT_HOLDABLE = ("applied", "billing", *FINAL)
_IN_ORDER = and_(_c.laws_accepted, _c.rights_cleared, _c.administrator_named)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter. kind: None for all; assigned_to: the assignee's name, or the proposer. service: whose terms
    govern the contract, None for all. today: certificates wait as of that day; by default all that have an expiry.
    """

    kind: str | None = None
    assigned_to: str | None = None
    hidden: frozenset[str] = frozenset()
    today: date = date.max - CERTIFICATE_AHEAD
    service: str | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds that the filter selects."""
        return [kind for kind in KINDS if self.kind in (None, kind) and kind not in self.hidden]


_NOTHING: ColumnElement[Any] = literal_column("NULL")


def _columns(
    since: ColumnElement[Any], id_: ColumnElement[Any], *, until: ColumnElement[Any] = _NOTHING,
    what: ColumnElement[Any] = _NOTHING, by: ColumnElement[Any] = _NOTHING,
    outage_id: ColumnElement[Any] = _NOTHING,
) -> tuple[ColumnElement[Any], ...]:  # fmt: skip
    return (
        since.label("since"), id_.label("id"), _c.id.label("contract_id"), _c.reference, _c.assigned_to,
        until.label("until"), what.label("what"), by.label("by"), outage_id.label("outage_id"),
    )  # fmt: skip


def _mine(statement: Select[Any], asked: Asked) -> Select[Any]:
    mine = statement if asked.assigned_to is None else statement.where(_c.assigned_to == asked.assigned_to)
    return of_service(mine, _c.id, asked.service)


def _applications(condition: ColumnElement[bool]) -> Callable[[Asked], Select[Any]]:
    statement = select(*_columns(_c.received_on, _c.id)).where(_c.state == "applied", condition)
    return lambda asked: _mine(statement, asked).order_by(_c.received_on, _c.id)


def _applied(kind: str, *condition: ColumnElement[bool]) -> Callable[[Asked], Select[Any]]:
    part = tables.SUBJECTS[kind].c
    joined = select(*_columns(part.received_on, part.id, what=part.reference)).join_from(
        tables.SUBJECTS[kind], tables.contract, _c.id == part.contract_id
    )
    statement = joined.where(part.state == "applied", *condition).order_by(part.received_on, part.id)
    return lambda asked: _mine(statement, asked)


def _conditions(*, held: bool) -> Callable[[Asked], Select[Any]]:
    """Billing that is held already, or that will be held unless an open condition is met."""
    since = _c.planned_start_on if held else _c.accepted_on
    which: ColumnElement[bool] = literal_column("billing_held") if held else _c.due_event == "hold_billing"
    statement = select(*_columns(since, _c.id, until=_NOTHING if held else _c.planned_start_on)).where(
        _c.state.not_in(_NOT_HOLDABLE), _by_index(_c.id, which)
    )
    return lambda asked: _mine(statement, asked).order_by(since, _c.id)


def _by_index(id_: ColumnElement[str], which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The few rows of a partial index. SQLite would otherwise read the whole table in the order of id."""
    return id_.in_(union(select(id_).where(which)))


def _living(
    day: ColumnElement[Any], which: ColumnElement[bool], until: ColumnElement[Any] = _NOTHING
) -> Select[Any]:
    """The contracts that are not over and have such a day."""
    return select(*_columns(day, _c.id, until=until)).where(_c.state.not_in(FINAL), _by_index(_c.id, which))


def _informal(asked: Asked) -> Select[Any]:
    """The requests to end contracts that are not in the company's form (R44)."""
    day = _c.informal_on
    return _mine(_living(day, day.is_not(None)), asked).order_by(day, _c.id)


def _misuse(asked: Asked) -> Select[Any]:
    """The instructions to follow (Art. 4(4))."""
    day = _c.misuse_due_on
    return _mine(_living(day, day.is_not(None), until=day), asked).order_by(day, _c.id)


def _certificates(asked: Asked) -> Select[Any]:
    """Certificates that have expired or soon will (Art. 3(1)(3))."""
    day = _c.certificate_expires_on
    soon = and_(day.is_not(None), day <= asked.today + CERTIFICATE_AHEAD)
    return _mine(_living(day, soon, until=day), asked).order_by(day, _c.id)


def _option_informal(asked: Asked) -> Select[Any]:
    """The requests to end options that are not in the company's form (R44)."""
    joined = select(*_columns(_option.informal_on, _option.id, what=_option.reference)).join_from(
        tables.option, tables.contract, _c.id == _option.contract_id
    )
    which = _option.informal_on.is_not(None)
    waiting = joined.where(_option.state.not_in(FINAL), _by_index(_option.id, which))
    return _mine(waiting, asked).order_by(_option.informal_on, _option.id)


def _claims(asked: Asked) -> Select[Any]:
    columns = _columns(
        _credit.claimable_on, _credit.id, until=_credit.last_claim_on, what=_credit.amount_yen,
        outage_id=_credit.outage_id,
    )  # fmt: skip
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
    if asked.service is not None:
        joined = joined.where(_a.subject_id.in_(subjects_of(asked.service)))
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
    "informal": _informal,
    "option_informal": _option_informal,
    "misuse": _misuse,
    "certificate": _certificates,
    "claim": _claims,
    "approval": _approvals,
}
