"""Issues the statements of a month for all contracts, part by part, in the background if many are left (R40).

Each part is a transaction: after an interruption, the next request continues. No job is stored: the contracts left
are those without an issued statement, and the running worker holds a lock.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from lifecycle.commands.command import Command, CommandContext, Outcome
from lifecycle.commands.one_at_a_time import alone, under_way
from lifecycle.commands.service import Service
from lifecycle.commands.statements import issue_of, named_month, refuse_running, store_issues
from lifecycle.errors import TryAgain
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.queries.statements import IssueCounts, issue_counts, not_issued
from lifecycle.queries.views.money import IssueProgress
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import Month

PART = 200  # contracts whose statements are issued in one transaction: others write between them
FEW = 400  # the number that is issued before the request is answered
RETRIES = 3
IssuingProgress = Callable[[int], object]
log = logging.getLogger(__name__)


class _Part(NamedTuple):
    """The result of a part. last: the id after which the next one begins, None for the end."""

    last: str | None
    issued: int


def issue_all(service: Service, command: Command) -> Outcome:
    """Execute the operation at once if few are left, else in the background with the address of the progress."""
    month, context = named_month(command.part), command.context(service.clock())
    own = command.service
    refuse_running(month, context.now)
    with reading(service.engine) as conn:
        counts, busy = issue_counts(conn, month, own), under_way(conn, _name(month, own))
    if command.dry_run:
        return _issued(month, counts.left, counts)
    if not busy and counts.left <= FEW:
        return _issued(month, issue_left(service.engine, month, context, of=own), counts)
    if not busy:
        _begin(service, month, context, own)
    where = f"/v1/statements/{month}/issue" + (f"?service={own}" if own is not None else "")
    return Outcome({**progress_view(month, counts, running=True)}, begun=True, location=where)


def issue_left(
    engine: Engine, month: Month, context: CommandContext, progress: IssuingProgress = lambda number: None,
    of: str | None = None,
) -> int:  # fmt: skip
    """Issue the remaining statements of a month; return how many. progress: called with the number in each part.
    of: the service of the contracts, None for all. Raises Refused for a month that is not over, TryAgain.
    """
    refuse_running(month, context.now)
    after: str | None = ""
    issued = 0
    while after is not None:
        part = _retried(engine, month, context, after, of)
        progress(part.issued)
        after, issued = part.last, issued + part.issued
    return issued


def issue_progress(conn: Connection, month: Month, of: str | None = None) -> IssueProgress:
    """Return the progress of issuing a month, of a service's contracts or of all."""
    return progress_view(month, issue_counts(conn, month, of), running=under_way(conn, _name(month, of)))


def progress_view(month: Month, counts: IssueCounts, *, running: bool) -> IssueProgress:
    """How far it has come, as it is shown."""
    state = "running" if running else "open" if counts.left else "done"
    return {
        "month": str(month), "state": state, "contracts": counts.all, "issued": counts.issued,
        "billed_elsewhere": counts.elsewhere, "left": counts.left,
    }  # fmt: skip


def _issued(month: Month, number: int, before: IssueCounts) -> Outcome:
    return Outcome({"month": str(month), "issued": number, "already": before.issued + before.elsewhere})


def _begin(service: Service, month: Month, context: CommandContext, of: str | None) -> None:
    """Issue the rest in the background; do nothing if another request has just started it."""
    held = ExitStack()
    if not held.enter_context(alone(service.engine, _name(month, of))):
        held.close()
        return

    def work() -> None:
        with held:
            try:
                issue_left(service.engine, month, context, of=of)
            except Exception:
                log.exception("cannot issue all statements of %s; issue the month again for the rest", month)

    service.background(work)


def _retried(engine: Engine, month: Month, context: CommandContext, after: str, of: str | None) -> _Part:
    for _ in range(RETRIES):
        try:
            with writing(engine) as conn:
                return _issue_part(conn, month, context, after, of)
        except IntegrityError:  # another process is issuing one of them: read again
            continue
    raise TryAgain


def _issue_part(conn: Connection, month: Month, context: CommandContext, after: str, of: str | None) -> _Part:
    ids = not_issued(conn, month, after, PART, of)
    if ids and not is_sqlite(conn):
        conn.execute(select(tables.contract.c.id).where(tables.contract.c.id.in_(ids)).with_for_update())
    dossiers, known = load_many(conn, ids), sent_to(conn, ids)
    sent = {contract_id: known.get(contract_id, NOTHING_SENT) for contract_id in ids}
    issues = [
        issue_of(conn, dossiers[contract_id], month, sent[contract_id], context)
        for contract_id in ids
        if sent[contract_id].since(month) is None
    ]
    store_issues(conn, issues)
    return _Part(ids[-1] if len(ids) == PART else None, len(issues))


def _name(month: Month, of: str | None) -> str:
    return f"issue {month}" if of is None else f"issue {month} {of}"
