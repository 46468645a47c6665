"""The place of the test databases: in memory if there is room, because a shared disk can be much slower."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A new folder with a short path, removed afterwards."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
