"""Concurrent corrections of one contract: two people, and the sweep that would fire the wrong end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lifecycle.commands.command import Stale
from lifecycle.timers.sweep import sweep
from tests.commands import proof
from tests.commands.correcting import FIRES, LATER, correct, events, superseded, wronged
from tests.commands.diary import Diary, day

PEOPLE = 6


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Does everything at once, each in a thread of its own; what came of each."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        together.wait()
        try:
            act()
        except Exception as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_several_concurrent_corrections_one_succeeds_and_the_others_are_stale(diary: Diary) -> None:
    contract, entry = wronged(diary)
    version = diary.contract(contract).version
    said = at_once(
        *(
            lambda n=n: correct(
                diary.engine, contract, entry, LATER, facts={"arrived_on": f"2022-08-0{n + 1}"}, version=version
            )
            for n in range(PEOPLE)
        )
    )
    assert sorted(said) == ["Stale"] * (PEOPLE - 1) + ["done"]
    assert events(diary.engine, contract).count("correct_entry") == 1
    assert proof.verify(diary.engine) > 0


def test_without_a_version_every_correction_counts_and_the_last_one_decides(diary: Diary) -> None:
    contract, entry = wronged(diary)
    days = [f"2022-08-0{n + 1}" for n in range(PEOPLE)]
    said = at_once(
        *(lambda d=d: correct(diary.engine, contract, entry, LATER, facts={"arrived_on": d}) for d in days)
    )
    assert said == ["done"] * PEOPLE
    assert events(diary.engine, contract).count("correct_entry") == PEOPLE
    (notice,) = diary.contract(contract).standing_notices
    assert notice.arrived_on.isoformat() in days
    assert proof.verify(diary.engine) > 0


def test_two_corrections_in_different_histories_of_a_contract_collide_too(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    diary.today("2022-07-20")
    version = diary.contract(contract).version
    said = at_once(
        lambda: correct(
            diary.engine, contract, f"{option}.2", LATER, facts={"monthly_fee_yen": 4_000}, version=version
        ),
        lambda: correct(
            diary.engine, contract, f"{contract}.2", LATER, facts={"billing_starts_on": "2022-05-02"},
            version=version,
        ),
    )  # fmt: skip
    assert sorted(said) == ["Stale", "done"]
    assert proof.verify(diary.engine) > 0


def lives(diary: Diary, contract: str) -> None:
    """Check that the contract is in force until its true end and that a wrong end is superseded."""
    found = diary.contract(contract)
    assert (found.state, found.effective_on) == ("cancel_notified", day("2022-08-31"))
    fired = events(diary.engine, contract).count("terminate")
    assert superseded(diary.engine, contract).count("terminate") == fired
    assert proof.verify(diary.engine) > 0


def test_the_sweep_first_and_the_wrong_end_is_superseded(diary: Diary) -> None:
    contract, entry = wronged(diary)
    sweep(diary.engine, FIRES)
    assert diary.contract(contract).state == "terminated"
    correct(diary.engine, contract, entry, FIRES)
    assert events(diary.engine, contract).count("terminate") == 1
    lives(diary, contract)


def test_the_correction_first_and_the_wrong_end_never_fires(diary: Diary) -> None:
    contract, entry = wronged(diary)
    correct(diary.engine, contract, entry, FIRES)
    sweep(diary.engine, FIRES)
    assert events(diary.engine, contract).count("terminate") == 0
    lives(diary, contract)


@pytest.mark.parametrize("batch", [1, 10_000])
def test_a_correction_concurrent_with_a_sweep_is_recorded_before_or_after_it(diary: Diary, batch: int) -> None:
    wrong = [wronged(diary, f"OD-{number}") for number in range(8)]
    acts = [lambda c=c, e=e: correct(diary.engine, c, e, FIRES) for c, e in wrong]
    said = at_once(lambda: sweep(diary.engine, FIRES, batch=batch), *acts)
    assert said == ["done"] * len(said)
    for contract, _ in wrong:
        lives(diary, contract)
    assert sweep(diary.engine, FIRES).fired == 0
    sweep(diary.engine, FIRES.replace(month=9))
    assert {diary.contract(contract).state for contract, _ in wrong} == {"terminated"}
    assert proof.verify(diary.engine) > 0


def test_a_correction_of_the_version_before_the_sweep_is_stale(diary: Diary) -> None:
    contract, entry = wronged(diary)
    version = diary.contract(contract).version
    sweep(diary.engine, FIRES)
    with pytest.raises(Stale):
        correct(diary.engine, contract, entry, FIRES, version=version)
