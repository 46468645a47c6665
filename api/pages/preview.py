"""The effect of a command, computed inside its transaction: the dossier before and after, line by line.

The page shows these lines before the confirmation. The confirmation runs the command again and rolls back if the
lines differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from api.pages.changes import agreed_changes, ahead, shown_changes
from lifecycle.errors import DomainError
from lifecycle.history.rows import history_of
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.charges import Charge, charges
from lifecycle.queries.history import history_views
from lifecycle.queries.views.contracts import ContractView, contract_view
from lifecycle.queries.views.fields import Answer, previewed
from lifecycle.queries.views.money import IssuedMonth, RefundView, Statement
from lifecycle.queries.views.options import OptionView, option_view
from lifecycle.queries.views.outages import OutageView
from lifecycle.queries.views.parts import (
    CreditView,
    ItemChangeView,
    MeasureView,
    UsageView,
    credit_view,
    item_change_view,
    measure_view,
    usage_view,
)
from lifecycle.queries.views.running import MovedView, ParkedTimer, Scheduler
from lifecycle.records.mapping import load
from lifecycle.records.people import personal_of
from lifecycle.terms.calendar import Month, tokyo_day

VIEWS: Mapping[str, type] = {
    "contract": ContractView,
    "option": OptionView,
    "item_change": ItemChangeView,
    "measure": MeasureView,
    "credit": CreditView,
    "usage": UsageView,
    "outage": OutageView,
    "statement": Statement,
    "month": IssuedMonth,
    "refund": RefundView,
    "clock": MovedView,
    "scheduler": Scheduler,
    "parked": ParkedTimer,
}  # whose marked fields are shown, by kind


class PreviewLine(NamedTuple):
    """A change. kind, name: of its subject; was, becomes: as the API formats them."""

    kind: str
    name: str
    field: str
    was: Any
    becomes: Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dossier at a moment, with the fields that pages compare. things: by id, kind, name and shown fields."""

    entities: Mapping[str, tuple[str, str, Answer]] = field(default_factory=dict)
    seqs: Mapping[str, int] = field(default_factory=dict)
    dossier: Dossier | None = None


@dataclass(frozen=True, slots=True)
class CommandPreview:
    """The effect of a command. rows: the history rows that it would write; money: new charges and dropped ones.
    changes: its changes to recorded facts, None for none.
    """

    lines: Sequence[PreviewLine]
    rows: Sequence[Answer]
    money: Sequence[tuple[Answer, bool]]
    changes: Answer | None = None

    @property
    def ends_now(self) -> bool:
        """Whether something ends immediately, as by a notice whose last day has passed."""
        return any((line.field, line.becomes) == ("state", "terminated") for line in self.lines)

    @property
    def agreed(self) -> str:
        """What a person agrees to, as one text; instants count by their day."""
        rulings = [
            (row["event"], [(r["rule"], r.get("on"), r.get("amount_yen"), r.get("days")) for r in row["rulings"]])
            for row in self.rows
        ]
        owed = [(line["kind"], line["month"], line["amount_yen"], added) for line, added in self.money]
        lines = [(*line[:3], _agreed(line.was), _agreed(line.becomes)) for line in self.lines]
        return orjson.dumps([lines, rulings, owed, agreed_changes(self.changes)]).decode()


def snapshot(conn: Connection, contract_id: str | None, now: datetime) -> Snapshot:
    """Return the recorded values of a contract, empty for none."""
    if contract_id is None:
        return Snapshot()
    dossier = load(conn, contract_id)
    entities = {id_: (kind, name, seen) for id_, kind, name, seen in _entities(conn, dossier, now)}
    return Snapshot(entities, {subject.id: subject.seq for subject in dossier.subjects}, dossier)


def compare(
    conn: Connection, before: Snapshot, after: Snapshot, now: datetime, changes: Answer | None = None
) -> CommandPreview:
    """Return the differences of two snapshots; after: of the open transaction, where its new history rows can be
    read. changes: those in the command's answer.
    """
    found = [
        row
        for subject_id, seq in after.seqs.items()
        for row in history_of(conn, subject_id, before.seqs.get(subject_id, 0), 50)
        if seq > before.seqs.get(subject_id, 0)
    ]
    rows = list(history_views(conn, found))
    lines, money = list(_lines(before.entities, after.entities)), _money(before, after, tokyo_day(now))
    entities = {**before.entities, **after.entities}
    return CommandPreview(lines, rows, ahead(money, changes), shown_changes(changes, entities))


