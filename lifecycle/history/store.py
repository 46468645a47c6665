"""The only place that writes state: subjects, history, outbox and timers, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from lifecycle.history.payload import full_rulings_after, leaf_hash, payload_of, rulings_of
from lifecycle.machines.dossier import Contract, Dossier, Subject, changes, row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.step import Entry
from lifecycle.records import tables
from lifecycle.records.bulk_insert import ConcurrentChange as ConcurrentChange
from lifecycle.records.bulk_insert import Condition, write_row_sets
from lifecycle.records.mapping import columns_of
from lifecycle.records.references import forget_other_references, keys_of
from lifecycle.records.row_sets import RowSet, RowValues

HISTORY = (
    "subject_id", "seq", "contract_id", "event", "effective_at", "recorded_at", "actor", "hash", "payload",
)  # fmt: skip
OUTBOX = ("subject_id", "seq")
SUPERSEDED = ("subject_id", "seq", "by_seq", "contract_id", "recorded_at")
OTHERS = ("contract_id", "reference_key")
PEOPLE = ("contract_id", "salt", "data", "search", "customer_number")


class ChainedStep(NamedTuple):
    """What a step of one dossier writes; its history rows are chained to the previous ones, and nothing is written
    yet.

    changed: differing entities before (None for new ones) and after, still without new head hashes. heads: the
    hashes of the newest rows, by subject. said: where their rows have rulings in full. history: columns as in
    HISTORY. superseded: as in SUPERSEDED. people: personal data of a new contract, columns as in PEOPLE.
    """

    changed: tuple[tuple[Entity | None, Entity], ...]
    heads: Mapping[str, str]
    said: Mapping[str, str | None]
    history: tuple[RowValues, ...]
    superseded: tuple[RowValues, ...] = ()
    people: RowValues | None = None

    def in_dossier(self, dossier: Dossier) -> Dossier:
        """The dossier with the new head hashes."""
        for id_, head in self.heads.items():
            said = {"rulings_said": self.said[id_]} if id_ in self.said else {}
            dossier = dossier.with_subject(dossier.subject(id_).replace(head_hash=head, **said))
        return dossier


def store(
    conn: Connection, steps: Iterable[ChainedStep], *also: RowSet, only_if: Condition | None = None
) -> list[RowValues]:
    """Write the steps of one or many dossiers in order, and other new rows. only_if: checked first; if it does not
    hold, nothing new is written. Returns its rows. Raises ConcurrentChange if a row has changed since it was read;
    then nothing may be committed.
    """
    history: list[RowValues] = []
    superseded: list[RowValues] = []
    people: list[RowValues] = []
    opened: dict[tuple[str, tuple[str, ...]], list[RowValues]] = {}
    changed: dict[tuple[str, tuple[str, ...]], list[RowValues]] = {}
    others: list[RowValues] = []
    moved: list[str] = []
    for step in steps:
        for old, new in step.changed:
            differing = changes(old, new)
            if isinstance(new, Contract) and "other_references" in differing:
                others += keys_of(new)
                moved += [] if old is None else [old.id]
            values = columns_of(differing)
            if new.id in step.heads:
                values["head_hash"] = step.heads[new.id]
            if isinstance(new, Subject) and step.said.get(new.id, new.rulings_said) != new.rulings_said:
                values["rulings_said"] = step.said[new.id]
            if old is None:
                opened.setdefault((new.KIND, tuple(values)), []).append(tuple(values.values()))
            elif values:
                row = (*values.values(), old.id, old.version)
                changed.setdefault((new.KIND, tuple(values)), []).append(row)
        history += step.history
        superseded += step.superseded
        if step.people is not None:
            people.append(step.people)
    added = [
        RowSet(tables.history, HISTORY, history),
        RowSet(tables.outbox, OUTBOX, [row[:2] for row in history]),
        *[RowSet(tables.SUBJECTS[kind], names, rows) for (kind, names), rows in opened.items()],
        RowSet(tables.other_reference, OTHERS, others),
        RowSet(tables.personal, PEOPLE, people),
        RowSet(tables.superseded, SUPERSEDED, superseded),
        *also,
    ]
    updates = [RowSet(tables.SUBJECTS[kind], names, rows) for (kind, names), rows in changed.items()]
    if moved:
        forget_other_references(conn, moved)
    return write_row_sets(conn, added, updates, only_if)


def store_step(
    conn: Connection, before: Dossier | None, after: Dossier, entries: Sequence[Entry],
    commitments: Mapping[str, str] = {},
) -> Dossier:  # fmt: skip
    """Write one step of one dossier. Returns it with its new head hashes. Raises ConcurrentChange."""
    step = chain_dossier(before, after, entries, commitments)
    store(conn, [step])
    return step.in_dossier(after)


def chain_dossier(
    before: Dossier | None, after: Dossier, entries: Sequence[Entry], commitments: Mapping[str, str] = {},
    people: RowValues | None = None,
) -> ChainedStep:  # fmt: skip
    """Return a dossier's step, ready to be stored: the differences, and its history rows.

    commitments: to personal data, by history row id. people: of a new contract, columns as in PEOPLE.
    """
    if before is not None and len(after.subjects) == 1:  # most cases in a sweep
        return chain_entities([(before.contract, after.contract)], entries, commitments, people)
    was: dict[str, Entity] = {} if before is None else {entity.id: entity for entity in before.subjects}
    pairs = [(was.get(new.id), new) for new in after.subjects]
    return chain_entities(pairs, entries, commitments, people)


def chain_entities(
    pairs: Iterable[tuple[Entity | None, Entity]], entries: Sequence[Entry], commitments: Mapping[str, str] = {},
    people: RowValues | None = None,
) -> ChainedStep:  # fmt: skip
    """The same for entities that may belong to no contract: each before, None for a new one, and after."""
    pairs = tuple(pairs)
    heads, said, rows = chain(
        {new.id: old.head_hash for old, new in pairs if old is not None}, entries, commitments
    )
    changed = tuple([pair for pair in pairs if pair[0] is not pair[1]])
    superseded = tuple(
        [
            (e.subject.id, seq, e.subject.seq, e.subject.owner, e.act.now)
            for e in entries
            if e.line is not None
            for seq in e.line.get("supersedes", ())
        ]
    )
    return ChainedStep(changed, heads, said, rows, superseded, people)


def chain(
    known: Mapping[str, str | None], entries: Sequence[Entry], commitments: Mapping[str, str] = {}
) -> tuple[dict[str, str], dict[str, str | None], tuple[RowValues, ...]]:
    """Return the new head hashes, the positions of rulings in full, and the history rows, each chained to the
    previous one.

    Columns as in HISTORY, the payload as bytes. known: the head hashes so far, by subject.
    """
    heads: dict[str, str] = {}
    full: dict[str, str | None] = {}
    rows: list[RowValues] = []
    for entry in entries:
        subject, act = entry.subject, entry.act
        previous = heads.get(subject.id) or known.get(subject.id)
        said = full.get(subject.id, subject.rulings_said) if isinstance(subject, Subject) else None
        recorded = rulings_of(entry, said)
        payload = payload_of(entry, previous, commitments.get(row_id(subject.id, subject.seq)), recorded)
        if isinstance(subject, Subject):
            full[subject.id] = full_rulings_after(entry, recorded)
        heads[subject.id] = digest = leaf_hash(payload)
        rows.append(
            (
                subject.id, subject.seq, subject.owner, entry.event, act.effective_at, act.now, act.actor,
                digest, payload,
            )
        )  # fmt: skip
    return heads, full, tuple(rows)
