"""A peer in a process of its own: `python -m tests.benchmarks.peers.alone NAME WORK URL`.

WORK is `prepare`, `fire` or `fired`; it prints seconds, of `fired` how many contracts have been.
"""

import sys
from time import perf_counter

from lifecycle.records.engine import open_engine as open_ours
from lifecycle.timers.sweep import sweep
from tests.benchmarks.peers import book
from tests.benchmarks.peers.names import PEERS, module_of
from tests.benchmarks.sweeping import NOW


def main(name: str, work: str, url: str) -> None:
    """Does the work."""
    if work == "fired":
        print(fired(name, url))
        return
    act = _ours if name == "ours" else getattr(module_of(name), PEERS[name].fire if work == "fire" else work)
    begun = perf_counter()
    act(url)
    print(perf_counter() - begun)


def _ours(url: str) -> None:
    sweep(open_ours(url), NOW)


def fired(name: str, url: str) -> int:
    """How many contracts a peer has ended."""
    module = module_of(name)
    return int(module.fired(url) if hasattr(module, "fired") else book.fired(book.open_engine(url)))


if __name__ == "__main__":
    main(*sys.argv[1:])
