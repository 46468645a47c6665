"""Why a day or an amount of a contract has its value: its rulings, and the entries on which it is based."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.entries import REWRITES
from lifecycle.queries.history import history_views, superseded_rows
from lifecycle.queries.month_statement import statement_of
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.history import HistoryItem
from lifecycle.queries.views.money import StatementLine
from lifecycle.records import tables
from lifecycle.terms.calendar import Month, iso_day

_STARTS = ("accept", "reschedule_billing", "meet_condition", "waive_condition", "hold_billing", "start_billing")
_ENDS = ("notify_cancellation", "end_by_agreement", "end_by_company", "terminate")
# The events that decide a day, and those that a charge rests on; of usage the record.
OF_DAYS: Mapping[str, Collection[str]] = {
    "accepted_on": ("accept",), "billing_starts_on": _STARTS, "minimum_term_ends_on": _STARTS,
}  # fmt: skip
OF_CHARGES: Mapping[str, Collection[str]] = {
    "initial_fee": ("accept",), "option_initial_fee": ("accept",), "one_off_fee": ("accept", "set_fee"),
    "monthly_base_fee": (*_STARTS, *_ENDS), "monthly_option_fee": (*_STARTS, "change_fees", *_ENDS),
    "residual_fee": (*_STARTS, *_ENDS), "agreed_amount": ("end_by_agreement",),
    "outage_credit": ("open", "recover", "attribute", "credit", "claim"),
}  # fmt: skip
_ITEM_CHANGES = ("monthly_base_fee", "one_off_fee")  # rest on what became of the item too


class ValueReasons(NamedTuple):
    """A day or an amount with its reasons. name: of the field, or the kind of charge; rows: the oldest first."""

    name: str
    value: date | int | None
    rulings: Sequence[RulingView]
    rows: Sequence[HistoryItem]


def standing_rows(conn: Connection, contract_id: str) -> list[HistoryItem]:
    """The rows of a contract and its parts that no later row supersedes, in the order of recording."""
    h = tables.history.c
    found = select(h.payload, h.hash).where(h.contract_id == contract_id)
    found = found.order_by(h.recorded_at, h.effective_at, h.subject_id, h.seq)
    gone = superseded_rows(conn, contract_id)
    return [row for row in history_views(conn, conn.execute(found).all()) if row["id"] not in gone]


def why_days(contract: Contract, rows: Sequence[HistoryItem]) -> list[ValueReasons]:
    """The days of a contract but for its end, of which `why` tells. rows: its standing ones."""
    mine = [row for row in rows if row["subject_id"] == contract.id]
    found = []
    for name, events in OF_DAYS.items():
        if (day := getattr(contract, name)) is not None:
            decided = _about(mine, events)
            found.append(ValueReasons(name, day, _concluding(decided, iso_day(day)), decided))
    return found


def why_month(conn: Connection, dossier: Dossier, month: Month, rows: Sequence[HistoryItem]) -> list[ValueReasons]:
    """The lines of a month's statement. rows: the standing ones of the contract and its parts."""
    known = [row for row in rows if row["effective_at"][:10] <= iso_day(month.last)]
    lines = statement_of(conn, dossier, month)["lines"]
    return [ValueReasons(one["kind"], one["amount_yen"], [one["ruling"]], _rests_on(one, known)) for one in lines]


def _rests_on(line: StatementLine, rows: Sequence[HistoryItem]) -> list[HistoryItem]:
    if (cause := line.get("cause")) is not None:
        return [row for row in rows if row["id"] == cause]
    changes = line["kind"] in _ITEM_CHANGES
    mine = [
        row
        for row in rows
        if row["subject_id"] == line["subject_id"] or (changes and row["kind"] == "item_change")
    ]
    events = OF_CHARGES.get(line["kind"], ("record",))
    return _about(mine, (*events, "take_effect", "change_item") if changes else events)


def _about(rows: Sequence[HistoryItem], events: Collection[str]) -> list[HistoryItem]:
    """The rows of such events, and those that put one of them right."""
    found = {row["id"] for row in rows if row["event"] in events}
    return [row for row in rows if row["id"] in found or (row["event"] in REWRITES and _entry(row) in found)]


def _entry(row: HistoryItem) -> Any:
    return row["facts"].get("entry")


def _concluding(rows: Sequence[HistoryItem], day: str) -> list[RulingView]:
    """What the rows concluded of that very day, each sentence once."""
    found = {one["because"]: one for row in rows for one in row["rulings"] if one.get("on") == day}
    return list(found.values())
