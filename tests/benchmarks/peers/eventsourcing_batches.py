"""eventsourcing: an aggregate per contract, five hundred read, stepped and saved at a time.

Aggregates are read one by one, as the repository does; a batch is saved as one transaction. On PostgreSQL by the
library's functions in the database. What is due is told to it beforehand.
"""

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy import make_url

from tests.benchmarks.peers.book import AFTER, BEFORE, due_ids, open_engine

SIZE = 500


class Contract(Aggregate):
    """A contract, from its events."""

    @event("Notified")
    def __init__(self, number: str, effective_on: str) -> None:
        self.number, self.effective_on, self.state = number, effective_on, BEFORE

    @staticmethod
    def create_id(number: str) -> UUID:
        """Its id, after its number."""
        return uuid5(NAMESPACE_OID, number)

    def end(self) -> None:
        """The transition, guarded."""
        if self.state == BEFORE:
            self.terminate()

    @event("Terminated")
    def terminate(self) -> None:
        """Changes the state."""
        self.state = AFTER


class Contracts(Application[UUID]):
    """All contracts."""


def prepare(url: str) -> None:
    """Saves an aggregate for each contract."""
    ids = due_ids(open_engine(url))
    with _open(url) as app:
        for start in range(0, len(ids), SIZE):
            app.save(*(Contract(number=number, effective_on="2026-02-09") for number in ids[start : start + SIZE]))


def fire(url: str) -> None:
    """Reads, steps and saves in batches."""
    ids = due_ids(open_engine(url))
    with _open(url) as app:
        for start in range(0, len(ids), SIZE):
            batch: list[Any] = []
            for number in ids[start : start + SIZE]:
                contract: Contract = app.repository.get(Contract.create_id(number))
                contract.end()
                batch.append(contract)
            app.save(*batch)


def fired(url: str) -> int:
    """How many contracts have ended, each by one event."""
    ids = due_ids(open_engine(url))
    ended = 0
    with _open(url) as app:
        for number in ids:
            events = list(app.events.get(Contract.create_id(number)))
            assert [type(e).__name__ for e in events] in (["Notified"], ["Notified", "Terminated"])
            ended += len(events) == 2
    return ended


def _open(url: str) -> Contracts:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": parsed.database or ""}
    else:
        host = parsed.query.get("host") or parsed.host
        settings = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": parsed.database or "",
            "POSTGRES_HOST": str(host), "POSTGRES_USER": parsed.username or "",
            "POSTGRES_PASSWORD": parsed.password or "none", "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
        }  # fmt: skip
    return Contracts(env=settings)
