"""One command, one transaction: an interruption before or after any statement leaves no trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from lifecycle.timers.sweep import sweep
from tests.commands import acts as contracts
from tests.commands.correcting import FIRES, LATER, correct, wronged
from tests.commands.diary import NOW, Diary

Act = Callable[[Diary], Any]
MOMENTS = ("before_cursor_execute", "after_cursor_execute", "commit")


class Killed(Exception):
    """Here it ends."""


def _apply(diary: Diary) -> Act:
    return lambda diary: diary.apply(options=[("drm", "D1")])


def _accept(diary: Diary) -> Act:
    contract = diary.apply()
    return lambda diary: diary.do(contracts.accept, contract, NOW)


def _notify(diary: Diary) -> Act:
    contract, _ = diary.accepted_with_option()
    diary.today("2022-05-03")
    return lambda diary: diary.do(contracts.notify_cancellation, contract, NOW)


def _reject(diary: Diary) -> Act:
    contract = diary.apply(options=[("drm", "D1")])
    return lambda diary: diary.do(contracts.reject, contract)


def _correct(diary: Diary) -> Act:
    contract, entry = wronged(diary)
    sweep(diary.engine, FIRES)
    return lambda diary: correct(diary.engine, contract, entry, LATER)


COMMANDS = {
    "apply": _apply, "reject": _reject, "accept": _accept, "notify_cancellation": _notify, "correct": _correct,
}  # fmt: skip
# A command of one row is two reads and one statement on PostgreSQL, more on SQLite.
LEAST = {"before_cursor_execute": 3, "after_cursor_execute": 3, "commit": 1}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_anywhere_leaves_nothing_of_it(diary: Diary, command: str, moment: str) -> None:
    act = COMMANDS[command](diary)
    assert _kill_everywhere(diary, act, moment) >= LEAST[moment]


@pytest.mark.parametrize("command", COMMANDS)
def test_row_history_and_queue_are_written_together(diary: Diary, command: str) -> None:
    act = COMMANDS[command](diary)
    before = diary.everything()
    act(diary)
    after = diary.everything()
    changed = {table for table in after if before[table] != after[table]}
    assert {"contract", "history", "pending"} <= changed
    assert len(after["history"]) - len(before["history"]) == len(after["pending"]) - len(before["pending"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_test_detects_writes_outside_a_transaction(diary: Diary) -> None:
    diary.engine = diary.engine.execution_options(isolation_level="AUTOCOMMIT")
    with pytest.raises(AssertionError):
        _kill_everywhere(diary, _reject(diary), "after_cursor_execute")


def _kill_everywhere(diary: Diary, act: Act, moment: str) -> int:
    """Execute the command, killed at the first moment, the second, and so on until it succeeds; count kills."""
    before = diary.everything()
    kills = 0
    while True:
        with _killing(diary.engine, moment, kills):
            try:
                act(diary)
            except Killed:
                pass
            else:
                break
        kills += 1
        assert diary.everything() == before, f"killed at {moment} number {kills}"
    assert diary.everything() != before
    return kills


@contextmanager
def _killing(engine: Engine, moment: str, after: int) -> Iterator[None]:
    left = after

    def kill(*_: object) -> None:
        nonlocal left
        if left == 0:
            left = -1
            raise Killed
        left -= 1

    event.listen(engine, moment, kill)
    try:
        yield
    finally:
        event.remove(engine, moment, kill)
