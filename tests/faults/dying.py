"""A database whose connection can break at any statement or commit, as if the process had died there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from lifecycle.records.engine import open_engine

AFTER_COMMIT = "after commit"


class Died(BaseException):
    """The process is dead: no handler catches this."""


def watch(engine: Engine, on_step: Callable[[Connection | None, str], None]) -> None:
    """Calls on_step before every statement, before every commit and after it, with the connection and a name."""

    def statement(conn: Connection, _cursor: Any, text: str, *_: Any) -> None:
        on_step(conn, kind_of(text))

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", lambda conn: on_step(conn, "commit"))
    commit = engine.dialect.do_commit

    def committing(connection: Any) -> None:
        commit(connection)
        on_step(None, AFTER_COMMIT)

    engine.dialect.do_commit = committing  # type: ignore[method-assign]


def kind_of(statement: str) -> str:
    """The kind of a statement: its verb and the first table it names."""
    words = statement.replace('"', " ").replace("(", " ( ").split()
    verb = words[0].upper()
    if verb == "WITH":
        verb = next(word for word in words if word.upper() in ("UPDATE", "INSERT", "DELETE")).upper()
    mark = {"SELECT": "FROM", "INSERT": "INTO", "DELETE": "FROM", "UPDATE": "UPDATE"}.get(verb)
    after = [words[i + 1] for i, word in enumerate(words[:-1]) if word.upper() == mark]
    return " ".join([verb, *(name.strip("();,") for name in after[:1] if name != "(")])


class Mortal:
    """A process's connection to its database. steps: since it was armed; died_at: its next step."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        watch(self.engine, self._step)
        self._left: int | None = None
        self._then: Callable[[], None] | None = None
        self.died_at: str | None = None
        self.steps: list[str] = []
        self.in_transaction = False

    def _step(self, conn: Connection | None, kind: str) -> None:
        self.steps.append(kind)
        if self._left is None or self.died_at is not None:
            return
        self._left -= 1
        if self._left == 0:
            self.died_at = kind
            if conn is not None:
                self.in_transaction = not conn.get_execution_options().get("read_only", False)
                conn.invalidate()  # closed below everybody's feet: what was not committed is rolled back
            raise Died

    @contextmanager
    def doomed(self, after: int | None) -> Iterator[None]:
        """Die at the given step of the block, if it is reached; the exception does not leave the block."""
        self._left, self.died_at, self.steps, self.in_transaction = after, None, [], False
        try:
            yield
        except BaseException:
            if self.died_at is None:
                raise
        finally:
            self._left = None
            if self.died_at is not None:
                self.engine.dispose(close=True)
