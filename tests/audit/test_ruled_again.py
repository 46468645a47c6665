"""A replay of the same facts: no difference under the same settings, the expected ones under others."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from lifecycle.history.payload import payload_of
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entity import outcomes
from lifecycle.queries.charges import charges
from lifecycle.queries.what_if import replay_under
from lifecycle.terms.editions import EDITIONS
from tests.how_many import some_of
from tests.machines.life import BASE, Life, at, d, running
from tests.machines.test_random_contracts import LIVES, Lived, after_story


def rows(life: Life) -> list[dict[str, Any]]:
    """Return the history of the contract as it is stored."""
    return [orjson.loads(payload_of(entry, None)) for entry in life.entries]


def outcomes_of(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """What is compared of every subject."""
    return {s.id: {n: vars(s)[n] for n in outcomes(type(s))} for s in dossier.subjects}


@settings(max_examples=some_of(100), deadline=None, database=None)
@given(LIVES)
def test_under_the_same_settings_nothing_differs(story: Lived) -> None:
    life = after_story(Life(), story)
    now = life.entries[-1].act.now
    again = replay_under(rows(life), now, EDITIONS)
    assert again is not None
    assert again.refused == ()
    due_by_now_done = catch_up(life.dossier, now, EDITIONS)[0]
    assert outcomes_of(again.dossier) == outcomes_of(due_by_now_done)


def test_a_notice_that_an_earlier_end_made_moot_is_not_refused() -> None:
    life = running(d(5, 31), d(5, 31)).notify(d(5, 2)).notify(d(4, 2), keyed=d(5, 3)).until(d(5, 4))
    again = replay_under(rows(life), at(d(5, 4)), EDITIONS)
    assert again is not None and again.refused == ()


def test_rows_recorded_at_one_instant_keep_a_valid_order() -> None:
    """The time of a sandbox is fixed: the application for the option precedes the rejection of the contract."""
    life = Life().apply(d(4, 1)).apply_option(d(4, 1)).do("reject", BASE, d(4, 1), "no")
    again = replay_under(rows(life), at(d(4, 1)), EDITIONS)
    assert again is not None and again.refused == ()


@pytest.mark.parametrize("policy", ["defer", "residual_fee"])
def test_a_replay_under_other_settings_gives_the_contract_of_those_settings(policy: str) -> None:
    """A notice before billing starts, so that it falls into the minimum term (R8, R9)."""
    other = EDITIONS.under(within_minimum_term=policy)
    life, would = (Life(editions=e).apply(d(4, 1)).accept(d(4, 20), d(4, 2)) for e in (EDITIONS, other))
    for one in (life, would):
        one.notify(d(4, 3)).until(d(7, 1))
    again = replay_under(rows(life), at(d(7, 1)), other)
    assert again is not None
    assert outcomes_of(again.dossier) == outcomes_of(would.dossier)
    owed = [sum(c.amount_yen or 0 for c in charges(d_, d(7, 1), other)) for d_ in (again.dossier, would.dossier)]
    assert owed[0] == owed[1]
    assert again.dossier.subject(BASE).effective_on == (d(5, 19) if policy == "defer" else d(5, 3))
