"""The number of cases of a test: some, or with TEST_IN_FULL (`make full`) all of them."""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

Case = TypeVar("Case")
IN_FULL = bool(os.environ.get("TEST_IN_FULL"))


def some_of(many: int) -> int:
    """How many to try of as many as are tried in full. Seeds are counted from the first one either way."""
    return many if IN_FULL else max(1, many // 4)


def each_fourth(cases: Sequence[Case], first: int = 0) -> Sequence[Case]:
    """Every fourth case from one on, or all in full."""
    return cases if IN_FULL else cases[first % 4 :: 4]


# A test that takes long by its nature, where a shorter one beside it shows the same in little.
only_in_full = pytest.mark.skipif(not IN_FULL, reason="it takes long: make full runs it")
