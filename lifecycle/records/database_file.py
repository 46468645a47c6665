"""Checks that the file of an SQLite database is still the one that was opened.

SQLite itself would continue to write to a file that was moved or deleted: every command would be acknowledged and
lost with the last connection.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.pool import QueuePool

Identity = tuple[int, int]  # the device and the inode
_LOG = "log beside the file"


class DatabaseFile:
    """The file that the connections of one pool are on. It is reset with the pool: the next file may be another
    one.
    """

    def __init__(self, path: str) -> None:
        self._path, self._log = path, f"{path}-wal"
        self._opened: Identity | None = None

    def make(self) -> None:
        """Create an empty file that only its owner can read, if there is none. Raises OSError."""
        Path(self._path).touch(mode=0o600)

    def connecting(self) -> None:
        """Check before a connection is made, which would create a new file. Raises sqlite3.OperationalError."""
        self._check_file()

    def connected(self, info: dict[str, object]) -> None:
        """Remember the file of a new connection. info: of the connection."""
        self._opened = _identity(self._path)
        info[_LOG] = _identity(self._log)

    def check(self, info: dict[str, object]) -> None:
        """Check before a transaction. Raises sqlite3.OperationalError if its file is not in place."""
        self._check_file()
        log, known = _identity(self._log), info.get(_LOG)
        if known is None:
            info[_LOG] = log  # a new database has none before its first transaction
        elif log != known:
            raise sqlite3.OperationalError("the log beside the database file was moved, deleted or replaced")

    def forget(self) -> None:
        """The pool has released its connections."""
        self._opened = None

    def _check_file(self) -> None:
        found = _identity(self._path)
        if found is None or self._opened not in (None, found):
            raise sqlite3.OperationalError("the database file was moved, deleted or replaced")


def pool_on(file: DatabaseFile) -> type[QueuePool]:
    """Return a pool of connections to a file; it is reset when the pool is disposed of.

    Not a listener of the engine: an engine with any listener looks for others in each transaction, with 40 calls.
    """

    class Pool(QueuePool):
        def dispose(self) -> None:
            super().dispose()
            file.forget()

    return Pool


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
