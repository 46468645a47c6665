"""Contracts in memory whose rows are superseded by late facts, corrections and annulments; and their exports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson

from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import Verdict, verify
from lifecycle.history.store import chain
from lifecycle.machines.check import Refused
from lifecycle.machines.enter import Book, InvalidatedEntries, change_history
from lifecycle.machines.entries import HumanEntry, corrected, entries_of
from lifecycle.machines.rewrite import Change, Head
from lifecycle.machines.table import NotPossible
from tests.audit.tampering import Row, digest, line_of
from tests.machines.life import BASE, DRM, Life, at, d, running

STEPS = legal_steps()
NO_STATES: Mapping[str, str] = {}
HEADER = b'{"export":"lifecycle-history-1","filter":null}\n'


def rows_of(life: Life) -> list[Row]:
    """Return the payloads of a contract as they would be stored."""
    return [orjson.loads(row[-1]) for row in chain({}, life.entries)[2]]


def export_of(rows: Sequence[Row], states: Mapping[str, str] = NO_STATES) -> list[bytes]:
    """An export of rows under hashes that fit. states: at the end, where they are not those of the newest rows."""
    heads: dict[str, Row] = {}
    lines = [HEADER]
    for row in rows:
        before = heads.get(row["subject"])
        row = heads[row["subject"]] = row | {"previous_hash": None if before is None else digest(before)}
        lines.append(line_of(row))
    lines.append(b'{"log":%d}\n' % len(rows))
    for subject, row in heads.items():
        said = {"hash": digest(row), "kind": row["kind"], "seq": row["seq"],
                "state": states.get(subject, row["to_state"]), "subject": subject}  # fmt: skip
        lines.append(orjson.dumps({"state": said}) + b"\n")
    return [*lines, b'{"end":{"rows":%d,"subjects":%d}}\n' % (len(rows), len(heads))]


def verdict_on(rows: Sequence[Row], folder: Path, states: Mapping[str, str] = NO_STATES) -> Verdict:
    """Return the verdict of the verifier on an export of rows."""
    file = folder / "tried.jsonl"
    file.write_bytes(b"".join(export_of(rows, states)))
    return verify(file, [], None, STEPS)  # type: ignore[arg-type]  # nothing is signed here


def rewrite(life: Life, head: Head, on: date, after: Callable[[list[HumanEntry]], list[HumanEntry]]) -> None:
    """Enters a correction or an annulment; what it invalidates is accepted."""
    book = Book(life.dossier, life.rows, life.editions)
    change = Change(heads=(head,), actor="desk", now=at(on))
    try:
        found = change_history(book, change, after)
    except InvalidatedEntries as missing:
        accepted = frozenset(invalid.entry.id for invalid in missing.invalid)
        found = change_history(book, change, after, accepted)
    life.dossier = found.dossier
    life.entries.extend(found.entries)


def correct(life: Life, entry: str, on: date, facts: dict[str, Any], when: datetime | None = None) -> None:
    """Correct an entry of a contract."""
    was = next(one for one in entries_of(life.rows()) if one.id == entry)
    becomes = corrected(was, facts, when)
    stored = {"entry": entry, "facts": facts} | ({"at": when.isoformat()} if when else {})
    head = Head(
        subject_id=was.subject_id, event="correct_entry", facts=stored, at=becomes.at, reason="typed wrongly",
        entry=entry,
    )  # fmt: skip
    rewrite(life, head, on, lambda entries: [becomes if one.id == entry else one for one in entries])


def annul(life: Life, entry: str, on: date) -> None:
    """Annul an entry of a contract."""
    was = next(one for one in entries_of(life.rows()) if one.id == entry)
    head = Head(
        subject_id=was.subject_id, event="annul_entry", reason="it never happened", at=was.at,
        facts={"entries": [entry], "ground": "never_happened"}, takes_out=(int(entry.rpartition(".")[2]),),
    )  # fmt: skip
    rewrite(life, head, on, lambda entries: [one for one in entries if one.id != entry])


def ended_earlier() -> Life:
    """A contract and its option that ended by a notice; another that had arrived before it was found later."""
    life = running(d(5, 1), d(5, 1)).notify(d(7, 20)).until(d(9, 1))
    return life.notify(d(6, 10), keyed=d(9, 2), reason="found in the post box").until(d(9, 5))


def random_life(seed: int) -> Life:
    """A random contract with as many late, corrected and annulled entries as timely ones."""
    chance, today = Random(f"rewritten {seed}"), d(5, 2)
    life = running(d(5, 1), d(5, 1) if chance.random() < 0.7 else None)
    for _ in range(chance.randint(3, 9)):
        today += timedelta(days=chance.choice((0, 1, 5, 20, 60)))
        life.until(at(today))
        try:
            _act(life, today, chance)
        except (NotPossible, Refused, InvalidatedEntries):
            continue
    return life.until(today + timedelta(days=chance.choice((0, 30, 400))))


def _act(life: Life, today: date, chance: Random) -> None:
    subject = DRM if life.dossier.options and chance.random() < 0.3 else BASE
    past = today - timedelta(days=chance.choice((0, 0, 3, 40)))
    entries = [e for e in entries_of(life.rows()) if e.event.name == "notify_cancellation"]
    drawn = chance.random()
    if drawn < 0.4 or not entries:
        chosen = chance.choice((None, None, past + timedelta(days=chance.randint(1, 90))))
        life.notify(past, chosen, subject, keyed=today, reason="by post")
    elif drawn < 0.5:
        life.revoke(today, subject=subject)
    elif drawn < 0.6:
        life.reschedule(past + timedelta(days=10), today, subject, reason="as agreed")
    elif drawn < 0.8:
        correct(life, chance.choice(entries).id, today, {"arrived_on": past.isoformat()}, at(past))
    else:
        annul(life, chance.choice(entries).id, today)
