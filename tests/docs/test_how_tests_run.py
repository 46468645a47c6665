"""How tests run: what several processes share, and on which database."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rows_by_database import BOTH

ROOT = Path(__file__).parents[2]

# a process of its own, without the threads of the one that runs the tests
STARTED = """
import sys
from pathlib import Path
from tests.templates import Templates

templates = Templates(Path(sys.argv[1]))
making = templates.start()
"""


@pytest.mark.parametrize(
    ("then", "why"), [("", "unable to open database file"), ("making.kill()", "its process was killed")]
)
def test_a_process_that_waits_for_shared_databases_gets_the_reason_of_a_failure(
    tmp_path: Path, then: str, why: str
) -> None:
    (tmp_path / "migrated.db").mkdir()
    told = subprocess.run(
        [sys.executable, "-c", f"{STARTED}{then}\ntemplates.wait()", tmp_path],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert why in told.stderr


def test_the_files_that_test_both_databases_exist() -> None:
    assert [name for name in BOTH if not (ROOT / "tests" / name).is_file()] == []
