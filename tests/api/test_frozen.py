"""Code that reads the real clock, at a chosen instant: only the outer layers; others get the time passed in."""

import re

import pytest
from freezegun import freeze_time

from tests.api.desk import Invoke


@pytest.mark.parametrize(
    ("now", "last"),
    [("2024-02-28T14:59:59Z", "2025-02-27"), ("2024-02-28T15:00:00Z", "2025-02-28"), ("2023-12-31", "2024-12-30")],
)
def test_a_token_expires_a_year_after_the_day_in_japan(
    sqlite_url: str, invoke: Invoke, now: str, last: str
) -> None:
    with freeze_time(now):
        invoke("token", "create", "--name", "desk", "--role", "viewer", "--database-url", sqlite_url)
        listed = invoke("token", "list", "--database-url", sqlite_url)
    assert re.search(rf"desk .*\b{last}\b", listed), listed
