"""Outages that affect a contract that was entered, or started, after they became known (R26)."""

from sqlalchemy import Connection, bindparam, or_, select

from lifecycle.commands.book import book_around
from lifecycle.commands.command import CommandContext
from lifecycle.commands.enter_event import Executed, record
from lifecycle.commands.outage_credits import open_credit
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.parts import Outage
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.calendar import end_of, start_of

_outage = tables.SUBJECTS["outage"]
_OVER_LATER = select(_outage.c.id).where(
    or_(_outage.c.recovered_at.is_(None), _outage.c.recovered_at > bindparam("starts"))
)


def reached(conn: Connection, done: Executed, context: CommandContext) -> Executed:
    """Open the missing credits of a contract whose time in force has grown.

    Outages of all contracts within its time in force are looked up, and those that name it; a continuing one
    affects a contract whose billing is still to start. In the caller's transaction.
    """
    if not _grew(done.before, done.dossier):
        return done
    for outage in _lacking(conn, done.dossier):
        found = open_credit(book_around(conn, done.dossier), outage, context)
        opened = record(conn, book_around(conn, done.dossier), found, context)
        done = done._replace(dossier=opened.dossier)
    return done


def _grew(before: Dossier, after: Dossier) -> bool:
    """Whether the time in force includes new days; an earlier end alone adds no outage."""
    was, now = before.contract, after.contract
    if (was.accepted_on, was.billing_starts_on) != (now.accepted_on, now.billing_starts_on):
        return True
    return was.effective_on is not None and (now.effective_on is None or now.effective_on > was.effective_on)


def _lacking(conn: Connection, dossier: Dossier) -> list[Outage]:
    contract = dossier.contract
    starts_on = contract.billing_starts_on
    if contract.accepted_on is None or starts_on is None:
        return []
    starts = start_of(starts_on)
    if not fetch_tuples(conn, _OVER_LATER, {"starts": starts}):  # at a fifth of the price of the one below
        return []
    o = _outage.c
    statement = select(_outage).where(
        or_(o.recovered_at.is_(None), o.recovered_at > starts), o.state != "annulled"
    )
    if contract.effective_on is not None:
        statement = statement.where(o.known_at < end_of(contract.effective_on))
    known = {credit.outage_id for credit in dossier.credits}
    found = []
    for row in conn.execute(statement.order_by(o.known_at)):
        if row.service not in (None, contract.service):
            continue
        values = row._asdict()
        names = values["contracts"]
        if row.id not in known and (names is None or contract.id in names):
            found.append(Outage.of({**values, "contracts": None if names is None else tuple(names)}))
    return found
