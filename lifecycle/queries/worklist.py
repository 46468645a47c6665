"""The worklist: what waits for a person, what the clock will do, what went wrong. Read only, by index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal, literal_column, select, union, union_all

from lifecycle.history.operations_log import Note
from lifecycle.machines.timers import RANKS
from lifecycle.queries.approvals import WAITING_APPROVALS
from lifecycle.queries.forecast import forecast_steps
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.forecast import entry_view
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.timers import fuse
from lifecycle.timers.clock import oldest_due
from lifecycle.timers.parked import Parked, parked_timers
from lifecycle.webhooks.subscriptions import webhook_numbers

MOST = 1000  # beyond this a count says "more than"
LATE = timedelta(minutes=5)
_c = tables.contract.c
_option, _change, _credit = (tables.SUBJECTS[kind].c for kind in ("option", "item_change", "credit"))
_HOLDABLE = ("accepted", "cancel_notified")  # the states in which billing can be held


@dataclass(frozen=True, slots=True)
class Pile:
    """One kind of what waits. rows: the first, with the contract's id, reference, kind, day; count: of all."""

    what: str
    rows: Sequence[Any]
    count: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """What went wrong. fuse: the entry with which it tripped; oldest: what should have fired and has not.

    untold: messages to other systems that failed for good. silent: how many of those want or get no more.
    """

    fuse: Note | None
    parked: Sequence[Parked]
    oldest: datetime | None
    untold: int
    silent: int

    @property
    def anything(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.fuse or self.parked or self.oldest or self.untold or self.silent)


def queues(conn: Connection, limit: int) -> list[Pile]:
    """What waits for a person, by kind; kinds of which nothing waits are left out."""
    found = [_pile(conn, what, statement, limit) for what, statement in _waiting().items()]
    return [pile for pile in found if pile.rows]


def wrong(conn: Connection, now: datetime, limit: int) -> Wrong:
    """What went wrong with the clock, and with telling others."""
    oldest = oldest_due(conn)
    late = oldest if oldest is not None and oldest < now - LATE else None
    silent, _, untold = webhook_numbers(conn)
    return Wrong(fuse.tripped(conn), parked_timers(conn, limit), late, untold, silent)


def coming(conn: Connection, now: datetime, until: datetime, limit: int) -> list[Answer]:
    """The first transitions to come: the forecast of the contracts whose timers are the first."""
    first = union_all(*(_soonest(kind, event, until, limit) for kind, event in RANKS)).subquery()
    soonest = conn.execute(select(first).order_by(first.c.due_at).limit(limit)).all()
    if not soonest:
        return []
    dossiers = load_many(conn, list(dict.fromkeys(row.contract_id for row in soonest)))
    found = forecast_steps(dossiers.values(), now, min(until, soonest[-1].due_at))
    return [entry_view(entry) for entry in islice(found, limit)]


def queue_counts(conn: Connection, until: datetime) -> Mapping[tuple[str, str], int]:
    """How many timers of each kind fall due by an instant."""
    found = {}
    for kind, event in RANKS:
        table = tables.SUBJECTS[kind].c
        number = conn.execute(
            select(func.count()).where(table.due_event == event, table.due_at <= until)
        ).scalar_one()
        if number:
            found[kind, event] = number
    return found


def _waiting() -> dict[str, Select[Any]]:
    shown = (_c.id, _c.reference, literal("contract").label("kind"), _c.received_on.label("day"))
    apart: tuple[Any, ...] = (
        _c.due_event == "hold_billing",
        literal_column("billing_held"),
    )  # each by its own index
    held = _c.id.in_(union(*(select(_c.id).where(which) for which in apart)))
    return {
        "application": select(*shown).where(_c.state == "applied"),
        "approval": WAITING_APPROVALS,
        "option": _of(_option, "option").where(_option.state == "applied"),
        "item_change": _of(_change, "item_change").where(_change.state == "applied"),
        "condition": select(*shown[:3], _c.planned_start_on.label("day")).where(
            and_(_c.state.in_(_HOLDABLE), held)
        ),
        "claim": select(_c.id, _c.reference, literal("credit").label("kind"), _credit.last_claim_on.label("day"))
        .join_from(tables.SUBJECTS["credit"], tables.contract, _c.id == _credit.contract_id)
        .where(_credit.due_event == "lapse")
        .order_by(_credit.due_at),
    }


def _of(part: Any, kind: str) -> Select[Any]:
    shown = (_c.id, part.reference, literal(kind).label("kind"), part.received_on.label("day"))
    return select(*shown).join_from(tables.SUBJECTS[kind], tables.contract, _c.id == part.contract_id)


def _pile(conn: Connection, what: str, statement: Select[Any], limit: int) -> Pile:
    rows = list(conn.execute(statement.limit(limit)))
    count = len(rows)
    if count == limit:
        some = statement.order_by(None).limit(MOST + 1).subquery()
        count = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return Pile(what, rows, count)


def _soonest(kind: str, event: str, until: datetime, limit: int) -> Select[Any]:
    table = tables.SUBJECTS[kind].c
    owner = (table.id if kind == "contract" else table.contract_id).label("contract_id")
    first = select(table.due_at, owner).where(table.due_event == event, table.due_at <= until)
    return select(first.order_by(table.due_at).limit(limit).subquery())


def days_of(found: Sequence[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    """Coming transitions by their civil day in Japan."""
    days: dict[str, list[Answer]] = {}
    for one in found:
        days.setdefault(one["due_at"][:10], []).append(one)
    yield from days.items()
