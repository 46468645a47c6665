"""What a late entry, a correction or an annulment changes: rows, days, yen, documents (R16, R35 to R37)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from typing_extensions import TypedDict

from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.fold import Invalid
from lifecycle.machines.rewrite import Rewrite
from lifecycle.queries.charges import charges
from lifecycle.queries.views.closed_sets import ChargeKind, Event
from lifecycle.queries.views.common import RulingView, rulings_view
from lifecycle.queries.views.fields import ContractId, Instant, MonthText, RowId, Yen, about
from lifecycle.terms.calendar import instant

DAYS = (
    "state", "item", "received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on", "effective_on",
    "decided_by", "terminated_on", "former_item", "claimable_on", "last_claim_on", "units", "amount_yen",
)  # fmt: skip
DOCUMENTS = {
    "acceptance": ("received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on", "item"),
    "cancellation": ("effective_on", "decided_by", "terminated_on"),
}


class SupersededRow(TypedDict):
    """A row of the history that no longer stands."""

    id: Annotated[RowId, about("The row, by its id.")]
    subject_id: Annotated[ContractId, about("What it happened to.")]
    event: Annotated[Event, about("What happened.")]
    effective_at: Annotated[Instant, about("The instant from which it held.")]


class AddedRow(TypedDict):
    """A transition that the clock should have made, recorded now with its legal instant."""

    subject_id: Annotated[ContractId, about("What it happens to.")]
    event: Annotated[Event, about("What happens.")]
    effective_at: Annotated[Instant, about("The instant from which it holds.")]


class ChangedDay(TypedDict):
    """A day or another derived value that differs."""

    subject: Annotated[ContractId, about("Whose it is: a contract, an option and so on.")]
    field: Annotated[str, about("Which one, named as in the answers.", "effective_on")]
    before: Annotated[str | int | None, about("As it was.", "2022-07-31")]
    after: Annotated[str | int | None, about("As it is.", "2022-08-31")]


class ChangedMoney(TypedDict):
    """What is owed for a month, of one kind."""

    month: Annotated[MonthText, about("The month whose statement shows it.")]
    kind: Annotated[ChargeKind, about("What it is for.")]
    before_yen: Annotated[Yen, about("In yen as it was; 0 where nothing was owed.")]
    after_yen: Annotated[Yen, about("In yen as it is.")]
    issued: Annotated[bool, about("Whether the month's statement has been sent.", False)]


class InvalidatedEntry(TypedDict):
    """An entry that no longer holds: it has no effect until a later change allows it again (R37)."""

    id: Annotated[RowId, about("The entry's row, by its id.")]
    subject_id: Annotated[ContractId, about("What it was entered for.")]
    event: Annotated[Event, about("What was entered.")]
    effective_at: Annotated[Instant, about("Its legal instant.")]
    rulings: Annotated[list[RulingView], about("The rules that refuse it; empty where the state does.")]


class Changes(TypedDict):
    """All that a command changed in what was on record before."""

    superseded: Annotated[list[SupersededRow], about("Rows that no longer stand.")]
    added: Annotated[list[AddedRow], about("Transitions recorded with their legal instants.")]
    days: Annotated[list[ChangedDay], about("Days and other derived values that differ.")]
    money: Annotated[list[ChangedMoney], about("Amounts that differ, by month and kind.")]
    invalidated: Annotated[list[InvalidatedEntry], about("Entries that no longer hold.")]
    documents: Annotated[list[str], about("Kinds of documents whose text differs.", ["cancellation"])]


def changes_view(found: Rewrite, today: date, issued: frozenset[str] = frozenset()) -> Changes:
    """What a rewrite changes.

    today: charges are compared up to it. issued: the months whose statements were sent.
    """
    before, after = found.before_line.dossier, found.after_line.dossier
    days = [*_days(before, after)]
    money = _money(before, after, today, issued)
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
        "documents": [
            *(name for name, fields in DOCUMENTS.items() if any(day["field"] in fields for day in days)),
            *(["statement"] if money else []),
        ],
    }  # fmt: skip


def invalidated_view(invalid: Invalid) -> InvalidatedEntry:
    """An entry without effect, and the rules behind it."""
    entry = invalid.entry
    return {
        "id": entry.id,
        "subject_id": entry.subject_id,
        "event": entry.event.name,
        "effective_at": instant(entry.at),
        "rulings": rulings_view(invalid.why.rulings),
    }


def _days(before: Dossier | None, after: Dossier | None) -> Iterator[ChangedDay]:
    was = _fields(before)
    now = _fields(after)
    for subject, field in dict.fromkeys([*was, *now]):
        old, new = was.get((subject, field)), now.get((subject, field))
        if old != new:
            yield {"subject": subject, "field": field, "before": old, "after": new}


def _fields(dossier: Dossier | None) -> Mapping[tuple[str, str], Any]:
    subjects = dossier.subjects if dossier is not None else ()
    return {
        (subject.id, name): value.isoformat() if isinstance(value, date) else value
        for subject in subjects
        for name in DAYS
        if (value := vars(subject).get(name)) is not None
    }


def _money(
    before: Dossier | None, after: Dossier | None, today: date, issued: frozenset[str]
) -> list[ChangedMoney]:
    was, now = _owed(before, today), _owed(after, today)
    return [
        {"month": month, "kind": kind, "before_yen": old, "after_yen": new, "issued": month in issued}
        for month, kind in sorted({*was, *now})
        if (old := was.get((month, kind), 0)) != (new := now.get((month, kind), 0))
    ]


def _owed(dossier: Dossier | None, today: date) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for charge in charges(dossier, today) if dossier is not None else ():
        key = (str(charge.month), charge.kind)
        found[key] = found.get(key, 0) + (charge.amount_yen or 0)
    return found
