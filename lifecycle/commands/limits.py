"""Hourly limits of irreversible commands by one person; counted under a lock."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from lifecycle.commands.command import Call
from lifecycle.commands.enter_event import Executed, changes_of
from lifecycle.commands.idempotency import lock_number
from lifecycle.commands.service import Hourly
from lifecycle.machines.table import EVENTS
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

HOUR = timedelta(hours=1)
_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
TERMINATE = "terminate"
WEIGHTY = frozenset(("effective_on", "terminated_on", "billing_starts_on"))
PUT_RIGHT = ("correct_entry", "annul_entry")
ENDS = sorted({event.name for events in EVENTS.values() for event in events.values() if event.ends})


EVENTS_COUNTED: Mapping[Hourly, list[str]] = {
    "ends": ENDS,
    "acceptances": ["accept"],
    "erasures": ["erase_personal_data"],
}


def too_many(call: Call, what: Hourly) -> bool:
    """Whether a person has reached the hourly limit; never without a limit.

    Ends are cancellation notices, company ends, and corrections and annulments that ended something. Until the
    transaction ends, no other transaction counts those of the same person.
    """
    most, actor = call.service.most_per_hour(what), call.command.actor
    if not is_sqlite(call.conn):  # where one writes at a time
        call.conn.execute(_LOCK, {"lock": lock_number(f"{what} of {actor}")})
    table = tables.history.c
    mine = (_PEOPLE, table.actor == actor, table.recorded_at > call.now - HOUR)
    counts = table.event.in_(EVENTS_COUNTED[what])
    if what == "ends":
        counts = counts | table.event.in_(PUT_RIGHT) & _ended_something()
    found = select(table.seq).where(*mine, counts).limit(most).subquery()
    return bool(call.conn.execute(select(func.count()).select_from(found)).scalar_one() >= most)


def _ended_something() -> Any:
    """Whether the clock's end of something was recorded together with a row, as its result."""
    row, end = tables.history.c, tables.history.alias()
    return (
        select(end.c.seq)
        .where(
            end.c.contract_id == row.contract_id, end.c.recorded_at == row.recorded_at, end.c.event == TERMINATE
        )
        .exists()
    )


def is_weighty(call: Call, done: Executed) -> bool:
    """Whether an end or a billing start has moved, of the contract or an option, or what was sent."""
    if done.rewritten is None:
        return False
    if done.before.contract.billed_until != done.dossier.contract.billed_until:
        return True
    found = changes_of(call.conn, done.rewritten, call.now)
    lives = {done.dossier.contract.id, *(option.id for option in done.dossier.options)}
    moved = any(day["subject"] in lives and day["field"] in WEIGHTY for day in found["days"])
    return moved or any(one["issued"] for one in found["money"])


def ends_something(done: Executed) -> bool:
    """Whether a contract or an option has ended at once by what was put right."""
    return done.rewritten is not None and any(t.event.name == "terminate" for t in done.rewritten.added)
