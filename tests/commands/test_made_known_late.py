"""A version of the terms announced too late: which one governs which contract (R42, Civil Code Art. 548-4(3))."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import announce_edition, record_editions
from lifecycle.commands.resettle import ResettledPart, resettle_part
from lifecycle.history.editions_known import editions_known
from lifecycle.machines.entries import entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.queries.as_of import as_of
from lifecycle.queries.charges import statement
from lifecycle.queries.rehearsal import Rehearsal
from lifecycle.records.engine import reading, writing
from lifecycle.terms.art6_cancellation import ending
from lifecycle.terms.calendar import Month
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.terms_file import put_beside, read_terms
from lifecycle.timers.sweep import sweep
from scheduler.announcements import AnnouncementsFollower
from tests.commands import acts
from tests.commands.diary import NOW, Diary, day, tokyo
from tests.machines.life import Life, d, running
from tests.terms.worlds import TEXTS, Letter

PREMIUM = replace(EDITIONS.on(d(5, 1)).items["premium"], monthly_fee_yen=210_000)
DEARER = replace(
    EDITIONS.on(d(5, 1)), in_force_from=d(6, 1), notice_days=45,
    items={**EDITIONS.on(d(5, 1)).items, "premium": PREMIUM}, announced_on=d(6, 20),
)  # fmt: skip
LATE = put_beside(DEARER)
ACCEPTED = d(4, 22)


def end_of_notice(accepted_on: date | None, editions: Editions = LATE) -> tuple[date, list[str]]:
    """The end by a notice that arrived on 1 July, and the rules behind it."""
    end = ending([Letter("n1", d(7, 1), None)], d(5, 1), editions.reaching(accepted_on))
    assert end is not None
    return end.effective_on, [ruling.rule for ruling in end.rulings]


@pytest.mark.parametrize(
    ("accepted_on", "ends_on", "passed_over"),
    [
        (d(4, 22), d(7, 31), True),  # 1 July and 30 days: the version before
        (d(6, 10), d(7, 31), True),  # after its first day, before it was made known
        (d(6, 19), d(7, 31), True),
        (d(6, 20), d(8, 15), False),  # 1 July and 45 days
        (None, d(8, 15), False),
    ],
)
def test_a_contract_accepted_before_a_late_version_was_made_known_stays_under_the_one_before(
    accepted_on: date | None, ends_on: date, passed_over: bool
) -> None:
    assert end_of_notice(accepted_on)[0] == ends_on
    assert ("made_known_late" in end_of_notice(accepted_on)[1]) is passed_over


@pytest.mark.parametrize(
    "otherwise",
    [{"announced_on": d(5, 31)}, {"announced_on": None}, {"change": "benefit"}],
    ids=["the day before", "not on record", "a benefit"],
)  # fmt: skip
def test_a_version_made_known_in_time_or_to_the_customers_benefit_reaches_every_contract(
    otherwise: Mapping[str, object],
) -> None:
    assert end_of_notice(ACCEPTED, put_beside(replace(DEARER, **otherwise)))[0] == d(8, 15)  # type: ignore[arg-type]


def test_the_ruling_names_both_versions_article_and_reading() -> None:
    (ruling,) = LATE.reaching(ACCEPTED).passed_over(d(7, 1))
    assert (ruling.article, ruling.reading, ruling.terms) == ("Supplementary provisions", "R42", "2022-05-01")
    assert ruling.because == (
        "The version of 1 June 2022 was made known on 20 June 2022, not before its first day. It does not reach "
        "contracts concluded before that (Civil Code Art. 548-4(3)): the version of 1 May 2022 still applies."
    )
    assert ruling.because_ja.startswith(
        "2022年6月1日実施の版は、その実施日より前ではなく2022年6月20日に周知された。"
    )
    assert LATE.reaching(ACCEPTED).passed_over(d(5, 31)) == ()


def test_another_first_day_made_known_before_it_reaches_them_from_that_day() -> None:
    again = put_beside(replace(DEARER, in_force_from=d(9, 1)), LATE).reaching(ACCEPTED)
    assert [again.on(d(8, 31)).version, again.on(d(9, 1)).version] == ["2022-05-01", "2022-09-01"]


def folded(life: Life, until: date, editions: Editions) -> int:
    line = fold(entries_of(recorded_order(life.rows())), tokyo(until.isoformat()), editions)
    assert line.dossier is not None
    return statement(line.dossier, Month.of(until), editions)["total_yen"]


def test_fees_of_a_contract_that_is_not_reached_stay_as_they_were() -> None:
    life = running()
    assert folded(life, d(7, 31), EDITIONS) == folded(life, d(7, 31), LATE) == 200_000
    assert folded(life, d(7, 31), put_beside(replace(DEARER, announced_on=d(5, 31)))) == 210_000


def notice(on: date) -> dict[str, object]:
    return {"arrived_on": on, "chosen_on": None, "keyed_on": on}


def test_a_rehearsal_changes_nothing_of_contracts_that_the_file_does_not_reach() -> None:
    text = TEXTS["2022-05-01.toml"].replace("days = 30", "days = 45")
    for first, reached in (("2022-06-01\nannounced_on = 2022-06-01", False), ("2022-06-01", True)):
        terms = read_terms(text.replace("in_force_from = 2022-05-01", f"in_force_from = {first}"))
        life = running()
        life.do("notify_cancellation", life.contract.id, d(6, 10), **notice(d(6, 10)))
        assert (Rehearsal(terms, d(8, 1)).of(life.rows()) is not None) is reached


def announce(engine: Engine, on: str, now: str) -> None:
    with writing(engine) as conn:
        announce_edition(conn, "2022-05-01", day(on), "website", CommandContext("desk", tokyo(now), "found out"))


def test_an_announcement_recorded_late_is_settled_and_what_was_known_before_stays(diary: Diary) -> None:
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", tokyo("2022-04-01")))
    contract = diary.accepted(reference="OD-1")
    diary.today("2022-06-10")
    sweep(diary.engine, diary.now)
    diary.do(acts.notify_cancellation, contract, NOW)
    first = diary.contract(contract).effective_on
    announce(diary.engine, "2022-05-02", "2022-06-11 09:00")
    diary.today("2022-06-12")
    part = resettled(diary)
    assert (part.examined, part.items) == (1, ())  # the version before has the same values: no day differs
    assert diary.contract(contract).effective_on == first == date(2022, 7, 10)
    with reading(diary.engine) as conn:
        before, now = editions_known(conn, tokyo("2022-06-11 08:00")), editions_known(conn, diary.now)
        assert now is EDITIONS
        assert before.reaching(day("2022-04-22")).on(day("2022-06-10")).version == "2022-05-01"
        assert now.reaching(day("2022-04-22")).on(day("2022-06-10")).version == "2021-11-01"
        assert as_of(conn, contract, diary.now, tokyo("2022-06-11 08:00")) is not None
    diary.do(acts.notify_cancellation, contract, NOW)
    newest = diary.history(contract)[-1]
    ruling = newest["rulings"][0]
    assert (ruling["rule"], ruling["assumed"]) == (
        "made_known_late",
        True,
    )  # no text of the one before


def test_a_process_that_only_answers_follows_what_another_one_records(diary: Diary) -> None:
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", tokyo("2022-04-01")))
    diary.today("2022-06-12")
    announce(diary.engine, "2022-05-02", "2022-06-11 09:00")
    EDITIONS.announce({})  # as in a process that has not read it
    assert EDITIONS.reaching(day("2022-04-22")).on(day("2022-06-10")).version == "2022-05-01"
    follower = AnnouncementsFollower(diary.engine)
    follower.start()
    follower.stop()
    assert EDITIONS.reaching(day("2022-04-22")).on(day("2022-06-10")).version == "2021-11-01"


def test_a_database_that_does_not_answer_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    follower = AnnouncementsFollower(None)  # type: ignore[arg-type]
    for _ in range(2):
        follower._turn()
    assert len(caplog.records) == 1 and "when terms were announced" in caplog.text


def resettled(diary: Diary) -> ResettledPart:
    with writing(diary.engine) as conn:
        return resettle_part(conn, "", 100, diary.order("announced on 2 May"))
