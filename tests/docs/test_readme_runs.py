"""The requests of the README, run in bash against a sandbox, print the documented output."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from lifecycle.demo.book import BOOK
from tests.docs.pages import ROOT, text
from tests.docs.typed import Running, blocks, expected, started

README = text(ROOT / "README.md")
(REQUESTS,) = blocks(README, "requests")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(README, tmp_path_factory.mktemp("readme"), anew=True) as running:
        yield running


def test_the_ten_requests_print_the_output_of_the_readme(server: Running) -> None:
    assert server.typed(REQUESTS) == expected(REQUESTS)
    assert len(re.findall(r"^# \d+ ", REQUESTS, re.MULTILINE)) == REQUESTS.count("\nv1 ") + 1 == 10


def test_the_server_prints_its_address_and_that_it_is_a_sandbox(server: Running) -> None:
    assert "A sandbox: its time stands at 2022-05-16T09:00:00+09:00" in server.said
    assert server.address in server.said
    assert (server.folder / "try.db").exists(), "the README's database is a file where the server was started"


def test_the_readme_counts_the_stories_of_the_demo() -> None:
    assert len(BOOK.stories) == 23
    assert "23 [sample contracts]" in README and "見本契約23件" in README


def test_each_request_but_the_first_is_followed_by_its_output() -> None:
    lines = REQUESTS.splitlines()
    for line, after in pairwise(lines):
        if line.startswith("v1 "):
            assert after.startswith("# → "), line
