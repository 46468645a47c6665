"""The peers: names, modules, databases, and the wanted ratio to each."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple


class Peer(NamedTuple):
    """One way of firing what is due.

    module: here; library: what must be installed; fire: the function; kinds: the databases it knows;
    floors: of the ratio, by database.
    """

    title: str
    module: str
    library: str
    fire: str
    kinds: tuple[str, ...]
    floors: dict[str, float]


BOTH = ("sqlite", "postgresql")
FIRST_FOUR = {"postgresql": 15.0, "sqlite": 10.0}
PEERS = {
    "apscheduler": Peer("APScheduler, a job each", "apscheduler_jobs", "apscheduler", "fire", BOTH, FIRST_FOUR),
    "procrastinate": Peer(
        "procrastinate, a worker", "procrastinate_worker", "procrastinate", "fire", ("postgresql",), FIRST_FOUR
    ),
    "dbos": Peer("DBOS, a queue", "dbos_queue", "dbos", "fire", BOTH, FIRST_FOUR),
    "rows": Peer("SQLModel, a commit per row", "sqlmodel_loop", "sqlmodel", "fire_each", BOTH, FIRST_FOUR),
    "hundreds": Peer(
        "SQLModel, a commit per 100 rows", "sqlmodel_loop", "sqlmodel", "fire_hundreds", BOTH, FIRST_FOUR
    ),
    "eventsourcing": Peer(
        "eventsourcing, batches of 500", "eventsourcing_batches", "eventsourcing", "fire", BOTH,
        {"postgresql": 8.0, "sqlite": 3.0},
    ),
}  # fmt: skip


def installed(name: str) -> bool:
    """Whether a peer's library is there: the extra `peers` brings those that the service does not need."""
    return find_spec(PEERS[name].library) is not None


def module_of(name: str) -> Any:
    """The module of a peer."""
    return import_module(f"tests.benchmarks.peers.{PEERS[name].module}")
