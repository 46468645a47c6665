"""The diagrams of the README agree with the machines."""

from lifecycle.machines.table import MACHINES
from tests.docs.diagrams import README, drawn, places


def test_the_readme_shows_the_lifecycles_as_they_are() -> None:
    page = README.read_text("utf-8")
    assert places(page) == ["contract", "option", "item_change"]
    assert set(places(page)) < set(MACHINES)
    assert page == drawn(page), "draw them anew: python -m tests.docs.diagrams"
