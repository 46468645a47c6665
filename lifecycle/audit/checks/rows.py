"""Checks the rows of a history: the hash of each, its place in the chain, and the columns that repeat it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.merkle import leaf
from lifecycle.audit.verifier.chains import Chains, Steps
from lifecycle.audit.verifier.lines import Bad
from lifecycle.audit.verifier.row_members import check_repeats
from lifecycle.history.payload import canonical, mark_of
from lifecycle.machines.dossier import row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import Row

_REPEATED = ("subject_id", "seq", "event", "actor")
_INSTANTS = ("effective_at", "recorded_at")


class _Full(NamedTuple):
    full: int


def check_rows(
    rows: list[Any], subjects: Mapping[str, Entity], owners: Mapping[str, str], steps: Steps
) -> Iterator[Finding]:
    """Check every chain of some subjects up to its newest row. rows: of the history. owners: the contract's id of
    each subject; for an outage its own.
    """
    chains: dict[str, list[Any]] = {subject_id: [] for subject_id in subjects}
    for row in sorted(rows, key=lambda row: row.seq):
        chains.setdefault(row.subject_id, []).append(row)
    for subject_id, chain in chains.items():
        yield from _chain(subject_id, chain, subjects.get(subject_id), owners, steps)


def _chain(
    subject_id: str, chain: list[Any], subject: Entity | None, owners: Mapping[str, str], steps: Steps
) -> Iterator[Finding]:
    follows, payloads = Chains(steps), list[Row]()
    for number, row in enumerate(chain, start=1):
        name = row_id(subject_id, row.seq)
        try:
            said = orjson.loads(row.payload)
            digest = leaf(row.payload.encode())
            if orjson.dumps(said, option=orjson.OPT_SORT_KEYS) != row.payload.encode():
                yield Finding("row", name, "its payload is not in the canonical form")
        except orjson.JSONDecodeError:
            yield Finding("row", name, "its payload cannot be read")
            return
        if digest.hex() != row.hash:
            yield Finding("row", name, "its hash is not the one of its payload")
        if row.seq != number:
            yield Finding("chain", subject_id, f"row {number} of the chain is missing")
            return
        try:
            follows.add(said, digest, number)
        except Bad as bad:
            yield Finding("chain", name, str(bad))
            return
        payloads.append(said)
        yield from _columns(name, row, said, owners.get(subject_id))
    if subject is None:
        yield Finding("orphan", subject_id, "it has a history and no row of its own")
    elif not chain:
        yield Finding("orphan", subject_id, "it has a row of its own and no history")
    else:
        yield from _head(subject, chain[-1], orjson.loads(chain[-1].payload))
    yield from _repeats(subject_id, payloads, getattr(subject, "rulings_said", None))


def check_row(row: Any, owner: str) -> Iterator[Finding]:
    """Check one row without its predecessors: its hash, and the columns that repeat its values."""
    name = row_id(row.subject_id, row.seq)
    try:
        said = orjson.loads(row.payload)
    except orjson.JSONDecodeError:
        yield Finding("row", name, "its payload cannot be read")
        return
    if leaf(row.payload.encode()).hex() != row.hash:
        yield Finding("row", name, "its hash is not the one of its payload")
    yield from _columns(name, row, said, owner)


def _columns(name: str, row: Any, said: Row, owner: str | None) -> Iterator[Finding]:
    """The columns that repeat values of the payload."""
    why = "the column differs from the hashed payload"
    for column in _REPEATED:
        expected = said["subject" if column == "subject_id" else column]
        if getattr(row, column) != expected:
            yield differs("row", name, column, getattr(row, column), expected, why)
    for column in _INSTANTS:
        if getattr(row, column) != datetime.fromisoformat(said[column]):
            yield differs("row", name, column, getattr(row, column), said[column], why)
    if owner is not None and row.contract_id != owner:
        yield differs("row", name, "contract_id", row.contract_id, owner, "it is not the contract of its subject")


def _head(subject: Entity, row: Any, said: Row) -> Iterator[Finding]:
    why = "it differs from the newest row of its chain"
    stored = {"seq": subject.seq, "head_hash": subject.head_hash, "state": subject.state}
    expected = {"seq": row.seq, "head_hash": row.hash, "state": said["to_state"]}
    for column, value in stored.items():
        if value != expected[column]:
            yield differs("chain", subject.id, column, value, expected[column], why)


def _repeats(subject_id: str, chain: list[Row], kept: str | None) -> Iterator[Finding]:
    """Return references to rulings that no earlier row has in full, and stored references that are wrong."""
    full: dict[str, str] = {}
    before: list[_Full] = []
    for row in chain:
        try:
            before.append(_Full(check_repeats(row, before)))
        except Bad as bad:
            yield Finding("chain", row_id(subject_id, row["seq"]), str(bad))
            return
        rulings = [(place, one) for place, one in enumerate(row["rulings"]) if isinstance(one, dict)]
        full |= {f"{row['seq']}.{place}": mark_of(canonical(one)) for place, one in rulings}
    expected = " ".join([f"{place}:{full.get(place)}" for place, _, _ in map(_parted, (kept or "").split())])
    if kept is not None and kept != expected:
        why = "it is not where rows of its chain have rulings in full"
        yield differs("chain", subject_id, "rulings_said", kept, expected, why)


def _parted(place: str) -> tuple[str, str, str]:
    return place.partition(":")
