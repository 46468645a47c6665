"""Earlier checkpoints, in the database and in files outside of it: only a log that extends them is signed again.

A row of the chain `log` can say that a new key signs from there on, and what the log no longer extends
(succession.py). Without one, a checkpoint by any other key stops the signing.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from sqlalchemy import Connection, select

from lifecycle.audit.checkpoint import Checkpoint, Unreadable, VerificationKey, read_by_any
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.verifier.breaks import LOG_CHAIN, SignOn, read_sign_on
from lifecycle.audit.verifier.lines import Bad
from lifecycle.records import tables

_H, _L, _C = tables.history.c, tables.log.c, tables.checkpoint.c
_SIGN_ONS = (
    select(_L.idx, _H.payload)
    .join(tables.history, (_H.subject_id == _L.subject_id) & (_H.seq == _L.seq))
    .where(_H.contract_id == LOG_CHAIN, _L.subject_id == LOG_CHAIN)
    .order_by(_H.seq)
)


class Fork(Exception):
    """The log does not begin with the rows that were signed before."""


def sign_ons(conn: Connection) -> list[SignOn]:
    """Return the keys that replaced others, in the order of the log. Raises Unreadable."""
    try:
        return [read_sign_on(orjson.loads(row.payload), row.idx) for row in conn.execute(_SIGN_ONS)]
    except Bad as bad:
        raise Unreadable(f"a row of the log about its keys: {bad}") from None


def refuse_replaced_key(key: VerificationKey, found: Sequence[SignOn]) -> None:
    """Refuse a key that another one has replaced. Raises Fork."""
    if found and found[-1].key != key:
        last = found[-1]
        raise Fork(
            f"{last.key.name} signs the log from row {last.index + 1} on, and the key here is {key.name}: "
            "set LIFECYCLE_AUDIT_KEY to the new key"
        )


def keys_of(key: VerificationKey, found: Sequence[SignOn]) -> list[VerificationKey]:
    """Return the current signing key, and the keys that were replaced."""
    return list(dict.fromkeys([key, *(sign_on.replaces for sign_on in found)]))


def newest_inside(conn: Connection, keys: Sequence[VerificationKey]) -> dict[str, Checkpoint]:
    """Return the newest checkpoint of each key in the database, by the key's name. Raises Unreadable, Forged."""
    newest = select(_C.note).order_by(_C.size.desc()).limit(1)
    notes = [conn.execute(newest).scalar()]
    if len(keys) > 1:
        named = (newest.where(_C.note.startswith(f"{key.name}\n", autoescape=True)) for key in keys)
        notes += [conn.execute(one).scalar() for one in named]
    found = (read_by_any(note.encode(), keys) for note in notes if note is not None)
    return {one.origin: one for one in found}


def newest_outside(directory: Path, keys: Sequence[VerificationKey], found: Sequence[SignOn]) -> list[Checkpoint]:
    """Return the newest checkpoints in a directory, back to one that the log should extend.

    Raises OSError, Unreadable, Forged.
    """
    seen: list[Checkpoint] = []
    for path in _newest_first(directory):
        seen.append(read_by_any(path.read_bytes(), keys))
        if not is_stated_in_log(seen[-1], found):
            break
    return seen


def must_extend(tree: LogTree, size: int, known: Checkpoint, where: str, found: Sequence[SignOn] = ()) -> None:
    """Refuse a log that does not begin with the signed rows, unless a row of it says so. Raises Fork."""
    if is_stated_in_log(known, found):
        return
    over = next((one for one in found if one.replaces.name == known.origin and known.size > one.index), None)
    if over is not None:
        raise Fork(f"{known.origin} signed {known.size} rows, after {over.key.name} had replaced it ({where})")
    if size < known.size:
        raise Fork(
            f"the log has {size} rows, and a checkpoint of {known.size} was signed before ({where}): "
            "an older backup was restored, or rows are gone"
        )
    if tree.root(known.size) != known.root:
        raise Fork(f"the log's first {known.size} rows are not the ones that were signed before ({where})")


def is_stated_in_log(known: Checkpoint, found: Sequence[SignOn]) -> bool:
    """Whether a row of the log says that the log does not extend a checkpoint."""
    return any(sign_on.tells_of(known) for sign_on in found)


def _newest_first(directory: Path) -> Iterator[Path]:
    yield from sorted((path for path in directory.iterdir() if path.match("checkpoint-*.txt")), reverse=True)
