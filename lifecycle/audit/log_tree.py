"""The Merkle tree over the log: nodes over 256, 65,536, … leaves are stored, the others are computed on demand.

So a root or a proof of any size reads a few hundred hashes, and the cost of adding n rows is proportional to n.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select

from lifecycle.audit import merkle
from lifecycle.records import tables

FAN = 256  # children of a kept node
_PART = 64  # nodes written at a time
_BLOCKS = 64  # blocks of FAN hashes that one tree remembers
_SUBTREES = 1024  # the proofs of neighbouring rows share all but two: 19 us of CPU for one instead of 440
_COUNTED = {
    True: select(func.coalesce(func.max(tables.log.c.idx) + 1, 0)),
    False: select(func.coalesce(func.max(tables.log_node.c.idx) + 1, 0)).where(
        tables.log_node.c.level == bindparam("level")
    ),
}


def _read(leaves: bool) -> Select[Any]:
    table = tables.log if leaves else tables.log_node
    found = select(table.c.hash).where(table.c.idx >= bindparam("start"), table.c.idx < bindparam("end"))
    return (found if leaves else found.where(table.c.level == bindparam("level"))).order_by(table.c.idx)


_READ = {leaves: _read(leaves) for leaves in (True, False)}


class LogTree:
    """The tree as one transaction sees it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._block = lru_cache(maxsize=_BLOCKS)(self._read_block)
        self._known = lru_cache(maxsize=_SUBTREES)(self._subtree)

    def size(self) -> int:
        """The number of leaves."""
        return self._count(0)

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return self.subtree(0, size) if size else merkle.EMPTY

    def subtree(self, start: int, end: int) -> bytes:
        """The hash over the leaves [start, end), a subtree of the tree."""
        return self._known(start, end)

    def _subtree(self, start: int, end: int) -> bytes:
        level, step = 0, 1
        while step * FAN <= end - start:
            level, step = level + 1, step * FAN
        whole = end - (end - start) % step
        nodes = [self._hash(level, at) for at in range(start // step, whole // step)]
        if whole < end:
            nodes.append(self.subtree(whole, end))
        return merkle.root_of(nodes)

    def grow(self) -> None:
        """Write the nodes that are complete and not stored yet."""
        level = 0
        while self._grow(level):
            level += 1

    def _grow(self, level: int) -> int:
        """Writes the nodes above a level; how many there are."""
        done, all_ = self._count(level + 1), self._count(level) // FAN
        for first in range(done, all_, _PART):
            last = min(first + _PART, all_)
            below = self.hashes(level, first * FAN, last * FAN)
            rows = [
                {
                    "level": level + 1,
                    "idx": first + n,
                    "hash": merkle.root_of(below[n * FAN : (n + 1) * FAN]).hex(),
                }
                for n in range(last - first)
            ]
            self._conn.execute(insert(tables.log_node), rows)
        return all_

    def _hash(self, level: int, at: int) -> bytes:
        return self._block(level, at // FAN)[at % FAN]

    def _read_block(self, level: int, block: int) -> list[bytes]:
        return self.hashes(level, block * FAN, (block + 1) * FAN)

    def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """Return the nodes [start, end) of a level, 0 for the leaves; fewer if some are missing."""
        found = self._conn.execute(_READ[level == 0], _given(level, start=start, end=end)).scalars()
        return [bytes.fromhex(hash_) for hash_ in found]

    def _count(self, level: int) -> int:
        return int(self._conn.execute(_COUNTED[level == 0], _given(level)).scalar_one())


def _given(level: int, **values: int) -> dict[str, int]:
    return values | {"level": level} if level else values
