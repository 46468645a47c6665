"""Checks a whole database part by part, each in one read-only transaction; it can be interrupted and continued."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select

from lifecycle.audit.checks.archived import archived_among, archived_rows, check_archived
from lifecycle.audit.checks.editions import check_editions
from lifecycle.audit.checks.found import Finding
from lifecycle.audit.checks.outages import check_outages
from lifecycle.audit.checks.people import StoredPeople, check_people, check_written
from lifecycle.audit.checks.replay import UNREADABLE, check_replay, folded
from lifecycle.audit.checks.rows import check_rows
from lifecycle.audit.checks.stored import StoredContract, contract_ids, read_contracts
from lifecycle.audit.checks.whole import LogCheck, check_whole
from lifecycle.audit.export import one_moment
from lifecycle.audit.standalone import legal_steps
from lifecycle.history.editions_known import adopt_announcements
from lifecycle.history.rows import judged_from
from lifecycle.records import tables

CHUNK = 200  # contracts of one transaction
LOG_CHUNK = 20_000


class CheckedPart(NamedTuple):
    """A finished part: how many contracts and outages, the place reached, the findings."""

    subjects: int
    reached: "Reached"
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """The progress of a check: the last contract and the last outage. The log and the whole are checked last."""

    contract: str = ""
    outage: str = ""


@dataclass(slots=True)
class Checker:
    """Checks a database. people: whether this login may read personal data."""

    engine: Engine
    people: bool = True
    steps: Any = field(default_factory=legal_steps)

    def total(self) -> int:
        """The number of contracts and outages, for a progress bar."""
        with one_moment(self.engine) as conn:
            return sum(
                conn.execute(select(func.count()).select_from(tables.SUBJECTS[kind])).scalar_one()
                for kind in ("contract", "outage")
            )

    def parts(self, reached: Reached = Reached()) -> Iterator[CheckedPart]:
        """Check every part after a place; each is read in a separate transaction."""
        while True:
            with one_moment(self.engine) as conn:
                adopt_announcements(conn)
                ids = contract_ids(conn, reached.contract, CHUNK)
                found = tuple(self._contracts(conn, ids)) if ids else ()
            if not ids:
                break
            reached = Reached(ids[-1], reached.outage)
            yield CheckedPart(len(ids), reached, found)
        last: str | None = reached.outage
        while last is not None:
            with one_moment(self.engine) as conn:
                last, number, some = check_outages(conn, reached.outage, CHUNK, self.steps)
            reached = Reached(reached.contract, last or reached.outage)
            yield CheckedPart(number, reached, tuple(some))
        yield CheckedPart(0, reached, tuple(self._whole()))

    def _contracts(self, conn: Connection, ids: list[str]) -> Iterator[Finding]:
        since, people = judged_from(conn), StoredPeople(conn, ids) if self.people else None
        archived = archived_among(conn, ids)
        unreadable: list[Finding] = []
        stored = read_contracts(conn, ids, unreadable)
        yield from unreadable
        for one in stored.values():
            if (gone := archived.get(one.dossier.contract.id)) is not None:
                yield from check_archived(one, gone)
                continue
            owners = {subject_id: subject.owner for subject_id, subject in one.subjects.items()}
            broken = list(check_rows(one.rows, one.subjects, owners, self.steps))
            yield from broken
            yield from self._replayed(one, since, people)

    def _replayed(self, one: StoredContract, since: Any, people: StoredPeople | None) -> Iterator[Finding]:
        contract_id, erased = one.dossier.contract.id, bool(one.dossier.erasures)
        try:
            if (found := folded(one, since)) is None:
                return
            line, payloads, until = found
            yield from check_replay(one, line, payloads, until)
            if people is not None:
                yield from check_people(people, contract_id, erased, payloads, line)
                yield from check_written(people, contract_id, erased, payloads)
        except UNREADABLE as error:
            yield Finding("replay", contract_id, f"its history cannot be replayed ({type(error).__name__})")

    def _whole(self) -> Iterator[Finding]:
        with one_moment(self.engine) as conn:
            archived = archived_rows(conn)
            log, rows = LogCheck(conn, archived), LOG_CHUNK
            while rows == LOG_CHUNK:
                rows, found = log.read(conn, LOG_CHUNK)
                yield from found
            yield from log.end(conn)
            yield from check_editions(conn, self.steps)
            yield from check_whole(conn, self.people, archived)
