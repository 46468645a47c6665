"""Erases a contract's personal data on request, after the contract has ended and no credit can be owed."""

import sqlite3

from sqlalchemy import Connection, Engine, delete, or_, select, update

from lifecycle.commands.command import CommandContext, new_id
from lifecycle.commands.enter_event import expect_version
from lifecycle.commands.notes import forget_written
from lifecycle.history.store import store_step
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import catch_up
from lifecycle.machines.events.erase_personal_data import ErasePersonalData
from lifecycle.machines.open import open_part
from lifecycle.machines.parts import Erasure
from lifecycle.machines.step import Act
from lifecycle.mail.outbox import forget_mail
from lifecycle.people.shown_pages import forget_every_page
from lifecycle.queries.approvals import DECLINED, PROPOSED
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import load
from lifecycle.records.people import forget_people, personal_of, versions_of
from lifecycle.records.search_folding import normalise

EVENT = "erase_personal_data"
ERASED = "The personal data was erased on request."
IN_MANY_TEXTS = ("number", "postal_code")  # mere digits, which days and amounts have too
SHORTEST = 2  # characters; a shorter name would be found in every text


def erase_personal_data(conn: Connection, contract_id: str, context: CommandContext) -> tuple[Dossier, list[str]]:
    """Erase customer and administrator of a contract, with every version and salt, its notes and attachments, and
    answers and pages that show them. Actor and reason are recorded. Returns the dossier, and the ids of history
    rows whose free text contains a name or an address: these stay, because history cannot be changed. A repetition
    changes nothing. Raises Unknown, Stale, NotPossible while the contract is not over, Refused while a credit may
    be owed.
    """
    before = load(conn, contract_id, lock=True, archived_too=True)
    expect_version(before, contract_id, context)
    dossier, entries = catch_up(before, context.now)
    if dossier.erasures:
        return dossier, []
    facts = ErasePersonalData(contract_id=contract_id, erased_at=context.now)
    erasure = Erasure(id=f"e_{new_id(context)}", state="erased", contract_id=contract_id, erased_at=context.now)
    act = Act(
        EVENT,
        erasure.id,
        facts,
        context.actor,
        context.now,
        context.now,
        context.reason,
        approver=context.approver,
    )
    opened, entry = open_part(dossier, erasure, act)
    written = store_step(conn, before, opened, (*entries, entry))
    named = _rows_that_name_them(conn, contract_id)
    forget_people(conn, contract_id)
    forget_written(conn, contract_id)
    forget_mail(conn, contract_id)
    forget_every_page(conn)
    _forget_answers(conn, opened)
    _forget_proposals(conn, opened, context)
    return written, named


def merge_write_ahead_log(engine: Engine) -> None:
    """After the commit: merge SQLite's write-ahead log into the file, where deleted data is overwritten with
    zeros. While a reader uses an older state, this is left to a later commit. PostgreSQL needs VACUUM.
    """
    if is_sqlite(engine):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:  # busy: the log is folded in with a later commit
            pass
        finally:
            connection.close()


def _rows_that_name_them(conn: Connection, contract_id: str) -> list[str]:
    versions = [personal_of(conn, contract_id) or {}, *versions_of(conn, contract_id).values()]
    said = [
        str(text)
        for people in versions
        for person in people.values()
        for name, text in (person or {}).items()
        if text and name not in IN_MANY_TEXTS
    ]
    words = {normalise(text) for text in said if len(text) >= SHORTEST}
    h = tables.history.c
    rows = conn.execute(
        select(h.subject_id, h.seq, h.payload).where(h.contract_id == contract_id).order_by(h.subject_id, h.seq)
    )
    return [f"{r.subject_id}.{r.seq}" for r in rows if any(word in normalise(r.payload) for word in words)]


def _forget_proposals(conn: Connection, dossier: Dossier, context: CommandContext) -> None:
    """Delete the content of proposals about people, and decline open ones."""
    table = tables.approval
    body = table.c.body
    theirs = table.c.subject_id.in_([subject.id for subject in dossier.subjects]) & or_(
        body.contains('"customer":'), body.contains('"administrator":')
    )
    declined = {"state": DECLINED, "decided_by": context.actor, "decided_at": context.now, "reason": ERASED}
    conn.execute(update(table).where(theirs, table.c.state == PROPOSED).values(declined))
    conn.execute(update(table).where(theirs).values(body="{}"))


def _forget_answers(conn: Connection, dossier: Dossier) -> None:
    """Delete stored answers that show the customer, and the hashes of their requests, with which guesses could be
    tested.
    """
    body, contract_id = tables.idempotency.c.body, dossier.contract.id
    people = or_(body.contains('"customer":'), body.contains('"administrator":'))
    subjects = (body.contains(f'"subject":"{one.id}"', autoescape=True) for one in dossier.subjects)
    proposes = or_(*subjects) & people
    shows = body.contains(f'"id":"{contract_id}"', autoescape=True) & body.contains('"customer":')
    refers = body.contains(f'"existing":"/v1/contracts/{contract_id}"', autoescape=True)
    conn.execute(delete(tables.idempotency).where(or_(shows, refers, proposes)))
