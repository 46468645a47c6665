"""The length of the rows of a plain contract; `python -m tests.benchmarks bytes` prints all of them."""

from datetime import date

import orjson
import pytest

from lifecycle.history.payload import GO_ON
from lifecycle.history.rows import fill_rulings
from lifecycle.history.store import chain
from lifecycle.terms.catalogue import CATALOGUES
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.ruling import show_stored
from tests.scheduler.books import Story

BIRTH = date(2022, 6, 1)
MOST = {"apply": 850, "accept": 1200, "start_billing": 650, "notify_cancellation": 1300, "terminate": 800}  # bytes
MOST_OF_A_LIFE = 5000


@pytest.fixture(scope="module")
def life() -> Story:
    story = Story(1).apply(BIRTH).accept(date(2022, 6, 3), date(2022, 6, 10)).notify(date(2022, 7, 1))
    return story.until(date(2022, 9, 1))


def test_each_row_of_a_contract_is_short(life: Story) -> None:
    found = {row[3]: len(row[-1]) for row in chain({}, life.entries)[2]}
    assert found.keys() == MOST.keys()
    assert {name: size for name, size in found.items() if size > MOST[name]} == {}
    assert sum(found.values()) <= MOST_OF_A_LIFE


def test_repeated_rules_exist_in_the_catalogue() -> None:
    assert {rule for rule, _ in CATALOGUES[DEFAULT_SERVICE]} >= GO_ON


def test_a_repeated_ruling_is_shown_in_full(life: Story) -> None:
    rows = [orjson.loads(row[-1]) for row in chain({}, life.entries)[2]]
    assert rows[2]["rulings"] == ["2.1 R22 text", "2.2 R4 code"]
    assert rows[3]["rulings_before"] == ["2.2 R4 code"]
    assert rows[4]["rulings"] == ["4.0 R2 code", "4.1 R6 text", "4.2 R8 choice"]
    fill_rulings(rows, rows)
    for row, entry in zip(rows, life.entries, strict=True):
        for name, rulings in (("rulings", entry.rulings), ("rulings_before", entry.before)):
            shown = show_stored(row.get(name, ()))
            assert [{k: v for k, v in one.items() if k != "repeats"} for one in shown] == [
                ruling.as_dict() for ruling in rulings
            ]


def test_a_reference_to_a_missing_ruling_is_shown_as_lost(life: Story) -> None:
    row = orjson.loads(chain({}, life.entries)[2][-1][-1])
    fill_rulings([row], [])
    (*_, lost) = show_stored(row["rulings"])
    assert (lost["rule"], lost["reading"], lost["basis"], lost["assumed"]) == ("lost", "R8", "choice", False)
    assert (lost["because"], lost["repeats"]) == ("lost", "4.2 R8 choice")
