"""Submits the newest checkpoint to witnesses, which cosign it if it extends what they have seen (tlog-witness)."""

import base64
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, select

from lifecycle.audit.checkpoint import DASH, Unreadable
from lifecycle.audit.consistency import prove_consistency
from lifecycle.audit.countersigned import COSIGNED, keep, newest_size
from lifecycle.audit.verifier.policy import Policy, Witness, is_cosigned
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing

_TIMEOUT = 10.0  # seconds
_LONGEST = 10_000  # bytes of an answer
_C = tables.checkpoint.c


def collect(engine: Engine, policy: Policy, now: datetime) -> Iterator[tuple[str, str | None]]:
    """Return each witness with an address, and why it has not cosigned, None if it has. Raises Unreadable."""
    with reading(engine) as conn:
        found = conn.execute(select(_C.size, _C.note).order_by(_C.size.desc()).limit(1)).first()
    if found is None:
        raise Unreadable("no checkpoint is signed yet")
    for name, witness in policy.witnesses.items():
        if witness.url is not None:
            yield name, _ask(engine, witness, found.size, found.note, now)


def _ask(engine: Engine, witness: Witness, size: int, note: str, now: datetime) -> str | None:
    import httpx2  # takes a while to load

    with reading(engine) as conn:
        old = newest_size(conn, COSIGNED, witness.key.name)
    if old == size:
        return None
    address = f"{str(witness.url).rstrip('/')}/add-checkpoint"
    try:
        for _ in range(2):
            with reading(engine) as conn:
                _, said = prove_consistency(conn, old, size)
            answer = httpx2.post(address, content=said.encode(), timeout=_TIMEOUT)
            if answer.status_code != 409:
                break
            old = int(answer.text[:20])  # what it saw last, where that is not what it cosigned for us last
    except (httpx2.HTTPError, httpx2.InvalidURL, Unreadable, ValueError) as error:
        return f"{type(error).__name__}: {error}" if isinstance(error, Unreadable) else type(error).__name__
    if answer.status_code != 200:
        return f"it answered {answer.status_code}: it does not cosign this log"
    for line in answer.content[:_LONGEST].decode("utf-8", "replace").splitlines():
        if _is_of(witness, note, line):
            with writing(engine) as conn:
                keep(conn, size, COSIGNED, witness.key.name, f"{line}\n", now)
            return None
    return "what it answered is not its cosignature"


def _is_of(witness: Witness, note: str, line: str) -> bool:
    """Whether a line is the witness's cosignature; others it may add are not kept."""
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    try:
        mine = base64.b64decode(encoded, validate=True)[:4] == witness.key.id and name == witness.key.name
        return mine and is_cosigned(f"{note}{line}\n".encode(), witness.key)
    except (Unreadable, ValueError):
        return False
