"""Compares recorded editions of the terms with their own history, which contains their content."""

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection, select

from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.checks.rows import check_rows
from lifecycle.audit.verifier.chains import Steps
from lifecycle.machines.entity import Entity
from lifecycle.machines.parts import Edition
from lifecycle.records import tables
from lifecycle.terms.edition import hash_of

_FACTS = {"service": "service", "terms_version": "version", "edition": "edition"}  # column: fact of the newest row


def check_editions(conn: Connection, steps: Steps) -> Iterator[Finding]:
    """Return the differences of each edition: its chain, its columns, the hash of its content."""
    editions: dict[str, Entity] = {
        row.id: Edition.of(row._asdict()) for row in conn.execute(select(tables.SUBJECTS["edition"]))
    }
    history = tables.history
    rows = conn.execute(select(history).where(history.c.subject_id.in_(editions)).order_by(history.c.seq)).all()
    found = list(check_rows(list(rows), editions, {id_: id_ for id_ in editions}, steps))
    yield from found
    if found:
        return
    newest = {row.subject_id: orjson.loads(row.payload)["facts"] for row in rows}
    for id_, edition in editions.items():
        facts = newest[id_]
        for column, fact in _FACTS.items():
            if (stored := getattr(edition, column)) != facts[fact]:
                yield differs("replay", id_, column, stored, facts[fact], "its history says otherwise")
        if hash_of(facts["content"]) != facts["edition"]:
            yield Finding("row", id_, "its content is not the one of its hash")
