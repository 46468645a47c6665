"""Static tiles of the log (c2sp.org/tlog-tiles): the tree's hashes for clients of transparency logs.

A tile contains no payload. Only hashes that the newest checkpoint covers are shown, because others are not signed.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select

from lifecycle.audit.countersigned import with_cosignatures
from lifecycle.audit.log_tree import FAN, LogTree
from lifecycle.records import tables

_PATH = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_NEWEST = select(tables.checkpoint).order_by(tables.checkpoint.c.size.desc()).limit(1)


@dataclass(frozen=True)
class Tile:
    """Hashes that stand side by side at a level. level: 0 for leaves. width: how many, 256 of a full tile."""

    level: int
    index: int
    width: int = FAN

    @classmethod
    def parse(cls, level: int, path: str) -> "Tile | None":
        """The tile of a path as in `x001/x234/067.p/17`, None for any other way to write it."""
        if (found := _PATH.fullmatch(path)) is None:
            return None
        number, width = found.groups()
        tile = cls(level, int(number.replace("x", "").replace("/", "")), int(width or FAN))
        return tile if tile.path == path else None

    @property
    def path(self) -> str:
        """Its index as the address has it, three digits to an element, and the width of a partial one."""
        parts = f"{self.index:,}".replace(",", "/").split("/")
        parts = [f"x{int(part):03d}" for part in parts[:-1]] + [f"{int(parts[-1]):03d}"]
        return "/".join(parts) + (f".p/{self.width}" if self.width < FAN else "")

    @property
    def leaves(self) -> int:
        """The fewest rows of a log that has it."""
        return int((self.index * FAN + self.width) * FAN**self.level)


def newest_checkpoint(conn: Connection) -> str | None:
    """The newest signed checkpoint with its cosignatures, None before the first."""
    row = conn.execute(_NEWEST).one_or_none()
    return with_cosignatures(conn, {row.size: row.note})[row.size] if row is not None else None


def read_tile(conn: Connection, tile: Tile) -> bytes | None:
    """Its hashes, one after the other, 32 bytes each; None where the newest checkpoint does not cover them all."""
    newest = conn.execute(_NEWEST).one_or_none()
    if newest is None or tile.leaves > newest.size or tile.width > FAN:
        return None
    start = tile.index * FAN
    hashes = LogTree(conn).hashes(tile.level, start, start + tile.width)
    return b"".join(hashes) if len(hashes) == tile.width else None
