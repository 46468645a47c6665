"""One batch of the sweep: claimed rows are read, stepped and written, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from lifecycle.desk.bulk import Step, write_steps
from lifecycle.desk.due import Claim, Due, ahead_of, set_aside
from lifecycle.desk.parked import Fault, of_the_row, park, reason_of, unpark
from lifecycle.machines.facts import Dossier
from lifecycle.machines.step import Entry, fire
from lifecycle.records.mapping import load_many
from lifecycle.terms.editions import Editions

PART = 1000  # rows of a batch in memory at a time


def fire_claims(
    conn: Connection, due: Due, claims: Sequence[Claim], now: datetime, recorded: datetime, editions: Editions
) -> tuple[list[Claim], list[Fault]]:
    """Fires claimed timers; which of them fired, and which were parked because their step raised.

    now: when later tries are counted from; recorded: the instant of recording.
    Raises what the database raises, Overtaken, and whatever a row that cannot be read or written raises.
    """
    fired: list[Claim] = []
    faults: list[Fault] = []
    for start in range(0, len(claims), PART):
        part = claims[start : start + PART]
        before = load_many(conn, list(dict.fromkeys(claimed.contract_id for claimed in part)))
        turn = _in_turn(conn, before, part, now)
        steps = _step(before, due, turn, recorded, editions, fired, faults)
        write_steps(conn, steps)
    unpark(conn, [claimed.subject_id for claimed in fired if claimed.tries is not None])
    park(conn, faults, now)
    return fired, faults


def fault(due: Due, claimed: Claim, error: Exception) -> Fault:
    """A claimed timer's failure, as it is parked."""
    return Fault(claimed.subject_id, claimed.event, due.at, claimed.tries or 0, reason_of(error))


def _in_turn(
    conn: Connection, dossiers: Mapping[str, Dossier], claims: Sequence[Claim], now: datetime
) -> list[Claim]:
    """The claims whose turn it is: nothing else of their contract must fire before them (R15)."""
    ahead = [(claimed, ahead_of(dossiers[claimed.contract_id], claimed.subject_id)) for claimed in claims]
    blocking = [timer for _, timers in ahead for timer in timers]
    if not blocking:
        return list(claims)
    aside = set_aside(conn, blocking, now)
    return [claimed for claimed, timers in ahead if all(timer.subject_id in aside for timer in timers)]


def _step(
    before: Mapping[str, Dossier], due: Due, claims: Sequence[Claim], recorded: datetime, editions: Editions,
    fired: list[Claim], faults: list[Fault],
) -> list[Step]:  # fmt: skip
    """The steps of a part, by contract; notes on the way what fired and what failed."""
    after = dict(before)
    entries: dict[str, list[Entry]] = {}
    for claimed in claims:
        try:
            stepped, more = fire(after[claimed.contract_id], claimed.subject_id, recorded, editions)
        except Exception as error:
            if not of_the_row(error):
                raise
            faults.append(fault(due, claimed, error))
            continue
        after[claimed.contract_id] = stepped
        entries.setdefault(claimed.contract_id, []).extend(more)
        fired.append(claimed)
    return [Step(before[id_], after[id_], rows) for id_, rows in entries.items()]
