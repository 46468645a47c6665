"""As of any instant the service agrees with the oracle, whatever was entered since (R16)."""

from datetime import datetime, timedelta
from random import Random

import pytest

from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold as folded
from tests.fold.compare import differences, of_book, of_oracle
from tests.fold.judge import enter_in_order
from tests.fold.lives import LIVES, chunks, life, order_of
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import fold

INSTANTS = 5


def looked_at(entries: list[Entry], seed: int, last: datetime) -> list[datetime]:
    """Return some instants of a contract: of entries, of timers, and between."""
    whole = fold(entries, last)
    known = [*whole.line.places.values(), *(step.at for step in whole.transitions)]
    applied = next(entry.id for entry in entries if entry.kind == CONTRACT and entry.event == "apply")
    first, random = whole.line.places[applied], Random(seed)
    drawn = [
        random.choice([at, at + timedelta(seconds=1), at + timedelta(days=random.randint(1, 40))]) for at in known
    ]
    return random.choices([at for at in drawn if first <= at <= last], k=INSTANTS)


@pytest.mark.parametrize("seeds", chunks(LIVES // 10), ids=str)
def test_as_of_an_instant(seeds: range) -> None:
    different = {}
    for seed in seeds:
        entries = life(seed)
        desk, last = enter_in_order(entries, seed, order_of(seed))
        history = entries_of(desk.rows())
        for at in looked_at(entries, seed, last):
            dossier = folded(history, at).dossier
            assert dossier is not None
            if found := differences(of_book(dossier, desk.names, at), of_oracle(fold(entries, at))):
                different[seed, at] = found
    assert not different
