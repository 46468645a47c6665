"""A corrected mistake gives the same result as the right entry from the start (R35 to R37)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.fold.correcting import correct_entry
from tests.fold.desk import Desk
from tests.fold.judge import faults
from tests.fold.lives import LIVES, ORDERS, chunks, life, order_of
from tests.oracle.entries import Entry
from tests.oracle.lives import ends_at
from tests.oracle.mistakes import Mistake, misfiled, mistyped

MISTAKES = {"mistyped": mistyped, "misfiled": misfiled}


@pytest.mark.parametrize("seeds", chunks(LIVES // 16), ids=str)
@pytest.mark.parametrize("mistakes", MISTAKES.values(), ids=MISTAKES)
def test_a_corrected_mistake_gives_the_right_result(
    mistakes: Callable[[list[Entry], int], Mistake | None], seeds: range
) -> None:
    different, tried = {}, 0
    for seed in seeds:
        entries = life(seed)
        mistake = mistakes(entries, seed)
        if mistake is None:
            continue
        keyed = ORDERS[order_of(seed)](mistake.wrong, seed)
        desk, noticed = Desk().live(keyed), keyed[-1].at + timedelta(days=seed % 100)
        if all(entry.id != mistake.entry for entry in desk.taken):
            continue  # a notice after the end is refused, so there is nothing to correct
        tried += 1
        correct_entry(desk, mistake, noticed)
        at = max(ends_at(entries, seed), noticed)
        if found := faults(desk.until(at), entries, at, money=seed % 4 == 0):
            different[seed] = found
    assert tried > len(seeds) // 2
    assert not different
