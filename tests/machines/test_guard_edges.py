"""The last case that each guard accepts: equal days, equal instants, the thirty-first day."""

from collections.abc import Callable
from typing import Any

import pytest

from lifecycle.machines.check import Refused
from tests.machines.life import BASE, DRM, Life, at, d, running

Told = Callable[[], Life]
JUST: dict[str, Told] = {
    "accepted on the day of receipt": lambda: Life().apply(d(4, 1)).accept(d(5, 1), d(4, 1)),
    "billed from the day of acceptance": lambda: Life().apply().accept(d(4, 20), d(4, 20)),
    "a notice on the day of acceptance": lambda: Life().apply().accept(d(6, 1), d(4, 20)).notify(d(4, 20)),
    "a notice entered 31 days after its arrival": lambda: running(d(4, 1)).notify(d(4, 10), keyed=d(5, 11)),
    "billing moved to today": lambda: running(d(6, 1)).reschedule(d(5, 10), d(5, 10)),
    "billing moved to the day of acceptance": lambda: running(d(6, 1)).reschedule(d(4, 1), d(5, 1), reason="late"),
    "an option billed from its contract's start": lambda: running(d(6, 1), d(6, 1)),
    "an option accepted for its contract's last day": lambda: (
        running(d(5, 1)).apply_option().notify(d(5, 10), d(6, 30)).accept(d(6, 30), d(5, 11), DRM)
    ),
    "a notice of the option on the day of its acceptance": lambda: running(d(6, 1), d(6, 1)).notify(
        d(4, 1), subject=DRM
    ),
    "an option accepted while its contract is cancelled": lambda: (
        running(d(5, 1)).apply_option().notify(d(5, 2), d(9, 30)).accept(d(6, 1), d(5, 3), DRM)
    ),
}
BEYOND: dict[str, Told] = {
    "a notice entered 32 days after its arrival": lambda: running(d(4, 1)).notify(d(4, 10), keyed=d(5, 12)),
    "billing moved to yesterday": lambda: running(d(6, 1)).reschedule(d(5, 9), d(5, 10)),
    "an option accepted for the day after its contract's last": lambda: (
        running(d(5, 1)).apply_option().notify(d(5, 10), d(6, 30)).accept(d(7, 1), d(5, 11), DRM)
    ),
    "an option billed the day before its contract": lambda: running(d(6, 1), d(5, 31)),
}


@pytest.mark.parametrize("case", JUST)
def test_each_guard_accepts_its_last_possible_case(case: str) -> None:
    assert JUST[case]().last.event != "apply"


@pytest.mark.parametrize("case", BEYOND)
def test_each_guard_refuses_one_day_beyond_its_limit(case: str) -> None:
    with pytest.raises(Refused):
        BEYOND[case]()


def test_a_notice_the_day_before_acceptance_meets_an_application() -> None:
    with pytest.raises(Refused) as refusal:
        Life().apply().accept(d(6, 1), d(4, 20)).notify(d(4, 19), keyed=d(4, 20))
    assert [ruling.reading for ruling in refusal.value.rulings] == ["R10"]


def test_a_notice_that_arrives_this_very_instant_has_arrived() -> None:
    life = running(d(5, 1))
    given: dict[str, Any] = {"arrived_on": d(5, 10), "chosen_on": None, "keyed_on": d(5, 10), "at": at(d(5, 10))}
    assert life.do("notify_cancellation", BASE, d(5, 10), **given).contract.state == "cancel_notified"
