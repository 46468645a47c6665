"""Checks that the file of an SQLite database is still the one that was opened.

SQLite itself would continue to write to a file that was moved or deleted: every command would be acknowledged and
lost with the last connection.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.pool import QueuePool

Identity = tuple[int, int]  # device and inode
_LOG = "log beside the file"


class DatabaseFile:
    """The file that the connections of one pool are on. Forgotten when the pool is: the next may be another."""

    def __init__(self, path: str) -> None:
        self._path, self._log = path, f"{path}-wal"
        self._opened: Identity | None = None

    def make(self) -> None:
        """Makes an empty file of its owner alone where there is none. Raises OSError."""
        Path(self._path).touch(mode=0o600)

    def connecting(self) -> None:
        """Before a connection is made, which would make a new file. Raises sqlite3.OperationalError."""
        self._check_file()

    def connected(self, info: dict[str, object]) -> None:
        """Remembers what a new connection is on. info: of the connection."""
        self._opened = _identity(self._path)
        info[_LOG] = _identity(self._log)

    def check(self, info: dict[str, object]) -> None:
        """Before a transaction. Raises sqlite3.OperationalError where its file is not in its place."""
        self._check_file()
        log, known = _identity(self._log), info.get(_LOG)
        if known is None:
            info[_LOG] = log  # a new database has none before its first transaction
        elif log != known:
            raise sqlite3.OperationalError("the log beside the database file was moved, deleted or replaced")

    def forget(self) -> None:
        """The pool has let go of its connections."""
        self._opened = None

    def _check_file(self) -> None:
        found = _identity(self._path)
        if found is None or self._opened not in (None, found):
            raise sqlite3.OperationalError("the database file was moved, deleted or replaced")


def pool_on(file: DatabaseFile) -> type[QueuePool]:
    """The pool of connections on a file, forgotten when the pool is disposed of.

    No listener of the engine: where an engine has one, each of its transactions asks for others, at 40 calls.
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
