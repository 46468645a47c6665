"""How many random cases a test tries: a quarter of them, or with TEST_IN_FULL (`make full`) all."""

import os

IN_FULL = bool(os.environ.get("TEST_IN_FULL"))


def some_of(many: int) -> int:
    """How many to try of as many as are tried in full. Seeds are counted from the first one either way."""
    return many if IN_FULL else max(1, many // 4)
