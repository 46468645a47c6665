"""A row whose step fails is parked with its reason; the others continue; it is retried later."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, text, update

from lifecycle.queries.forecast import forecast
from lifecycle.queries.worklist import coming
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import Unknown
from lifecycle.timers.parked import StepFault, park, retry_parked_timer
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.postgres import owning
from tests.scheduler.books import DAY, FIRST, Story, ending, fill, midnight
from tests.scheduler.look import fired, noted, parked

END = midnight(FIRST + 31 * DAY)
MINUTE = timedelta(minutes=1)
POISONED = f"c_{7:026d}"
ONE = tables.contract.c.id == POISONED


def poison(engine: Engine, how: str) -> None:
    """Spoils one contract of the book."""
    with writing(engine) as conn:
        if how == "unknown state":
            conn.execute(update(tables.contract).where(ONE).values(state="paused"))
        elif how == "unreadable notices":
            conn.execute(update(tables.contract).where(ONE).values(notices=[{"id": "x"}]))
        elif how == "unwritable history":
            row = {
                "subject_id": POISONED, "contract_id": POISONED, "seq": 5, "event": "terminate", "actor": "nobody",
                "effective_at": END, "recorded_at": END, "hash": "", "payload": "{}",
            }  # fmt: skip
            conn.execute(insert(tables.history), row)


def heal(engine: Engine) -> None:
    """Gives the contract its state back."""
    with writing(engine) as conn:
        conn.execute(
            update(tables.contract).where(tables.contract.c.id == POISONED).values(state="cancel_notified")
        )


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("unknown state", "NotPossible: terminate is not possible in the state paused"),
        ("unreadable notices", "KeyError: 'arrived_on'"),
        ("unwritable history", "UniqueViolation|IntegrityError"),
    ],
)
def test_one_bad_row_does_not_stop_the_others(engine: Engine, how: str, reason: str) -> None:
    fill(engine, ending(40))
    poison(engine, how)
    with reading(engine) as conn:  # the pages of what is to come go on too
        told = coming(conn, END, END, 40)
        assert len(list(forecast(conn, END, END))) == len(told) == (40 if how == "unwritable history" else 39)
    swept = sweep(engine, END)
    assert (swept.fired, swept.parked, swept.left) == (39, 1, False)
    assert len({row.subject_id for row in fired(engine)}) == 39
    row = parked(engine)[POISONED]
    assert (row.event, row.due_at, row.attempts, row.retry_at) == ("terminate", END, 1, END + MINUTE)
    assert any(row.reason.startswith(wanted) for wanted in reason.split("|"))
    assert "\n" not in row.reason
    assert swept.next_due_at == END + MINUTE


def test_a_parked_row_is_tried_again_after_ever_longer_pauses_and_then_waits_for_a_person(engine: Engine) -> None:
    fill(engine, ending(8))
    poison(engine, "unknown state")
    now, pauses = END, []
    while True:
        sweep(engine, now)
        row = parked(engine)[POISONED]
        if row.retry_at is None:
            break
        pauses.append(row.retry_at - now)
        assert sweep(engine, row.retry_at - timedelta(microseconds=1)).parked == 0
        now = row.retry_at
    assert (pauses, row.attempts) == ([MINUTE, 5 * MINUTE, 25 * MINUTE, 125 * MINUTE], 5)
    assert noted(engine) == [
        ("park", END, "terminate: NotPossible"),
        ("give_up", now, "terminate: NotPossible"),
    ]
    swept = sweep(engine, now + 1000 * DAY)
    assert (swept.fired, swept.parked, swept.left, swept.next_due_at) == (0, 0, False, None)


def test_a_person_retries_a_parked_timer_and_success_removes_it_from_the_list(engine: Engine) -> None:
    fill(engine, ending(8))
    poison(engine, "unknown state")
    sweep(engine, END)
    heal(engine)
    assert sweep(engine, END).fired == 0
    with writing(engine) as conn:
        retry_parked_timer(conn, POISONED, "tanaka", "healed", END)
    assert sweep(engine, END).fired == 1
    assert parked(engine) == {}
    verify(engine)
    with writing(engine) as conn, pytest.raises(Unknown):
        retry_parked_timer(conn, POISONED, "tanaka", "healed", END)


def test_a_later_successful_attempt_also_removes_it_from_the_list(engine: Engine) -> None:
    fill(engine, ending(8))
    poison(engine, "unknown state")
    sweep(engine, END)
    heal(engine)
    assert sweep(engine, END + MINUTE).fired == 1
    assert parked(engine) == {}
    assert noted(engine)[1:] == [("unpark", END + MINUTE, "terminate")]


def test_a_row_parked_over_another_timer_than_it_now_has_is_fired(engine: Engine) -> None:
    fill(engine, ending(1))
    with writing(engine) as conn:
        park(conn, [StepFault(f"c_{0:026d}", "terminate", END - DAY, 4, "of before")], END - DAY)
    assert sweep(engine, END).fired == 1
    assert parked(engine) == {}


def _with_option() -> Story:
    story = Story(7).apply(FIRST - 90 * DAY).apply_for_option(FIRST - 90 * DAY)
    return story.accept(FIRST - 90 * DAY, FIRST - 60 * DAY).accept_option(FIRST - 90 * DAY, FIRST - 60 * DAY)


def test_a_parked_option_does_not_hold_its_contract_back(engine: Engine) -> None:
    fill(engine, [_with_option().notify(FIRST)])
    with writing(engine) as conn:
        conn.execute(update(tables.option).values(state="paused"))
    swept = sweep(engine, END)
    assert (swept.fired, swept.parked) == (1, 1)
    assert [(row.event, row.subject_id) for row in fired(engine)][-1] == ("terminate", POISONED)


def test_an_option_waits_for_its_contract_while_that_is_parked(engine: Engine) -> None:
    fill(engine, [_with_option()])
    start = midnight(FIRST - 60 * DAY)
    with writing(engine) as conn:
        conn.execute(update(tables.contract).values(state="paused"))
    swept = sweep(engine, start)
    assert (swept.fired, swept.parked, swept.left) == (0, 1, True)
    with writing(engine) as conn:
        conn.execute(update(tables.contract).values(state="accepted"))
    assert sweep(engine, start + MINUTE).counts == {
        ("contract", "start_billing"): 1, ("option", "start_billing"): 1,
    }  # fmt: skip


def test_a_failure_of_the_database_parks_no_row(engine: Engine) -> None:
    fill(engine, ending(3))
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE pending RENAME TO lost"))
    with pytest.raises(Exception, match="pending"):
        sweep(engine, END)
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE lost RENAME TO pending"))
    assert (parked(engine), fired(engine)) == ({}, [])
    assert sweep(engine, END).fired == 3
