"""The random contracts of the oracle, and the orders in which they are entered.

FOLD_LIVES is the number of contracts. The first seed is always 0, so that a larger number adds contracts.
"""

import os
from collections.abc import Callable, Mapping

from tests.how_many import IN_FULL
from tests.oracle import lives
from tests.oracle.entries import Entry
from tests.oracle.orders import Keyed, late, shuffled, timely

LIVES = int(os.environ.get("FOLD_LIVES", 2000 if IN_FULL else 250))
CHUNK = 100
MISSING: frozenset[str] = frozenset()  # events that the service does not have

ORDERS: Mapping[str, Callable[[list[Entry], int], list[Keyed]]] = {
    "timely": lambda entries, seed: timely(entries),
    "late": late,
    "shuffled": shuffled,
}


def life(seed: int, steps: int = 20) -> list[Entry]:
    """Return the contract of a seed, without the entries that the service does not have."""
    entries = lives.life(seed, steps)
    kept = [entry for entry in entries if entry.event not in MISSING]
    return entries if len(kept) == len(entries) else lives.holding(kept)


def order_of(seed: int) -> str:
    """Return the order in which a contract is entered if only one is used; each order gets a third."""
    return [*ORDERS][seed % len(ORDERS)]


def chunks(number: int) -> list[range]:
    """Return that number of seeds in chunks for tests."""
    return [range(first, min(first + CHUNK, number)) for first in range(0, number, CHUNK)]
