"""Fixtures of the import tests: the command line, and a desk with contracts in force since February."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.api.conftest import invoke
from tests.imports.test_import import APPLICATION, file_of
from tests.lending import Lending, Lent
from tests.pages.browsing import Browser, browsing
from tests.sheets.books import all_read_here

__all__ = ["invoke"]
RUNNING = ("R-1", "R-2", "R-3")


@pytest.fixture
def browser(sqlite_lent: Lent) -> Iterator[Browser]:
    """A signed-in browser on 1 July 2022; the contracts R-1 to R-3 are in billing since 1 February."""
    with running(sqlite_lent) as found:
        yield found


@pytest.fixture(scope="module")
def standing_browser(sqlite_lending: Lending) -> Iterator[Browser]:
    """The same one for a whole module, for what stores nothing."""
    with sqlite_lending.lent() as lent, running(lent) as found:
        yield found


@pytest.fixture
def read_here() -> Iterator[None]:
    """Files are read without their processes, which tests/sheets tests."""
    with all_read_here():
        yield


@contextmanager
def running(lent: Lent) -> Iterator[Browser]:
    """A browser at a desk with running contracts."""
    with browsing(lent.engine) as found:
        found.sign_in()
        common = {"options.0.reference": "", "item": "basic", "requested_billing_start_on": "2022-05-01"}
        rows = [APPLICATION | common | {"reference": name} for name in RUNNING]
        with all_read_here():
            answer = found.desk.client.post("/v1/imports", content=file_of(*rows))
        assert answer.json()["new"] == len(RUNNING)
        for one in found.desk.get("/v1/contracts")["items"]:
            found.desk.post(f"/v1/contracts/{one['id']}/accept", {"accepted_on": "2022-04-22"})
        found.desk.move_to("2022-07-01T09:00:00+09:00")
        yield found
