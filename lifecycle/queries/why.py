"""Why something ended on its day: the last row, and the chain of causes back to a person's act."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from lifecycle.history.rows import in_full
from lifecycle.machines.derive import ending_of
from lifecycle.machines.dossier import FINAL, Contract, Dossier, Option, row_id
from lifecycle.machines.entries import REWRITES
from lifecycle.queries.audit_trail import row_of
from lifecycle.queries.views.audit import Why
from lifecycle.queries.views.common import rulings_view, stored_rulings_view
from lifecycle.queries.views.history import history_view
from lifecycle.records import tables
from lifecycle.records.keeping import refuse_archived
from lifecycle.terms.calendar import end_of, instant
from lifecycle.terms.editions import EDITIONS, Editions

Payload = dict[str, Any]
# What people do that decides, or moves, the day on which something ends.
DECIDES = frozenset(
    ("accept", "notify_cancellation", "revoke_cancellation", "end_by_company", "end_by_agreement",
     "reschedule_billing", "reject", "withdraw")
)  # fmt: skip
_OF_CONTRACT = (
    select(tables.history.c.payload, tables.history.c.hash)
    .where(tables.history.c.contract_id == bindparam("id"))
    .order_by(tables.history.c.recorded_at, tables.history.c.subject_id, tables.history.c.seq)
)


def why(conn: Connection, dossier: Dossier, subject_id: str, editions: Editions = EDITIONS) -> Why:
    """Why a contract or an option ended on its day, or will: rulings, causes, who, on what facts.

    causes: from the row that ended it back over `caused_by`. decisions: every row of a person's that decided or
    moved the end, those later revoked or put right included, oldest first. Raises KeyError, Archived.
    """
    subject: Contract | Option = dossier.subject(subject_id)
    refuse_archived(conn, dossier.contract.id)
    found = conn.execute(_OF_CONTRACT, {"id": dossier.contract.id}).all()
    rows = [(payload, row.hash) for payload, row in zip(in_full(conn, found), found, strict=True)]
    mine = {subject_id, dossier.contract.id}
    gone = {(p["subject"], seq) for p, _ in rows for seq in p.get("line", {}).get("supersedes", ())}
    standing = (row for row in reversed(rows) if (row[0]["subject"], row[0]["seq"]) not in gone)
    last = next((row for row in standing if row[0]["subject"] == subject_id and _ends(row[0])), None)
    events = {row_id(p["subject"], p["seq"]): p["event"] for p, _ in rows}
    governing = editions.governing(dossier.contract)
    end = ending_of(subject, dossier.contract, governing) if subject.accepted_on else None
    shown = rulings_view(end.rulings) if end else []
    if not subject.live and last:
        shown = stored_rulings_view(last[0]["rulings"])
    return {
        "subject_id": subject_id,
        "kind": subject.KIND,
        "reference": subject.reference,
        "state": subject.state,
        "ended_on": subject.terminated_on.isoformat() if subject.terminated_on else None,
        "ends_at": instant(end_of(end.effective_on)) if end else None,
        "decided_by": subject.decided_by,
        "rulings": shown,
        "causes": [history_view(*row) for row in _causes(conn, last, end.notice if end else None)],
        "decisions": [
            history_view(*row) for row in rows if row[0]["subject"] in mine and _decides(row[0], events)
        ],
    }


def _ends(payload: Payload) -> bool:
    """Whether the row itself led to a final state: not one that was written after it, or about another row."""
    step = payload.get("line", {})
    before, after = (step["from"], step["to"]) if "to" in step else (payload["from_state"], payload["to_state"])
    return before != after and after in FINAL and payload["event"] not in REWRITES


def _decides(payload: Payload, events: Mapping[str, str]) -> bool:
    """events: by the id of each row, what happened."""
    if payload["event"] in REWRITES:
        facts = payload["facts"]
        about = [facts["entry"]] if "entry" in facts else facts.get("entries", ())
        return any(events.get(entry) in DECIDES for entry in about)
    return payload["event"] in DECIDES or (payload["actor"] != "clock" and "rulings_before" in payload)


def _causes(conn: Connection, last: tuple[Payload, str] | None, notice: str | None) -> list[tuple[Payload, str]]:
    """The last row, then each one's cause; where nothing has ended yet, from the deciding notice on."""
    chain: list[tuple[Payload, str]] = [last] if last else []
    cause = last[0]["caused_by"] if last else notice
    while cause is not None and (found := row_of(conn, cause)) is not None and len(chain) < 50:
        (payload,) = in_full(conn, [found])
        chain.append((payload, found.hash))
        cause = payload["caused_by"]
    return chain
