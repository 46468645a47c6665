"""Whether this process can serve, and alarms for people.

Only a fault of this process or its database removes it from the proxy. A fault that affects all processes is an
alarm, because removing one API would not help.
"""

import logging
import sqlite3
import time
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from typing_extensions import TypedDict

from api.request.context import Context
from lifecycle.audit.standing import SealingStatus, sealing_status
from lifecycle.records.engine import reading
from lifecycle.records.fitness import Fitness, fitness_on
from lifecycle.records.writable import write_probe
from lifecycle.timers.clock import oldest_due, parked_count, read_clock
from lifecycle.timers.fuse import tripped

log = logging.getLogger(__name__)
BEHIND = timedelta(minutes=1)  # maximum difference between the clocks of several machines
SEALED_WITHIN = timedelta(seconds=60)  # what is promised; twice that is an alarm
PROBES_APART = 5.0  # seconds between two probe writes
FATAL, ALARM = "fatal", "alarm"
ALARMS = ("migrations", "clock", "last_sweep", "oldest_overdue", "parked", "fuse", "sealing")
_PROBED, _TOLD = "write probe", "not ready"  # a key of the context's cache


class CheckResult(TypedDict):
    """One check. severity: fatal removes this process from the proxy, alarm is for a person."""

    ok: bool
    severity: Literal["fatal", "alarm"]
    detail: str


Checks = dict[str, CheckResult]


def checks_of(context: Context) -> Checks:
    """Return every check by its name. Logs when the process stops being ready."""
    found = _checks(context)
    wrong = "; ".join(f"{name}: {one['detail']}" for name, one in found.items() if is_fatal(one))
    if wrong and context.kept.get(_TOLD) != wrong:
        log.error("this process cannot serve: %s; /readyz answers 503 meanwhile", wrong)
    context.kept[_TOLD] = wrong
    return found


def is_fatal(check: CheckResult) -> bool:
    """Whether a check removes the process from the proxy."""
    return not check["ok"] and check["severity"] == FATAL


def alarms_of(checks: Checks) -> dict[str, bool]:
    """Return whether each alarm is raised; checks that were not run are missing."""
    return {name: name in checks and not checks[name]["ok"] for name in ("database", *ALARMS)}


def _checks(context: Context) -> Checks:
    try:
        now = context.clock()
        with reading(context.engine) as conn:
            fit = fitness_on(conn)
            if not fit.fits:
                return {"migrations": _fatal(False, fit.detail)}
            state, due_at, parked, out = read_clock(conn), oldest_due(conn), parked_count(conn), tripped(conn)
            seals = sealing_status(conn)
        _probe(context)
    except (SQLAlchemyError, sqlite3.Error) as error:
        return {"database": _fatal(False, said_of(error))}
    grace = timedelta(seconds=2 * context.sweep_interval_s)
    overdue = max(now - due_at, timedelta(0)) if due_at is not None else timedelta(0)
    return {
        "database": _fatal(True, "answers and can be written to"),
        "migrations": _of_migrations(fit),
        "clock": _in_step(state.high_water_mark, now),
        "last_sweep": _swept(context, state.heartbeat_at, now, grace),
        "oldest_overdue": _alarm(overdue <= grace, f"{overdue.total_seconds():.0f} s"),
        "parked": _alarm(parked == 0, f"{parked} waiting"),
        "fuse": _alarm(out is None, "whole" if out is None else f"ends wait for a person: {out.reason}"),
        "sealing": _sealing(context, seals, now),
    }


def _probe(context: Context) -> None:
    """Write a row, at most every few seconds; in between return the last result."""
    apart = min(PROBES_APART, context.sweep_interval_s)
    at, failed = context.kept.get(_PROBED, (-apart, None))
    if time.monotonic() - at >= apart:
        failed = None
        try:
            write_probe(context.engine)
        except (SQLAlchemyError, sqlite3.Error) as error:
            failed = error
        context.kept[_PROBED] = time.monotonic(), failed
    if failed is not None:
        raise failed


def said_of(error: Exception) -> str:
    """Describe a database error without the statement."""
    own = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(own, sqlite3.Error):
        return f"{own}"
    return f"no answer: {type(own or error).__name__}"


def _of_migrations(fit: Fitness) -> CheckResult:
    if fit.standing == "newer":
        return _alarm(False, f"{fit.detail}: replace this process")
    return _fatal(True, fit.detail)


def _in_step(mark: datetime | None, now: datetime) -> CheckResult:
    """Whether this process's clock is not far behind the times that sweeps recorded."""
    behind = mark - now if mark is not None else timedelta()
    if behind <= BEHIND:
        return _alarm(True, "in step with the sweeps")
    return _alarm(False, f"{behind.total_seconds():.0f} s behind what sweeps have recorded")


def _swept(context: Context, heartbeat_at: datetime | None, now: datetime, grace: timedelta) -> CheckResult:
    if context.sandbox:
        return _alarm(True, "a sandbox sweeps when its time is moved")
    if heartbeat_at is None:
        return _alarm(False, "no sweep yet")
    age = now - heartbeat_at
    return _alarm(age <= grace, f"{age.total_seconds():.0f} s ago, every {context.sweep_interval_s:.0f} s")


def _sealing(context: Context, seals: SealingStatus, now: datetime) -> CheckResult:
    if seals.refused:
        return _alarm(False, seals.refused)
    behind = f"{seals.logged - seals.signed} of {seals.logged} rows not signed"
    behind += "; more wait for the log" if seals.waiting_since else ""
    if seals.unposted:
        behind += f"; not posted, {seals.unposted}"
    if context.sandbox or seals.sealed_at is None:
        return _alarm(True, behind)
    age, waits = now - seals.sealed_at, now - (seals.waiting_since or now)
    if waits > 2 * SEALED_WITHIN:
        behind += f"; the oldest not in the log waits for {waits.total_seconds():.0f} s"
    return _alarm(max(age, waits) <= 2 * SEALED_WITHIN, f"{behind}; {age.total_seconds():.0f} s ago")


def _fatal(ok: bool, detail: str) -> CheckResult:
    return {"ok": ok, "severity": "fatal", "detail": detail}


def _alarm(ok: bool, detail: str) -> CheckResult:
    return {"ok": ok, "severity": "alarm", "detail": detail}
