"""In any order of entry the result agrees with the oracle and with its own history (R16)."""

import pytest

from tests.fold.compare import clock_of_book, of_book
from tests.fold.judge import enter_in_order, faults
from tests.fold.lives import LIVES, ORDERS, chunks, life, order_of


@pytest.mark.parametrize("seeds", chunks(LIVES), ids=str)
def test_contracts_entered_in_any_order_agree_with_the_oracle(seeds: range) -> None:
    different = {}
    for seed in seeds:
        entries = life(seed)
        desk, at = enter_in_order(entries, seed, order_of(seed))
        if found := faults(desk, entries, at, money=seed % 4 == 0):
            different[seed, order_of(seed)] = found
    assert not different


@pytest.mark.parametrize("seeds", chunks(LIVES // 20), ids=str)
def test_timely_late_and_shuffled_entries_give_the_same_result(seeds: range) -> None:
    for seed in seeds:
        entries, books = life(seed), []
        for order in ORDERS:
            desk, at = enter_in_order(entries, seed, order)
            books.append((desk, at))
        until = max(at for _, at in books)
        said = [
            (of_book(desk.until(until).dossier, desk.names, until), clock_of_book(desk.rows(), desk.names))
            for desk, _ in books
        ]
        assert said[0] == said[1] == said[2], seed
