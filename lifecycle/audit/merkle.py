"""The Merkle tree of RFC 9162, 2.1: hashes, roots, inclusion proofs and consistency proofs.

All hashes are SHA-256, 32 bytes. Subtree is any function that returns the hash of a tree's leaves [start, end).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY = sha256(b"").digest()
LEAF, NODE = b"\x00", b"\x01"
Subtree = Callable[[int, int], bytes]
BLOCK = 1024  # leaves that Growing hashes together


def leaf(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(LEAF + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return sha256(NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaves; or over full subtrees of one size, of which the last may be smaller."""
    while len(hashes) > 1:
        pairs = [sha256(NODE + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=False)]
        hashes = [*pairs, hashes[-1]] if len(hashes) % 2 else pairs
    return hashes[0] if hashes else EMPTY


@dataclass(slots=True)
class Growing:
    """A tree to which leaves are added in order; it keeps only the hashes of the full subtrees. full: (leaves,
    hash) of the full subtrees, the largest first. rest: the newest leaves, fewer than BLOCK.
    """

    full: list[tuple[int, bytes]] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        """Adds leaves."""
        self.rest += leaf_hashes
        while len(self.rest) >= BLOCK:
            size, hash_ = BLOCK, root_of(self.rest[:BLOCK])
            while self.full and self.full[-1][0] == size:
                size, hash_ = 2 * size, node(self.full.pop()[1], hash_)
            self.full.append((size, hash_))
            del self.rest[:BLOCK]

    def root(self) -> bytes:
        """The root of the leaves added so far."""
        parts = [hash_ for _, hash_ in self.full] + ([root_of(self.rest)] if self.rest else [])
        found = parts.pop() if parts else EMPTY
        for left in reversed(parts):
            found = node(left, found)
        return found


def over(leaves: Sequence[bytes]) -> Subtree:
    """Return the subtrees of leaves in memory."""
    return lambda start, end: root_of(leaves[start:end])


def inclusion(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """The path from a leaf to the root of the tree of a size (2.1.3.1)."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def root_by_inclusion(leaf_hash: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """Return the root of an inclusion proof for a leaf, None for an invalid proof (2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = node(step, found)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            found = node(found, step)
        at, last = at // 2, last // 2
    return found if last == 0 else None


def consistency(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """The path that proves that the tree of a size begins with the leaves of an old, smaller one (2.1.4.1)."""
    start, end, path, complete = 0, size, list[bytes](), True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, complete = middle, False
    if not complete:
        path.append(subtree(start, end))
    return path[::-1]


def extends(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path proves that a tree begins with the leaves of an old, smaller one (2.1.4.2)."""
    if not 0 < old < size:
        return old == size and old_root == root and not path
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, size - 1
    while at % 2:
        at, last = at // 2, last // 2
    if not steps:
        return False
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node(step, before), node(step, after)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            after = node(after, step)
        at, last = at // 2, last // 2
    return (before, after, last) == (old_root, root, 0)


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return int(1 << (size - 1).bit_length() - 1)
