"""Tools that the tests of faults need: strace and libfaketime. Where required, tests fail without them."""

import os
import shutil
from pathlib import Path

import pytest

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")) + sorted(
    Path("/usr/lib/faketime").glob("libfaketime.so.1")
)


def strace() -> str:
    """The path of strace; skips the test where there is none."""
    return shutil.which("strace") or _missing("strace")


def faketime() -> str:
    """The path of the library of faketime; skips the test where there is none."""
    return str(FAKETIME[0]) if FAKETIME else _missing("faketime")


def _missing(package: str) -> str:
    line = f"the system's package {package} is not installed: this fault is not caused"
    if os.environ.get("FAULT_TOOLS") == "required":
        pytest.fail(line)
    pytest.skip(line)
