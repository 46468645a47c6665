"""Contracts under terms that prove wrong: a notice period of sixty days until its correction."""

from dataclasses import replace
from datetime import date

from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import correct_edition, record_editions
from lifecycle.commands.enter_event import execute_event
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.records.engine import writing
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.sweep import sweep
from tests.commands.diary import Diary, day, tokyo

NEWEST = EDITIONS.on(date(2022, 5, 1))
WRONG = Editions(replace(terms, notice_days=60) if terms is NEWEST else terms for terms in EDITIONS)
WHY = "the file said 60 days"


def under_wrong_terms(diary: Diary) -> Diary:
    """Terms with a notice period of 60 days are on record, by mistake, until 21 July 2022."""
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", tokyo("2022-04-01")), WRONG)
    return diary


def notified(diary: Diary, reference: str = "OD-1", on: str = "2022-06-10") -> str:
    """Create a contract with a notice under the wrong terms and return its id."""
    contract = diary.accepted(reference=reference)
    diary.today(on)
    sweep(diary.engine, diary.now, editions=WRONG)
    facts = NotifyCancellation(arrived_on=day(on), chosen_on=None, keyed_on=day(on))
    with writing(diary.engine) as conn:
        execute_event(conn, contract, "notify_cancellation", facts, diary.order(), tokyo(f"{on} 00:00"), WRONG)
    return contract


def correct_notice(diary: Diary, on: str = "2022-07-21") -> None:
    """The right values are put on record on a day."""
    diary.today(on)
    with writing(diary.engine) as conn:
        correct_edition(conn, NEWEST, diary.order(WHY))
