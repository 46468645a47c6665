"""The result of each story: absolute days with their articles, and the days of the oracle."""

from datetime import date, timedelta
from typing import NamedTuple

import orjson
import pytest
from sqlalchemy import Engine, select

from lifecycle.demo.book import BOOK, ScriptedAct, Story
from lifecycle.demo.diary import Diaries
from lifecycle.machines.dossier import Contract, Option
from lifecycle.records import tables
from lifecycle.records.engine import reading
from tests import oracle
from tests.machines.folded import facts_alone, folded
from tests.oracle.calendar import Notice


class Stands(NamedTuple):
    """The final state of a contract or an option."""

    state: str
    effective_on: str | None = None
    decided_by: str | None = None
    minimum_term_ends_on: str | None = None
    cut_days: int = 0


CONTRACTS = {
    "DEMO-01": Stands("terminated", "2024-06-14", "notice_period", "2023-10-31"),  # Art. 6: 15 May + 30
    "DEMO-02": Stands("billing", None, None, "2023-10-31"),  # Art. 2: 1 to 31 October
    "DEMO-03": Stands("terminated", "2023-11-09", "notice_period", None),  # Art. 6, 7: before S, no term
    "DEMO-04": Stands("terminated", "2023-12-20", "chosen_day", "2023-11-30"),  # Art. 6: later than 15 November
    "DEMO-05": Stands("terminated", "2024-06-30", "minimum_term", "2024-06-30"),  # Art. 2: 29 June lies inside
    "DEMO-06": Stands("terminated", "2024-05-31", "notice_period", "2024-05-31"),  # Art. 6, 2: the same day
    "DEMO-07": Stands("terminated", "2024-03-31", "chosen_day", "2023-10-31"),  # Art. 6: later than 9 February
    "DEMO-08": Stands("terminated", "2024-04-04", "notice_period", "2023-11-14"),  # Art. 6: 20 March is earlier
    "DEMO-09": Stands("terminated", "2024-04-30", "chosen_day", "2023-11-30"),  # Art. 6: 30 June changes nothing
    "DEMO-10": Stands("terminated", "2024-07-20", "notice_period", "2023-11-30"),  # Art. 6: before 31 October
    "DEMO-11": Stands("billing", None, None, "2023-11-30"),  # Civil Code Art. 540(2): by consent
    "DEMO-12": Stands("terminated", "2024-09-30", "chosen_day", "2023-12-31"),  # Art. 6: the second stands alone
    "DEMO-13": Stands("terminated", "2024-03-21", "notice_period", "2023-12-31"),  # Art. 6: from the arrival
    "DEMO-14": Stands("terminated", "2024-03-01", "notice_period", "2024-02-29"),  # Art. 2, 6; Civil Code 143
    "DEMO-15": Stands("terminated", "2024-03-30", "notice_period", "2024-03-28"),  # Art. 2, 6: the leap day
    "DEMO-16": Stands("billing", None, None, "2023-11-30"),  # Art. 5(5) ends the option alone
    "DEMO-17": Stands("terminated", "2024-07-10", "notice_period", "2024-02-29"),  # Art. 6: 10 June + 30
    "DEMO-18": Stands("terminated", "2024-08-31", "notice_period", "2024-03-31"),  # Art. 6: 1 August + 30
    "DEMO-19": Stands("rejected"),  # Art. 3(3), 3(4), 4(1)
    "DEMO-20": Stands("withdrawn"),  # Art. 6: no contract, no cancellation
    "DEMO-21": Stands("terminated", "2024-07-14", "minimum_term", "2024-07-14"),  # Art. 2: from 15 June
    "DEMO-22": Stands("billing", None, None, "2024-04-30"),  # Art. 2: 1 to 30 April
    "DEMO-23": Stands("billing", None, None, "2024-09-30"),  # Art. 2: from 1 September, entered later
}
OPTIONS = {
    "DEMO-02-D": Stands("billing", None, None, "2023-10-31"),  # Art. 5(4)
    "DEMO-16-D": Stands("terminated", "2024-04-10", "notice_period", "2023-11-30"),  # Art. 5(5): 11 March + 30
    "DEMO-17-D": Stands("terminated", "2024-07-10", "base_contract", "2024-07-31", 21),  # Art. 5(3), 5(4)
    "DEMO-18-D": Stands("rejected"),  # Art. 5(3): lapsed on 31 August
    "DEMO-19-D": Stands("rejected"),  # with its contract
    "DEMO-22-D": Stands("rejected"),  # Art. 5(3): Basic
}
STORIES = {story.reference: story for story in BOOK.stories}


