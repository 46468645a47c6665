"""The diaries: the history rows of each contract in the order of writing, with verified chains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Engine, select

from lifecycle.audit.log import move_all_pending
from lifecycle.demo.play import Played, Refusal
from lifecycle.history.payload import leaf_hash
from lifecycle.history.rows import fill_rulings
from lifecycle.machines.dossier import Dossier, Subject
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.terms.ruling import rulings_as_dicts, show_stored

DiaryRow = Mapping[str, Any]
_IN_ORDER = (
    select(tables.history.c.payload, tables.history.c.hash, tables.log.c.hash.label("logged"))
    .join(
        tables.log,
        (tables.log.c.subject_id == tables.history.c.subject_id) & (tables.log.c.seq == tables.history.c.seq),
    )
    .order_by(tables.log.c.idx)
)


class BrokenChain(Exception):
    """A history row does not have the recorded hash, or does not follow the row before it."""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One line of a diary: a history row, or a refusal, which has none. effective_at, recorded_at: legal and
    recorded time. of: contract or option. actor: `clock`, or the person.
    """

    effective_at: datetime
    recorded_at: datetime
    of: str
    event: str
    actor: str
    to_state: str | None
    reason: str | None
    rulings: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Diaries:
    """The diaries by reference, the states of the contracts, and how many rows and chains were verified."""

    entries: Mapping[str, Sequence[DiaryEntry]]
    dossiers: Mapping[str, Dossier]
    rows: int
    chains: int


def diaries(engine: Engine, played: Played) -> Diaries:
    """The diaries of what was played. Raises BrokenChain."""
    with reading(engine) as conn:
        dossiers = {reference: load(conn, contract_id) for reference, contract_id in played.contracts.items()}
    subjects = {s.id: s for dossier in dossiers.values() for s in dossier.subjects}
    owner = {s.id: reference for reference, dossier in dossiers.items() for s in dossier.subjects}
    rows = _verified(_written(engine), subjects)
    fill_rulings(rows, rows)
    entries: dict[str, list[DiaryEntry]] = {reference: [] for reference in dossiers}
    for refusal in played.refusals:
        entries[refusal.story.reference].append(_refused(refusal))
    for row in rows:
        entries[owner[row["subject"]]].append(_entry(row))
    for told in entries.values():
        told.sort(key=lambda entry: entry.recorded_at)
    return Diaries(entries, dossiers, len(rows), len(subjects))


def _written(engine: Engine) -> Sequence[Any]:
    """All history rows in the order in which they were written: payload, hash, and the hash in the log."""
    move_all_pending(engine)
    with reading(engine) as conn:
        return conn.execute(_IN_ORDER).all()


def _verified(rows: Sequence[Any], subjects: Mapping[str, Subject]) -> list[DiaryRow]:
    """The parsed rows, each one's hash computed again, each chain followed to the head on record."""
    heads: dict[str, str] = {}
    parsed: list[DiaryRow] = []
    for payload, recorded, logged in rows:
        row: DiaryRow = orjson.loads(payload)
        unaltered = leaf_hash(payload.encode()) == recorded == logged
        if not unaltered or row["previous_hash"] != heads.get(row["subject"]):
            raise BrokenChain(f"row {row['seq']} of {row['subject']} is not the one that was written")
        heads[row["subject"]] = recorded
        parsed.append(row)
    if heads != {subject.id: subject.head_hash for subject in subjects.values()}:
        raise BrokenChain("a chain does not end where its contract or option says it does")
    return parsed


def _entry(row: DiaryRow) -> DiaryEntry:
    return DiaryEntry(
        datetime.fromisoformat(row["effective_at"]), datetime.fromisoformat(row["recorded_at"]), row["kind"],
        row["event"], row["actor"], row["to_state"], row["reason"], show_stored(row["rulings"]), row["facts"],
    )  # fmt: skip


def _refused(refusal: Refusal) -> DiaryEntry:
    act = refusal.act
    return DiaryEntry(
        act.at, act.at, act.of, act.event, "", None, None, rulings_as_dicts(refusal.rulings), {}, refused=True
    )
