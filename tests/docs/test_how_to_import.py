"""The page about files: its commands run as printed, and its limits agree with the code."""

import os
import re
import subprocess
from pathlib import Path

from lifecycle.sheets import reading, structure
from tests.api.loaded import tool
from tests.docs.pages import ROOT, text

PAGE = text(ROOT / "docs" / "how-to" / "import.md")


def test_the_commands_do_what_the_page_describes(tmp_path: Path) -> None:
    found = re.search(r"<!-- try:import -->\n```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    script = re.sub(r"^lifecycle", f"{tool()}", found[1], flags=re.MULTILINE)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LIFECYCLE_")}
    done = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, env=kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    dry, first, second = (line for line in done.stdout.splitlines() if " rows, " in line)
    assert "1 rows, 1 would be new" in dry and "1 rows, 1 new, 0 there already" in first
    said = re.search(r"The last command prints `([^`]+)`", PAGE)
    assert said is not None and said[1] in second


def test_the_limits_are_those_of_the_code() -> None:
    mib = 1024 * 1024
    assert (
        f"files above {reading.MAX_BYTES // mib} MiB, {reading.MAX_ROWS:,} rows or {reading.MAX_COLUMNS}" in PAGE
    )
    assert f"beyond {structure.MAX_UNPACKED // mib} MiB" in PAGE
