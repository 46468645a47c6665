"""Checks contracts with archived history: the remaining rows, compared with the row `archive_history`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.checks.rows import check_row
from lifecycle.audit.checks.stored import StoredContract, payload_of_row
from lifecycle.audit.verifier.gaps import archived_chains
from lifecycle.audit.verifier.lines import Bad
from lifecycle.machines.stateless_rows import ARCHIVE
from lifecycle.records import tables

_A, _H = tables.archived.c, tables.history.c
_SAID = (
    select(_H.payload, _A.rows)
    .select_from(tables.archived)
    .join(tables.history, (_H.subject_id == _A.contract_id) & (_H.seq == _A.seq))
    .execution_options(yield_per=1_000)
)


class ArchivedRows(NamedTuple):
    """The dropped rows: the newest number and its hash of each chain, and the number of rows."""

    heads: Mapping[str, tuple[int, str]]
    rows: int


def archived_rows(conn: Connection) -> ArchivedRows:
    """Return these of every archived contract."""
    heads: dict[str, tuple[int, str]] = {}
    number = 0
    for payload, rows in conn.execute(_SAID):
        number += rows
        try:
            heads |= {
                subject: (seq, hash_) for subject, _, _, seq, hash_ in archived_chains(orjson.loads(payload))
            }
        except (Bad, ValueError):
            continue  # the check of its contract says so
    return ArchivedRows(heads, number)


def archived_among(conn: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """The rows of the table of archived contracts, by contract."""
    return {row.contract_id: row for row in conn.execute(select(tables.archived).where(_A.contract_id.in_(ids)))}


def check_archived(one: StoredContract, archived: Any) -> Iterator[Finding]:
    """Check one contract: its row `archive_history`, the table of archived contracts, the state of each chain."""
    contract_id = one.dossier.contract.id
    rows = {(row.subject_id, row.seq): row for row in one.rows}
    row = rows.get((contract_id, archived.seq))
    said = payload_of_row(row) if row is not None else None
    if row is None or said is None or said["event"] != ARCHIVE:
        yield Finding("archived", contract_id, "no row of its history says that it was archived")
        return
    for left in one.rows:
        yield from check_row(left, contract_id)
    for name in ("file", "sha256", "rows"):
        if said["facts"].get(name) != getattr(archived, name):
            why = "the row that says so has another value"
            yield differs("archived", contract_id, name, getattr(archived, name), said["facts"].get(name), why)
    try:
        claims = archived_chains(said)
    except Bad as bad:
        yield Finding("archived", contract_id, str(bad))
        return
    for subject_id, _, state, seq, hash_ in claims:
        subject: Any = one.subjects.get(subject_id)
        if subject_id == contract_id:
            seq, hash_ = archived.seq, row.hash
        found = None if subject is None else (subject.state, subject.seq, subject.head_hash)
        if found != (state, seq, hash_) and not (found and found[0] == state and found[1] > seq):
            yield differs("archived", subject_id, "state", found, (state, seq, hash_), "it was archived otherwise")
