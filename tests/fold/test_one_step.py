"""An entry in time takes one step, which equals the fold; with any weaker predicate it does not (R16)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from lifecycle.machines import enter, in_time
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.in_time import Rows
from lifecycle.machines.legal_order import place
from tests.fold.compare import clock_of_book, clock_of_oracle
from tests.fold.desk import DOES_NOT_HOLD, Desk
from tests.fold.judge import own_faults
from tests.fold.lives import LIVES, ORDERS, chunks, life, order_of
from tests.oracle.days import civil, start_of
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import fold
from tests.oracle.orders import Keyed

DECLARED = {
    "declarations": {"laws_accepted": True, "rights_cleared": True},
    "administrator": {"name": "山田太郎"},
}


class Watched(Desk):
    """A desk that holds its book against the fold after every entry."""

    def enter(self, entry: Any, now: datetime) -> None:
        super().enter(entry, now)
        found = own_faults(self)
        rows, wanted = clock_of_book(self.rows(), self.names), clock_of_oracle(fold(self.taken, now))
        assert not found and rows == wanted, (entry, found)


@pytest.mark.parametrize("seeds", chunks(LIVES // 20), ids=str)
def test_after_every_entry_the_book_is_the_fold_of_its_history(seeds: range) -> None:
    steps = folds = 0
    for seed in seeds:
        desk = Watched().live(ORDERS[order_of(seed)](life(seed), seed))
        steps, folds = steps + desk.steps, folds + desk.folds
    assert steps > folds > 0


def without_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_time, "fired_at", lambda dossier: [])


def without_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_time, "newest_place", lambda entries: None)
    monkeypatch.setattr(in_time, "noted", lambda dossier, entry: dossier)
    monkeypatch.setattr(enter, "noted", lambda dossier, entry: dossier)
    monkeypatch.setattr(enter, "newest_place", lambda entries: None)
    monkeypatch.setattr(enter, "in_time", _by_the_clock_alone)


def without_the_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enter, "in_time", _by_the_place_alone)


def always_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enter, "in_time", lambda dossier, entry, rows: True)


def _by_the_clock_alone(dossier: Dossier, entry: HumanEntry, rows: Rows) -> bool:
    return not any(place(entry) < fired for fired in in_time.fired_at(dossier))


def _by_the_place_alone(dossier: Dossier, entry: HumanEntry, rows: Rows) -> bool:
    newest = dossier.contract.line_at
    return _by_the_clock_alone(dossier, entry, rows) and (newest is None or place(entry) >= newest)


@pytest.mark.parametrize(
    "weaken", [without_the_clock, without_the_entries, without_the_rank, always_one_step], ids=lambda f: f.__name__
)
def test_a_weaker_predicate_is_found(
    weaken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    weaken(monkeypatch)
    lives = (ORDERS[order_of(seed)](life(seed), seed) for seed in range(100))
    assert any(_differs(keyed) for keyed in [two_notices_of_one_day(), *lives])


def two_notices_of_one_day() -> list[Keyed]:
    """Both bring the same end. By content the second one decides: the order of entry breaks no tie."""
    day = date(2022, 6, 10)
    entries = [
        Entry("e1", "contract", CONTRACT, "apply", date(2022, 4, 1), {"item": "basic", **DECLARED}),
        Entry("e2", "contract", CONTRACT, "accept", date(2022, 4, 1), {"billing_starts_on": date(2022, 5, 1)}),
        Entry("e3", "contract", CONTRACT, "notify_cancellation", day, {"chosen_on": None}),
        Entry("e4", "contract", CONTRACT, "notify_cancellation", day, {"chosen_on": date(2022, 6, 20)}),
    ]
    return [Keyed(start_of(civil(e.when)) + timedelta(hours=10, seconds=n), e) for n, e in enumerate(entries)]


def _differs(keyed: list[Keyed]) -> bool:
    try:
        Watched().live(keyed)
    except (AssertionError, *DOES_NOT_HOLD):
        return True
    return False
