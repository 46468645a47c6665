"""Concurrent commands on one contract: every success is in the history exactly once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from lifecycle.commands import book
from lifecycle.commands.applications import apply
from lifecycle.history.store import ConcurrentChange
from lifecycle.machines.table import NotPossible
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from tests.commands import acts as contracts
from tests.commands import proof
from tests.commands.diary import APPLICATION, NOW, Diary, tokyo

THREADS, TURNS = 16, 6
ACTS: dict[str, Callable[[Diary, str], Any]] = {
    "accept": lambda diary, contract: diary.do(contracts.accept, contract, NOW),
    "notify_cancellation": lambda diary, contract: diary.do(contracts.notify_cancellation, contract, NOW),
    "revoke_cancellation": lambda diary, contract: diary.do(contracts.revoke_cancellation, contract, reason="yes"),
}


def race(engine: Engine, contract: str, now: str) -> Counter[str]:
    """THREADS threads, each with TURNS acts drawn at random, start at once; what succeeded."""
    together = Barrier(THREADS)

    def run(seed: int) -> Counter[str]:
        draw, diary = Random(seed), Diary(engine, now)
        done: Counter[str] = Counter()
        together.wait()
        for _ in range(TURNS):
            act = draw.choice(list(ACTS))
            try:
                ACTS[act](diary, contract)
            except NotPossible:
                continue
            done[act] += 1
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(run, range(THREADS)), Counter())


def test_acceptance_notice_and_revocation_race_and_nothing_is_lost_or_doubled(diary: Diary) -> None:
    contract = diary.apply()
    done = race(diary.engine, contract, "2022-04-22")
    assert done["accept"] == 1
    assert min(done["notify_cancellation"], done["revoke_cancellation"]) > 0
    assert Counter(diary.events(contract)) == done + Counter(["apply"])
    assert len(diary.contract(contract).notices) == done["notify_cancellation"]
    _holds(diary, done.total() + 1)


def test_a_missed_timer_is_fired_by_exactly_one_of_them(diary: Diary) -> None:
    contract = diary.accepted()
    done = race(diary.engine, contract, "2022-05-03")
    assert done["accept"] == 0
    assert Counter(diary.events(contract)) == done + Counter(["apply", "accept", "start_billing"])
    assert diary.events(contract)[2] == "start_billing"
    _holds(diary, done.total() + 3)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_test_detects_a_race_without_the_row_lock(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = diary.apply()
    monkeypatch.setattr(book, "load", lambda conn, subject, *, lock: load(conn, subject))
    with pytest.raises((ConcurrentChange, IntegrityError)):
        race(diary.engine, contract, "2022-04-22")
    assert proof.verify(diary.engine) > 0


@pytest.mark.parametrize("same", [True, False])
def test_of_two_applications_at_once_for_one_reference_one_is_new(diary: Diary, same: bool) -> None:
    together = Barrier(2)

    def arrive(item: str) -> str:
        order = replace(diary.order(), now=tokyo("2022-04-20"))
        together.wait()
        try:
            with writing(diary.engine) as conn:
                return "new" if apply(conn, replace(APPLICATION, item=item), order)[1] else "known"
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(arrive, ["premium", "premium" if same else "basic"]))
    assert told[-1] == "new"
    assert told[0] in ({"known"} if same else {"Duplicate"}) | {IntegrityError.__name__}
    _holds(diary, 1)


def _holds(diary: Diary, rows: int) -> None:
    assert proof.verify(diary.engine) == rows
    with reading(diary.engine) as conn:
        assert conn.execute(select(func.count()).select_from(tables.outbox)).scalar_one() == rows
