"""What was known at one moment about another, and the rows that made the difference since."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, bindparam, select

from lifecycle.history.editions_known import editions_known
from lifecycle.history.rows import in_full
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import REWRITES
from lifecycle.queries.as_of import as_of
from lifecycle.queries.views.audit import Believed, BelievedRow, Difference
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.history import history_view
from lifecycle.queries.views.options import option_view
from lifecycle.queries.views.parts import credit_view, item_change_view, measure_view, usage_view
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.terms.editions import Editions

CORRECTS = REWRITES | {"revoke_cancellation", "reschedule_billing", "correct", "change_administrator"}
NOT_COMPARED = frozenset(("version", "allowed_events", "because"))
LEFT_OUT = frozenset(("customer", "administrator", "options", "allowed_events", "version"))
_ROWS = (
    select(tables.history.c.payload, tables.history.c.hash)
    .where(
        tables.history.c.contract_id == bindparam("id"),
        tables.history.c.recorded_at > bindparam("since"),
        tables.history.c.recorded_at <= bindparam("until"),
        tables.history.c.effective_at <= bindparam("held"),
    )
    .order_by(tables.history.c.recorded_at, tables.history.c.subject_id, tables.history.c.seq)
)


def as_known(
    conn: Connection, contract_id: str, known_at: datetime, effective_at: datetime, against: datetime | None = None
) -> Believed:
    """What was on record at known_at about effective_at, without personal data. All are instants with zone.

    against: a second moment of knowing; then every field that differs is listed, and the rows recorded between
    the two, marked `late` (recorded after the day they hold for) and `corrects`. Raises Unknown where there
    was nothing.
    """
    terms = editions_known(conn, known_at)
    at_first = as_of(conn, contract_id, effective_at, known_at, terms)
    about, known = instant(effective_at), instant(known_at)
    if against is None:
        return {
            "effective_at": about,
            "known_at": known,
            "believed": _whole(at_first, contract_id, effective_at, terms),
        }
    terms_later = editions_known(conn, against)
    later = as_of(conn, contract_id, effective_at, against, terms_later)
    if later is None and at_first is None:
        raise Unknown("contract at that moment", contract_id)
    then = _whole(at_first, contract_id, effective_at, terms) if at_first else None
    now = _whole(later, contract_id, effective_at, terms_later) if later else None
    order = sorted((known_at, against))
    rows = conn.execute(
        _ROWS, {"id": contract_id, "since": order[0], "until": order[1], "held": effective_at}
    ).all()
    return {
        "effective_at": about,
        "known_at": known,
        "against_known_at": instant(against),
        "believed": then,
        "against": now,
        "differences": field_differences(then, now),
        "rows": [_marked(payload, row.hash) for payload, row in zip(in_full(conn, rows), rows, strict=True)],
    }


def field_differences(then: Answer | None, now: Answer | None) -> list[Difference]:
    """The differing fields, by JSON pointer, in order; None for a missing field."""
    old, new = dict(_leaves("", then)), dict(_leaves("", now))
    return [
        {"field": field, "believed": old.get(field), "against": new.get(field)}
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    ]


def _whole(dossier: Dossier | None, contract_id: str, at: datetime, editions: Editions) -> dict[str, Any]:
    if dossier is None:
        raise Unknown("contract at that moment", contract_id)
    contract = contract_view(dossier, None, at, editions)
    return {
        "contract": {name: value for name, value in contract.items() if name not in LEFT_OUT},
        "options": {o.id: option_view(dossier, o.id, at, editions) for o in dossier.options},
        "item_changes": {c.id: item_change_view(dossier, c.id, at) for c in dossier.item_changes},
        "measures": {m.id: measure_view(dossier, m.id, at) for m in dossier.measures},
        "credits": {c.id: credit_view(dossier, c, at, editions) for c in dossier.credits},
        "usages": {u.id: usage_view(dossier, u.id) for u in dossier.usages},
    }


def _leaves(at: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(JSON pointer, value) of every leaf; notices are identified by their ids."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "id" in value[0]:
        value = {one["id"]: one for one in value}
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_COMPARED:
                yield from _leaves(f"{at}/{name}", inner)
    elif value is not None or at:
        yield at, value


def _marked(payload: Answer, leaf: str) -> BelievedRow:
    recorded, held = (tokyo_day(datetime.fromisoformat(payload[n])) for n in ("recorded_at", "effective_at"))
    marks = {"late_by_days": (recorded - held).days, "late": recorded > held}
    marked = {**history_view(payload, leaf), **marks, "corrects": payload["event"] in CORRECTS}
    return cast(BelievedRow, marked)
