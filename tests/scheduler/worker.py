"""A process that sweeps once: `python -m tests.scheduler.worker URL NOW BATCH`; prints how many it fired."""

import sys
from datetime import datetime

from lifecycle.desk.sweep import sweep
from lifecycle.records.engine import open_engine


def main(url: str, now: str, batch: str) -> None:
    """Says it is ready, waits for a line, sweeps."""
    engine = open_engine(url)
    engine.connect().close()
    print("ready", flush=True)
    sys.stdin.readline()
    print(sweep(engine, datetime.fromisoformat(now), batch=int(batch)).fired, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
