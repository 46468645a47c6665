"""The record of reads: who viewed or exported whose personal data. It contains only ids and has its own retention
period.

A process collects the reads of its requests and writes them every second, so that no request waits for a write. If
a process is killed, the reads of the last second are lost.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select

from lifecycle.records import tables
from lifecycle.records.of_service import concerning

KEPT = timedelta(days=400)
IN_A_ROW = 500  # ids of contracts in a row
MOST = 100_000  # reads in memory while the database is unavailable
CUT_AT_ONCE = 100  # reads of which the contracts are read together
AT_ONCE = 1_000  # rows that one transaction deletes
_columns = tables.personal_read.c


class Read(NamedTuple):
    """One read of personal data. operation: the name of its route.

    asked: for an export of the history, its filter, empty for everything; rows: the number of exported rows.
    """

    at: datetime
    actor: str
    operation: str
    contract_ids: Sequence[str]
    asked: Mapping[str, str] | None = None
    rows: int = 0


class FoundRead(NamedTuple):
    """A recorded read. contract_ids: separated by spaces; empty if it viewed none of the requested service.

    number: of contracts; for an export, which has its filter in `asked`, of its rows.
    """

    id: int
    at: datetime
    actor: str
    operation: str
    contract_ids: str
    number: int
    asked: Mapping[str, str] | None

    @property
    def names_anybody(self) -> bool:
        """Whether a requested contract was viewed."""
        return bool(self.contract_ids) or self.asked is not None


class ReadsAsked(NamedTuple):
    """A filter of reads: of a contract, by a person, in [since, until), of contracts of a service.

    Exports without named contracts count as reads of each contract.
    """

    contract: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    service: str | None = None


class Reads:
    """Reads to be written, from all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Read] = []
        self.lost = 0

    def add(self, read: Read) -> None:
        """Add a read. If too many wait, it is dropped and counted."""
        with self._lock:
            if len(self._waiting) < MOST:
                self._waiting.append(read)
            else:
                self.lost += 1

    def take(self) -> list[Read]:
        """Return all waiting reads and remove them."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken

    def put_back(self, reads: list[Read]) -> None:
        """Put reads that could not be written back, before all others."""
        with self._lock:
            self._waiting = reads + self._waiting


def write_reads(conn: Connection, reads: Sequence[Read]) -> None:
    """Write reads; a long one takes several rows."""
    rows = [
        {
            "at": read.at, "actor": read.actor, "operation": read.operation, "asked": read.asked,
            "number": len(part) if read.asked is None else read.rows, "contract_ids": " ".join(part),
        }
        for read in reads
        for begin in range(0, len(read.contract_ids) if read.asked is None else 1, IN_A_ROW)
        for part in [read.contract_ids[begin : begin + IN_A_ROW]]
    ]  # fmt: skip
    if rows:
        conn.execute(insert(tables.personal_read), rows)


def find_reads(conn: Connection, asked: ReadsAsked, after: int | None = None) -> Iterator[FoundRead]:
    """Return reads, the newest first. after: the id of the last one of the previous page.

    With a service, reads of other contracts are returned without their contracts, so that a page is never searched
    for too long.
    """
    statement = select(*(_columns[name] for name in FoundRead._fields)).order_by(_columns.id.desc())
    if asked.contract is not None:
        named = _columns.contract_ids.contains(asked.contract, autoescape=True)
        statement = statement.where(or_(named, _columns.contract_ids == ""))
    if asked.actor is not None:
        statement = statement.where(_columns.actor == asked.actor)
    if asked.since is not None:
        statement = statement.where(_columns.at >= asked.since)
    if asked.until is not None:
        statement = statement.where(_columns.at < asked.until)
    if after is not None:
        statement = statement.where(_columns.id < after)
    with conn.execute(statement.execution_options(yield_per=AT_ONCE)) as found:
        reads = (FoundRead(*row) for row in found)
        if asked.service is None:
            yield from reads
            return
        while some := list(islice(reads, CUT_AT_ONCE)):
            yield from _cut(conn, some, asked.service)


def _cut(conn: Connection, reads: Sequence[FoundRead], service: str) -> Iterator[FoundRead]:
    """Limit reads to the contracts of a service."""
    own = concerning(conn, {id_ for one in reads for id_ in one.contract_ids.split()}, service)
    for one in reads:
        ids = [id_ for id_ in one.contract_ids.split() if id_ in own]
        if one.asked is None:
            yield one._replace(contract_ids=" ".join(ids), number=len(ids))
        elif one.asked.get("service", service) != service or ("contract" in one.asked and not ids):
            yield one._replace(contract_ids="", asked=None)
        else:
            yield one


def forget_old_reads(conn: Connection, now: datetime) -> int:
    """Delete the oldest expired reads, at most AT_ONCE. Returns the number."""
    old = select(_columns.id).where(_columns.at < now - KEPT).order_by(_columns.at).limit(AT_ONCE)
    return conn.execute(delete(tables.personal_read).where(_columns.id.in_(old.scalar_subquery()))).rowcount
