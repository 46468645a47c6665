"""What people entered, of every kind: by whom, approved by whom, and how long after its day."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, or_, select

from lifecycle.queries.audit_trail import DAY_S, Span, lag_s, people_rows
from lifecycle.records import tables
from lifecycle.terms.calendar import tokyo_day

_H, _c = tables.history.c, tables.contract.c
_STEP = 500


class PeopleEntry(NamedTuple):
    """One entry. reference: its contract's. late_days: from its day to that of entering it."""

    id: str
    recorded_at: datetime
    actor: str
    approver: str | None
    event: str
    kind: str
    reference: str
    contract_id: str
    effective_at: datetime
    late_days: int
    reason: str | None


def people_entries(
    conn: Connection, span: Span, *, person: str | None = None, late_days: int = 0
) -> Iterator[PeopleEntry]:
    """Entries in the order of recording. person: who entered or approved. late_days: at least so late."""
    conditions = []
    if person is not None:
        approved = f'"approver":{orjson.dumps(person).decode()}'
        conditions.append(or_(_H.actor == person, _H.payload.contains(approved, autoescape=True)))
    if late_days:
        conditions.append(lag_s(conn) > (late_days - 1) * DAY_S)
    rows = people_rows(conn, span, *conditions)
    while some := list(islice(rows, _STEP)):
        ids = {row.contract_id for row in some}
        known = select(_c.id, _c.reference).where(_c.id.in_(ids))
        references = {row.id: row.reference for row in conn.execute(known)}
        for row in some:
            payload = orjson.loads(row.payload)
            days = max(0, (tokyo_day(row.recorded_at) - tokyo_day(row.effective_at)).days)
            if days >= late_days:
                yield PeopleEntry(
                    f"{row.subject_id}.{row.seq}", row.recorded_at, payload["actor"], payload.get("approver"),
                    payload["event"], payload["kind"], references.get(row.contract_id, row.contract_id),
                    row.contract_id, row.effective_at, days, payload["reason"],
                )  # fmt: skip
