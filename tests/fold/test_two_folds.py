"""Two contracts with the same beginning give the results of two separate folds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold, fold_both
from lifecycle.machines.line import Line
from tests.fold.desk import Desk
from tests.fold.lives import ORDERS, chunks, life, order_of

LONG_AFTER = datetime(2040, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("seeds", chunks(15), ids=str)
def test_a_fold_with_and_without_an_entry_equals_two_separate_folds(seeds: range) -> None:
    for seed in seeds:
        entries = entries_of(Desk().live(ORDERS[order_of(seed)](life(seed), seed)).rows())
        for number, left_out in enumerate(entries[1:]):
            without = [entry for entry in entries if entry is not left_out]
            until = entries[number // 2].at if number % 2 else LONG_AFTER  # others may still be to come
            entering = {left_out.id: (until, None)}
            before, after = fold_both(without, entries, until, entering=entering)
            alone = (fold(without, until), fold(entries, until, entering=entering))
            assert [content_of(before()), content_of(after)] == [*map(content_of, alone)], (seed, left_out.id)


def content_of(line: Line) -> Any:
    """Return the whole content of a line, with the reasons of entries without effect."""
    return line.dossier, line.transitions, [(one.entry.id, str(one.why), one.moot) for one in line.invalid]