def stands(subject: Contract | Option) -> Stands:
    """Return the state of a contract or an option."""
    cut = subject.minimum_term_cut_days if isinstance(subject, Option) else 0
    effective, term = (d.isoformat() if d else None for d in (subject.effective_on, subject.minimum_term_ends_on))
    return Stands(subject.state, effective, subject.decided_by, term, cut)


def test_every_story_of_the_book_is_compared_here() -> None:
    assert list(CONTRACTS) == list(STORIES)
    assert list(OPTIONS) == [story.option for story in BOOK.stories if story.option]


@pytest.mark.parametrize("reference", CONTRACTS)
def test_a_contract_ends_on_its_day(told: Diaries, reference: str) -> None:
    contract = told.dossiers[reference].contract
    assert stands(contract) == CONTRACTS[reference]
    assert contract.terminated_on == (contract.effective_on if contract.state == "terminated" else None)


@pytest.mark.parametrize("reference", OPTIONS)
def test_an_option_ends_on_its_day(told: Diaries, reference: str) -> None:
    (option,) = told.dossiers[reference.removesuffix("-D")].options
    assert (option.reference, stands(option)) == (reference, OPTIONS[reference])
    assert option.terminated_on == (option.effective_on if option.state == "terminated" else None)


def acts(story: Story, event: str, of: str = "contract") -> list[ScriptedAct]:
    """The acts of a story that were not refused."""
    return [a for a in story.acts if (a.event, a.of, a.refused) == (event, of, False)]


def billing_start(story: Story, of: str = "contract") -> date | None:
    """The last day named in the book, where it was accepted."""
    if not acts(story, "accept", of):
        return None
    named = [a.billing_starts_on for e in ("apply", "accept", "reschedule_billing") for a in acts(story, e, of)]
    return [day for day in named if day is not None][-1]


def notices(story: Story, of: str = "contract") -> list[Notice]:
    """Return the valid notices at the end of a story."""
    stand = [(a.arrived_on or a.on, a.chosen_on) for a in acts(story, "notify_cancellation", of)]
    for taken_back in acts(story, "revoke_cancellation", of):
        stand = [n for i, n in enumerate(stand, 1) if taken_back.notice is not None and i != taken_back.notice]
    return stand


@pytest.mark.parametrize("reference", CONTRACTS)
def test_the_oracle_counts_the_same_days(told: Diaries, reference: str) -> None:
    story, contract = STORIES[reference], told.dossiers[reference].contract
    starts_on = billing_start(story)
    assert contract.billing_starts_on == starts_on
    if not notices(story):
        assert contract.effective_on is None
        assert contract.minimum_term_ends_on == (oracle.term_last_day(starts_on) if starts_on else None)
        return
    end = oracle.ending(starts_on, notices(story))
    assert contract.terminated_on == end["effective_on"]
    assert contract.decided_by == end["decided_by"]
    assert contract.minimum_term_ends_on == end["minimum_term_ends_on"]
    assert contract.billing_started == end["billing_starts"]


