"""Compares what several auditors kept: whether all checkpoints are of one log, by proofs that it only grew.

A proof is a text: `old N`, the hashes of the path, one per line, an empty line, and the newer checkpoint; logs
submit the same to witnesses (c2sp.org/tlog-witness).
"""

from collections.abc import Sequence
from pathlib import Path

from lifecycle.audit.checkpoint import (
    Checkpoint,
    Unreadable,
    VerificationKey,
    is_proof,
    is_stamp,
    read_by_any,
    read_files,
    unbase64,
)
from lifecycle.audit.merkle import extends


def consistency_text(old: int, path: Sequence[str], note: str) -> str:
    """Return the text of a proof. path: hashes in base64."""
    return "".join(f"{line}\n" for line in (f"old {old}", *path, "")) + note


def read_consistency(content: bytes, keys: Sequence[VerificationKey]) -> tuple[int, list[bytes], Checkpoint]:
    """Return the old size, the path and the newer checkpoint of a proof. Raises Unreadable, Forged."""
    head, _, note = content.partition(b"\n\n")
    try:
        first, *path = head.decode("ascii").split("\n")
        old = int(first.removeprefix("old "))
    except ValueError:
        raise Unreadable("not a proof of consistency: old size, hashes, checkpoint") from None
    return old, [unbase64(step) for step in path], read_by_any(note, keys)


def compare(paths: Sequence[Path], keys: Sequence[VerificationKey]) -> tuple[list[str], list[str]]:
    """Return the contradictions between checkpoints and proofs in files, and what could not be compared.

    Checkpoints of different keys are of different logs. Raises Unreadable, Forged.
    """
    roots: dict[tuple[str, int], dict[bytes, str]] = {}
    proofs = []
    for name, content in read_files(paths):
        if is_stamp(content):
            continue
        if is_proof(content):
            proofs.append((name, *read_consistency(content, keys)))
        one = proofs[-1][3] if is_proof(content) else read_by_any(content, keys)
        roots.setdefault((one.origin, one.size), {}).setdefault(one.root, name)
    forks = [
        f"two histories of {size} rows were signed by {origin}: {' and '.join(known.values())}"
        for (origin, size), known in sorted(roots.items())
        if len(known) > 1
    ]
    linked = set[tuple[str, int]]()
    for name, old, path, new in proofs:
        before = roots.get((new.origin, old), {})
        if new.size > old and all(extends(old, root, new.size, new.root, path) for root in before):
            linked.add((new.origin, old))
        elif before:
            forks.append(
                f"{name}: the {new.size} rows do not begin with the {old} rows of {next(iter(before.values()))}"
            )
    missing = [
        f"{size} and {newer} rows of {origin}: ask for a proof with lifecycle audit consistency --old {size}"
        for (origin, size), (later, newer) in zip(sorted(roots), sorted(roots)[1:], strict=False)
        if origin == later and (origin, size) not in linked
    ]
    return forks, missing
