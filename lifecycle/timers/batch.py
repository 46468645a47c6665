"""One batch of the sweep: claimed rows are read, stepped and written, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.step import Entry, fire
from lifecycle.machines.unread import ReadsMore
from lifecycle.records.alike_rows import AlikeRows, write_alike
from lifecycle.records.mapping import RowsByKind, contract_with, rows_of
from lifecycle.records.row_sets import RowValues
from lifecycle.terms.editions import Editions
from lifecycle.timers.claims import Claim, fields_of
from lifecycle.timers.due import DueGroup, ahead_of, set_aside
from lifecycle.timers.parked import StepFault, is_about_row, park, reason_of, unpark
from lifecycle.timers.shapes import Shapes, filled, in_parts

PART = 1000  # contracts of a batch in memory at a time, and as many being written
# contracts stepped stage by stage: 68 us each, and 83 where each goes through all stages by itself
STEPPED_AT_ONCE = 100
BatchPart = dict[str, list[Claim]]  # claims by contract


@dataclass(slots=True)
class Batch:
    """The input and the result of a batch.

    now: the instant from which retries are scheduled. recorded: the instant of recording. shapes: the known steps
    of contracts that are alike; None if each contract is stepped separately. others: claims that are stepped
    separately. fired, faults: the timers that fired, and those that are parked because their step raised.
    reads_more: claims whose step read a field that its event does not declare; they are stepped again with all
    fields.
    """

    due: DueGroup
    now: datetime
    recorded: datetime
    editions: Editions
    shapes: Shapes | None = None
    others: Sequence[Claim] = ()
    alike: Iterable[AlikeRows] = ()
    fired: list[Claim] = field(default_factory=list)
    faults: list[StepFault] = field(default_factory=list)
    reads_more: list[Claim] = field(default_factory=list)

    def read(self, conn: Connection, claims: Sequence[Claim], *, ahead: bool = False) -> None:
        """Add claimed timers. ahead: prepare the steps of contracts that are alike now."""
        if self.shapes is None:
            self.others = claims
            return
        groups, self.others = self.shapes.sort(conn, claims)
        self.fired = [claimed for group in groups for claimed, _ in group]
        filled_in = (filled(part, self.recorded) for part in in_parts(groups, PART))
        self.alike = list(filled_in) if ahead else filled_in

    def write(self, conn: Connection) -> None:
        """Fire the timers and write the result.

        Raises the database's errors, ConcurrentChange, and whatever the writing of a row raises.
        """
        contracts: dict[str, list[Claim]] = {}
        for claimed in self.others:
            contracts.setdefault(claimed.contract_id, []).append(claimed)
        ids = list(contracts)
        parts = [{id_: contracts[id_] for id_ in ids[n : n + PART]} for n in range(0, len(ids), PART)]
        with ThreadPoolExecutor(1) as pen:
            self._write_alike(conn, pen)
            if parts:
                self._fire_parts(conn, parts, pen)
        late = [(claimed.subject_id, claimed.event) for claimed in self.fired if claimed.attempts is not None]
        unpark(conn, late, self.now)
        park(conn, self.faults, self.now)

    def _write_alike(self, conn: Connection, pen: Executor) -> None:
        """Prepare the steps of a part while the previous part is being written."""
        written: Future[None] | None = None
        for rows in self.alike:
            if written is not None:
                written.result()
            written = pen.submit(write_alike, conn, rows)
        if written is not None:
            written.result()

    def _fire_parts(self, conn: Connection, parts: Sequence[BatchPart], pen: Executor) -> None:
        """Step a part while the previous part is being written: the connection serves one of the two at a time."""
        written: Future[list[RowValues]] | None = None
        rows = self._read(conn, parts[0])
        for part, following in zip(parts, (*parts[1:], None), strict=True):
            steps: list[ChainedStep] = []
            contracts = list(part.items())
            for start in range(0, len(contracts), STEPPED_AT_ONCE):
                steps += self._step(rows, contracts[start : start + STEPPED_AT_ONCE])
            if written is not None:
                written.result()
            if following is None:
                store(conn, steps)
            else:
                rows = self._read(conn, following)
                written = pen.submit(store, conn, steps)
        if self.reads_more:
            again = {claimed.contract_id: [claimed._replace(fields=None)] for claimed in self.reads_more}
            self.reads_more.clear()
            self._fire_parts(conn, [again], pen)

    def _read(self, conn: Connection, part: BatchPart) -> RowsByKind:
        """Read the rows of contracts whose claims lack what their step reads."""
        unread = [id_ for id_, claims in part.items() if claims[0].fields is None]
        rows = rows_of(conn, unread) if unread else RowsByKind({}, {}, conn.dialect)
        self._leave_for_later(conn, rows, part)
        return rows

    def _leave_for_later(self, conn: Connection, rows: RowsByKind, part: BatchPart) -> None:
        """Remove the claims of contracts in which another timer must fire first (R15)."""
        for contract_id in rows.parts:
            try:
                dossier = rows.dossier(contract_id)
            except Exception:  # noqa: S112 - the step meets it again, and parks the row
                continue
            ahead = {claimed: ahead_of(dossier, claimed.subject_id) for claimed in part[contract_id]}
            aside = set_aside(conn, [timer for timers in ahead.values() for timer in timers], self.now)
            before = aside | {claimed.subject_id for claimed in ahead}  # claimed together, they fire in order
            part[contract_id] = [c for c, timers in ahead.items() if all(t.subject_id in before for t in timers)]

    def _step(self, rows: RowsByKind, contracts: Iterable[tuple[str, Sequence[Claim]]]) -> list[ChainedStep]:
        """Fire contracts' timers: first all are read, then all are stepped, then all are chained
        (STEPPED_AT_ONCE).
        """
        read: list[tuple[Sequence[Claim], Dossier]] = []
        for contract_id, claims in contracts:
            try:
                if claims:
                    read.append((claims, self._dossier(rows, contract_id, claims[0])))
            except Exception as error:
                self._fault(claims, error)
        stepped = [(before, *self._fire(before, claims)) for claims, before in read]
        return [chain_dossier(before, after, entries) for before, after, entries in stepped if entries]

    def _fire(self, dossier: Dossier, claims: Sequence[Claim]) -> tuple[Dossier, tuple[Entry, ...]]:
        """Fire a contract's timers. Returns the new dossier and its new entries."""
        entries: tuple[Entry, ...] = ()
        for claimed in claims:
            try:
                dossier, more = fire(dossier, claimed.subject_id, self.recorded, self.editions)
            except ReadsMore:
                self.reads_more.append(claimed)
            except Exception as error:
                self._fault([claimed], error)
            else:
                entries += more
                self.fired.append(claimed)
        return dossier, entries

    def _fault(self, claims: Sequence[Claim], error: Exception) -> None:
        if not is_about_row(error):
            raise error
        self.faults += [fault(self.due, claimed, error) for claimed in claims]

    def _dossier(self, rows: RowsByKind, contract_id: str, claimed: Claim) -> Dossier:
        if claimed.fields is None:
            return rows.dossier(contract_id)
        return Dossier(contract_with(fields_of(self.due), claimed.fields, rows.dialect))


def fault(due: DueGroup, claimed: Claim, error: Exception) -> StepFault:
    """Return the failure of a claimed timer, to be parked."""
    return StepFault(claimed.subject_id, claimed.event, due.at, claimed.attempts or 0, reason_of(error))
