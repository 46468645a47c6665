"""Compares outages with their own history, which contains all their facts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.checks.rows import check_rows
from lifecycle.audit.checks.stored import payload_of_row
from lifecycle.audit.verifier.chains import Steps
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import Row
from lifecycle.machines.parts import Outage
from lifecycle.records import tables

_FACTS = ("known_at", "recovered_at", "source", "attributable", "contracts", "service")
_TABLE = tables.SUBJECTS["outage"]
_SOME = select(_TABLE).where(_TABLE.c.id > bindparam("after")).order_by(_TABLE.c.id).limit(bindparam("limit"))


def check_outages(conn: Connection, after: str, limit: int, steps: Steps) -> tuple[str | None, int, list[Finding]]:
    """Check the next outages; return the last id, None for the end, their number, and the findings."""
    outages: dict[str, Entity] = {
        row.id: Outage.of(row._asdict()) for row in conn.execute(_SOME, {"after": after, "limit": limit})
    }
    if not outages:
        return None, 0, []
    history = tables.history
    rows = conn.execute(select(history).where(history.c.subject_id.in_(outages)).order_by(history.c.seq)).all()
    found = list(check_rows(list(rows), outages, {id_: id_ for id_ in outages}, steps))
    broken = {finding.subject.partition(".")[0] for finding in found}
    for id_, outage in outages.items():
        payloads = [payload_of_row(row) for row in rows if row.subject_id == id_]
        if id_ not in broken:
            found += _facts(outage, [row for row in payloads if row is not None])
    return max(outages), len(outages), found


def _facts(outage: Any, payloads: Sequence[Row]) -> Iterator[Finding]:
    said: dict[str, Any] = dict.fromkeys(_FACTS)
    for row in payloads:
        said |= {name: value for name, value in row["facts"].items() if name in said}
    for name, value in said.items():
        stored = getattr(outage, name)
        expected = datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
        if stored != expected:
            yield differs("replay", outage.id, name, stored, expected, "its history says otherwise")
