"""The changes of a late entry, a correction or an annulment, as a difference of two folds (R16, R35 to R37)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from lifecycle.machines.derive_credit import outcome
from lifecycle.machines.dossier import Contract, Dossier, Option, row_id
from lifecycle.machines.line import Invalid
from lifecycle.machines.parts import Credit
from lifecycle.machines.rewrite import Rewrite
from lifecycle.queries.charges import charges
from lifecycle.queries.document_facts import OF_THE_LINE, document_facts
from lifecycle.queries.issued import NOTHING_SENT, Sent
from lifecycle.queries.views.changes import ChangedDay, ChangedMoney, Changes, InvalidatedEntry, NotServed
from lifecycle.queries.views.common import rulings_view
from lifecycle.terms.calendar import Month, end_of, instant, tokyo_day
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.order_of_days import rests_on_nothing

DAYS = (
    "reference", "state", "item", "received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on",
    "effective_on", "decided_by", "terminated_on", "former_item", "claimable_on", "last_claim_on", "units",
    "amount_yen",
)  # fmt: skip


def changes_view(
    found: Rewrite,
    now: datetime,
    sent: Sent = NOTHING_SENT,
    proposals: Sequence[str] = (),
    *,
    renamed: bool = False,
) -> Changes:  # fmt: skip
    """What a rewrite changes.

    now: charges are compared up to its day, and continuing outages count up to it (R26). sent: the months whose
    statements were. proposals: those that lapse. renamed: the customer, who is on every document with the
    reference, is called otherwise.
    """
    before, after = found.before_line.dossier, found.after_line.dossier
    days, today = [*_days(before, after, now)], tokyo_day(now)
    renamed = renamed or any(day["field"] == "reference" for day in days)
    money = _money(before, after, today, sent)
    return {
        "superseded": [
            {"id": row_id(row["subject"], row["seq"]), "subject_id": row["subject"], "event": row["event"],
             "effective_at": row["effective_at"]}
            for row in found.superseded
        ],
        "added": [
            {"subject_id": t.subject_id, "event": t.event.name, "effective_at": instant(t.at)}
            for t in found.added
        ],
        "days": days,
        "money": money,
        "invalidated": [invalidated_view(invalid) for invalid in found.invalid],
        "documents": [*_documents(before, after, money, renamed)],
        "proposals": [*proposals],
        "not_served": [*_not_served(found)],
    }  # fmt: skip


def _not_served(found: Rewrite) -> Iterator[NotServed]:
    """Since when a contract or an option had ended that was in force, as it now turns out (R36)."""
    parties: list[Contract | Option] = [found.after.contract, *found.after.options]
    holders = {one.id: one for one in parties}
    for row in found.superseded:
        holder = holders.get(row["subject"]) if row["event"] == "terminate" else None
        if holder is None:
            continue
        since = max(datetime.fromisoformat(row[name]) for name in ("effective_at", "recorded_at"))
        until = end_of(holder.terminated_on) if holder.terminated_on is not None else None
        if holder.live if until is None else since < until:
            yield {"subject_id": holder.id, "from_at": instant(since), "until_at": instant(until)}


def _documents(
    before: Dossier | None, after: Dossier | None, money: Sequence[ChangedMoney], renamed: bool
) -> Iterator[str]:
    """The kinds of documents whose text differs, and those that no longer exist."""
    was, now = document_facts(before), document_facts(after)
    for kind in OF_THE_LINE:
        if was.get(kind) != now.get(kind) or (renamed and kind in now):
            yield kind
    if money or (renamed and after is not None and after.contract.billing_started):
        yield "statement"
    if any(one["issued"] for one in money):
        yield "adjustment"


def invalidated_view(invalid: Invalid) -> InvalidatedEntry:
    """An entry without effect, and the rules that invalidate it."""
    entry = invalid.entry
    terms = EDITIONS.no_earlier(tokyo_day(entry.at))
    rulings = invalid.why.rulings or (rests_on_nothing(terms),)
    return {
        "id": entry.id,
        "subject_id": entry.subject_id,
        "event": entry.event.name,
        "effective_at": instant(entry.at),
        "rulings": rulings_view(rulings),
    }


def _days(before: Dossier | None, after: Dossier | None, now: datetime) -> Iterator[ChangedDay]:
    was, becomes = _fields(before, now), _fields(after, now)
    for subject, field in dict.fromkeys([*was, *becomes]):
        old, new = was.get((subject, field)), becomes.get((subject, field))
        if old != new:
            yield {"subject": subject, "field": field, "before": old, "after": new}


def _fields(dossier: Dossier | None, now: datetime) -> Mapping[tuple[str, str], Any]:
    subjects: list[Any] = [*dossier.subjects] if dossier is not None else []
    for place, subject in enumerate(subjects):
        if dossier is not None and isinstance(subject, Credit) and subject.recovered_at is None:
            counted = outcome(subject, dossier, now)
            subjects[place] = subject.replace(units=counted.units, amount_yen=counted.amount_yen)
    return {
        (subject.id, name): value.isoformat() if isinstance(value, date) else value
        for subject in subjects
        for name in DAYS
        if (value := vars(subject).get(name)) is not None
    }


def _money(before: Dossier | None, after: Dossier | None, today: date, sent: Sent) -> list[ChangedMoney]:
    was, now = _owed(before, today), _owed(after, today)
    return [
        {
            "month": month, "kind": kind, "before_yen": old, "after_yen": new,
            "issued": sent.since(Month.parse(month)) is not None,
        }
        for month, kind in sorted({*was, *now})
        if (old := was.get((month, kind), 0)) != (new := now.get((month, kind), 0))
    ]  # fmt: skip


def _owed(dossier: Dossier | None, today: date) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for charge in charges(dossier, today) if dossier is not None else ():
        key = (str(charge.month), charge.kind)
        found[key] = found.get(key, 0) + (charge.amount_yen or 0)
    return found
