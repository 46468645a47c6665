"""Translates entries of the oracle into those of the service: bodies become facts, names become ids."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.facts import Facts
from lifecycle.machines.table import event_of
from tests.machines.life import facts_for
from tests.oracle.days import civil, moment
from tests.oracle.entries import CONTRACT, Entry

KINDS = {"contract": "c", "option": "o", "item_change": "i", "measure": "m", "usage": "u", "credit": "k"}
OPENS = {
    ("option", "apply"),
    ("item_change", "apply"),
    ("measure", "take"),
    ("usage", "record"),
    ("credit", "open"),
}
METERS = ("transcode_hours", "storage_gb", "delivery_gb", "live_hours")


@dataclass
class Names:
    """What the oracle's subjects and entries are called in the book.

    made: how an id is made of a kind's letter and the subject. rows: the id of the history row of each entry.
    """

    subjects: dict[str, str] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)

    def subject(self, entry: Entry) -> str:
        """The id of an entry's subject; an outage's is that of the contract's credit for it."""
        letter = KINDS[kind_of(entry)]
        return self.subjects.setdefault(entry.subject, f"{letter}_{entry.subject}")

    def of_row(self, row: str) -> str:
        """The oracle's name of an entry's row."""
        return next(name for name, id_ in self.rows.items() if id_ == row)


def kind_of(entry: Entry) -> str:
    """Return the service's kind: facts of an outage belong to the contract's credit."""
    return "credit" if entry.kind == "outage" else entry.kind


def translated(entry: Entry, now: datetime, names: Names, dossier: Dossier | None, number: int) -> HumanEntry:
    """The entry as a person enters it now. dossier: as recorded, None before the application."""
    kind, subject_id = kind_of(entry), names.subject(entry)
    known = {subject.id: subject for subject in dossier.subjects} if dossier is not None else {}
    opens = ((kind, entry.event) in OPENS and subject_id not in known) or (
        kind == CONTRACT and entry.event == "apply"
    )
    event = "correct" if kind == "usage" and not opens else entry.event
    seq = known[subject_id].seq if subject_id in known else 0
    at = now if kind == "usage" else moment(entry.when)
    facts = facts_of(entry, kind, event, now, names, known.get(subject_id))
    return HumanEntry(
        id=row_id(subject_id, seq + 1), subject_id=subject_id, kind=kind, event=event_of(kind, event), facts=facts,
        at=at, recorded_at=now, number=number, reason="on record", opens=opens,
    )  # fmt: skip


def facts_of(entry: Entry, kind: str, event: str, now: datetime, names: Names, subject: Any) -> Facts:
    """The facts that the service keeps of an entry."""
    day, at, given = civil(entry.when), moment(entry.when), dict(entry.facts)
    given |= dict.fromkeys(("received_on", "accepted_on", "arrived_on", "agreed_on", "declared_on"), day)
    given |= dict.fromkeys(("claimed_at", "lifted_at", "known_at"), at)
    instant = entry.when if isinstance(entry.when, datetime) else None
    given |= dict.fromkeys(("accepted_at", "arrived_at", "agreed_at"), instant)
    given |= {
        "contract_id": names.subjects.get(CONTRACT, ""), "outage_id": f"x_{entry.subject}", "month": entry.subject,
        "reference": f"R-{entry.subject}", "keyed_on": civil(now), "found_at": at.isoformat(), "cleared": (),
        "recovered_at": given.get("recovered_at") if event == "open" else at,
        "chosen_on": given.get("chosen_on"), "delivery": given.get("delivery") or {},
        "in_form": given.get("in_form", True),
        "changed": tuple(sorted(given.get("customer") or ())),
    }  # fmt: skip
    if kind == "option":
        given["kind"] = "drm"
    if kind == "measure" and event == "take":
        given["measure"] = given["kind"]
    if kind == "usage":
        given |= {name: given.get(name) or getattr(subject, name, None) or "0" for name in METERS}
    if event == "revoke_cancellation":
        given |= {"notice": names.rows.get(given["notice"], "?"), "notices": ()}
    declared = given.get("declarations") or {}
    given |= {
        "laws_accepted": bool(declared.get("laws_accepted")),
        "rights_cleared": bool(declared.get("rights_cleared")),
        "administrator_named": given.get("administrator") is not None,
    }
    return facts_for(kind, event, **given)
