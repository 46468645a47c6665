"""A PostgreSQL connection with a timeout, for a server that no longer answers."""

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

QUERY_TIMEOUT_S = 65.0  # seconds for an answer, beyond the server's own statement_timeout


class TimedConnection(psycopg.Connection[Any]):
    """Waits a limited time for an answer, then closes. patience: seconds, None for no limit."""

    timeout_s: float | None = QUERY_TIMEOUT_S

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As in psycopg. Raises OperationalError without an answer; the statement may have been executed."""
        if timeout is not None or self.timeout_s is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.timeout_s)
        except psycopg.OperationalError as error:
            if self.closed or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise  # an answer, or the end of the connection
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer from the database for {self.timeout_s:.0f} s") from error


def without_query_timeout(conn: Connection) -> None:
    """Let this connection's statements take any time."""
    driver = conn.connection.driver_connection
    if isinstance(driver, TimedConnection):
        driver.timeout_s = None