@pytest.mark.parametrize("reference", [r for r, stands in OPTIONS.items() if stands.state != "rejected"])
def test_the_oracle_counts_the_same_days_for_the_option(told: Diaries, reference: str) -> None:
    story = STORIES[reference.removesuffix("-D")]
    dossier = told.dossiers[story.reference]
    starts_on = billing_start(story, "option")
    assert starts_on is not None
    own, base = notices(story, "option"), dossier.contract.effective_on
    ends_on, by, cut = oracle.option_ending(starts_on, own, base)
    (option,) = dossier.options
    assert (option.terminated_on, option.minimum_term_cut_days) == (ends_on, cut)
    assert (option.decided_by == "base_contract") == (by == "base_contract")
    assert option.minimum_term_ends_on == oracle.term_last_day(starts_on)


def test_the_demo_covers_both_items_the_leap_day_and_a_late_notice(told: Diaries) -> None:
    """The book as a whole: its length, both items, the leap day, and a notice entered after the end."""
    assert BOOK.begins_at.isoformat() == "2023-09-01T09:00:00+09:00"
    assert BOOK.ends_at.isoformat() == "2024-12-01T09:00:00+09:00"
    assert {story.item for story in BOOK.stories} == {"basic", "premium"}
    assert billing_start(STORIES["DEMO-15"]) == date(2024, 2, 29)
    late = told.entries["DEMO-13"][-1]
    assert (late.event, late.effective_at.isoformat()) == ("terminate", "2024-03-22T00:00:00+09:00")
    assert late.recorded_at.isoformat() == "2024-04-05T10:00:00+09:00"
    served = next(r for e in told.entries["DEMO-13"] for r in e.rulings if r["rule"] == "arrival_counts")
    assert served["days"] == oracle.days_over_served(date(2024, 3, 21), date(2024, 4, 5)) == 14


def test_a_refused_act_leaves_no_row_and_names_its_articles(told: Diaries) -> None:
    refused = {
        (reference, entry.event, entry.of): [ruling["article"] for ruling in entry.rulings]
        for reference, entries in told.entries.items()
        for entry in entries
        if entry.refused
    }
    assert refused == {
        ("DEMO-13", "notify_cancellation", "contract"): ["House rule"],
        ("DEMO-19", "accept", "contract"): ["Art. 3(3)", "Art. 3(4)", "Art. 4(1)"],
        ("DEMO-20", "notify_cancellation", "contract"): ["Art. 6"],
        ("DEMO-22", "accept", "option"): ["Art. 5(3)"],
    }
    rows = sum(not entry.refused for entries in told.entries.values() for entry in entries)
    assert rows == told.rows


def test_timers_are_recorded_at_their_due_instant_unless_entered_late(told: Diaries) -> None:
    late = {
        (reference, entry.event)
        for reference, entries in told.entries.items()
        for entry in entries
        if entry.actor == "clock" and entry.recorded_at != entry.effective_at
    }
    assert late == {("DEMO-13", "terminate"), ("DEMO-23", "start_billing")}


def test_the_demo_ends_without_open_timers(told: Diaries) -> None:
    timers = [s.due_at for d in told.dossiers.values() for s in d.subjects if s.due_at is not None]
    assert not timers
    assert BOOK.ends_at - BOOK.begins_at == timedelta(days=457)


def test_replaying_the_history_gives_the_rows(played_engine: Engine, told: Diaries) -> None:
    """Versions and hashes belong to the row; everything else follows from the history."""
    statement = select(tables.history.c.payload).order_by(tables.history.c.subject_id, tables.history.c.seq)
    for dossier in told.dossiers.values():
        with reading(played_engine) as conn:
            payloads = conn.execute(statement.where(tables.history.c.contract_id == dossier.contract.id)).scalars()
            replayed = folded(map(orjson.loads, payloads))
        assert replayed is not None
        for told_by_row, told_by_history in zip(dossier.subjects, replayed.subjects, strict=True):
            assert facts_alone(told_by_history) == facts_alone(told_by_row)