def compare_plain(kind: str, was: Answer, becomes: Answer) -> CommandPreview:
    """Do the same for subjects outside dossiers; for a statement, with its lines."""
    lines = _lines({"": (kind, "", _as_text(kind, was))}, {"": (kind, "", _as_text(kind, becomes))})
    money = [(line, True) for line in becomes["lines"]] if kind == "statement" else []
    return CommandPreview(list(lines), [], money, shown_changes(becomes.get("changes"), {}))


class NotTicked(DomainError):
    """The effect of the command needs a separate tick, which is missing."""

    status, kind, title = 422, "not-ticked", "Confirmation is required"

    def __init__(self) -> None:
        super().__init__("Tick the box and confirm once more.")


def preview_differences(agreed: str, preview: CommandPreview, before: Snapshot) -> list[PreviewLine]:
    """Return what differs from the preview that a person agreed to: each line as it was and as it is. before: the
    present record, for lines that no longer change.
    """
    held = {
        (kind, name, shown): text for kind, name, view in before.entities.values() for shown, text in view.items()
    }
    then = {tuple(line[:3]): line[4] for line in _read_agreed(agreed)}
    here = {tuple(line[:3]): line[4] for line in orjson.loads(preview.agreed)[0]}
    return [
        PreviewLine(key[0], key[1], key[2], then.get(key), here.get(key, held.get(key)))
        for key in dict.fromkeys((*then, *here))
        if then.get(key) != here.get(key)
    ]


class PreviewChanged(DomainError):
    """The effect of the command differs from the agreed one."""

    status, kind, title = 412, "preview-changed", "It has changed since"

    def __init__(self) -> None:
        super().__init__("The outcome is not the one shown.")


def _entities(conn: Connection, dossier: Dossier, now: datetime) -> Iterator[tuple[str, str, str, Answer]]:
    contract = contract_view(dossier, personal_of(conn, dossier.contract.id), now)
    yield dossier.contract.id, "contract", "", _as_text("contract", contract)
    for option in dossier.options:
        yield option.id, "option", option.reference, _as_text("option", option_view(dossier, option.id, now))
    for change in dossier.item_changes:
        view = item_change_view(dossier, change.id, now)
        yield change.id, "item_change", change.reference, _as_text("item_change", view)
    for number, measure in enumerate(dossier.measures, 1):
        yield measure.id, "measure", str(number), _as_text("measure", measure_view(dossier, measure.id, now))
    for credit in dossier.credits:
        yield (
            credit.id,
            "credit",
            tokyo_day(credit.known_at).isoformat(),
            _as_text("credit", credit_view(dossier, credit, now)),
        )
    for usage in dossier.usages:
        meters = usage_view(dossier, usage.id)["meters"]
        yield usage.id, "usage", usage.month, {f"meters.{meter}": used for meter, used in meters.items()}


def _as_text(kind: str, view: Answer) -> Answer:
    return {line: read(view) for line, read in previewed(VIEWS[kind]).items()}


def _lines(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> Iterator[PreviewLine]:
    for id_, (kind, name, after) in becomes.items():
        before = was[id_][2] if id_ in was else {}
        for shown, value in after.items():
            if value != before.get(shown) and not (id_ not in was and value in (None, False, [], "", 0)):
                yield PreviewLine(kind, name, shown, before.get(shown), value)


def _money(before: Snapshot, after: Snapshot, today: date) -> list[tuple[Answer, bool]]:
    """Charges that the command adds, and those that it removes, up to the end or the next month."""
    if after.dossier is None:
        return []
    until = _horizon(before, after, today)
    was = _owed(before.dossier, until) if before.dossier else {}
    becomes = _owed(after.dossier, until)
    gone = [(charge.view(), False) for key, charge in was.items() if key not in becomes]
    new = [(charge.view(), True) for key, charge in becomes.items() if key not in was]
    return sorted((*gone, *new), key=lambda found: (found[0]["arose_at"], found[0]["kind"], found[1]))


def _horizon(before: Snapshot, after: Snapshot, today: date) -> date:
    """The end of the month after the last day that matters."""
    assert after.dossier is not None
    contracts = [snapshot.dossier.contract for snapshot in (before, after) if snapshot.dossier]
    days = [day for c in contracts for day in (c.effective_on, c.billing_starts_on) if day is not None]
    return Month.of(max([today, *days])).following.last


def _owed(dossier: Dossier, until: date) -> dict[tuple[Any, ...], Charge]:
    return {
        (c.kind, c.subject_id, str(c.month), c.amount_yen, c.arose_at): c for c in charges(dossier, until)
    }  # fmt: skip


def _agreed(value: Any) -> Any:
    return value[:10] if isinstance(value, str) and value[10:11] == "T" else value


def _read_agreed(agreed: str) -> list[Any]:
    try:
        found = orjson.loads(agreed)[0]
        return [line for line in found if isinstance(line, list) and len(line) == 5]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return []
