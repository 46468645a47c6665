"""How tests run: by several processes, and on which database."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.rows_by_database import BOTH

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]

FIRST = """
import os, pytest, warnings

@pytest.fixture(scope="module")
def process():
    yield os.getpid()
    print("the file is done with")

@pytest.mark.parametrize("row", range(4))
def test_rows(process, row): assert process == os.getpid()

def test_wrong(process):
    print("what it printed")
    assert "this" == "that"

def test_warned(): warnings.warn("be warned")
"""
SECOND = """
import os, signal

def test_before(): pass

def test_killed(): os.kill(os.getpid(), signal.SIGKILL)

def test_after(tmp_path): (tmp_path / "file").write_text("")

def test_at_last(): pass
"""


CONFTEST = """
from tests.forking import Forking

def pytest_configure(config): config.pluginmanager.register(Forking(2))
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs the tests above, in a process that has no threads as other tests' have."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_first=FIRST, test_second=SECOND)
    return partial(
        pytester.runpytest_subprocess, "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-W", "always"
    )


def test_each_test_is_reported_once_and_one_whose_process_ends_has_failed(
    run: Callable[..., pytest.RunResult],
) -> None:
    done = run()
    done.assert_outcomes(passed=8, failed=2, warnings=1)
    done.stdout.fnmatch_lines_random(["*what it printed*", "*the process that ran this test ended with -9*"])


def test_no_more_are_begun_once_one_has_failed_where_that_is_asked_for(
    run: Callable[..., pytest.RunResult],
) -> None:
    done = run("-x", "-k", "rows or wrong or killed")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines(["*stopping after * failures*"])


def test_the_files_that_ask_both_databases_are_there() -> None:
    assert [name for name in BOTH if not (ROOT / "tests" / name).is_file()] == []
