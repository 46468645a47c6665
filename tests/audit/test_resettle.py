"""Resettlement under late terms: new rows, the days of the fold, and the past as known unchanged."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from lifecycle.audit.checks.check import Checker
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.commands.enter_event import execute_event
from lifecycle.commands.resettle import ResettledPart, differing_following, resettle_part
from lifecycle.commands.statements import issue_statement
from lifecycle.history.editions_known import editions_known
from lifecycle.machines.events.notify_cancellation import NotifyCancellation
from lifecycle.queries.adjustments import refunds
from lifecycle.queries.as_known import as_known
from lifecycle.queries.as_of import as_of
from lifecycle.queries.issued import sent_to
from lifecycle.queries.rehearsal import Rehearsal, rehearse
from lifecycle.queries.what_if import money_differences, outcome_differences
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import Month, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.sweep import sweep
from tests.audit.late_terms import NEWEST, WHY, WRONG, correct_notice, notified, under_wrong_terms
from tests.commands import acts
from tests.commands.diary import NOW, Diary, day, tokyo


@pytest.fixture
def book(diary: Diary) -> Diary:
    return under_wrong_terms(diary)


def resettled(diary: Diary, after: str = "", limit: int = 100, **more: Any) -> ResettledPart:
    with writing(diary.engine) as conn:
        return resettle_part(conn, after, limit, diary.order(WHY), **more)


def days_of(part: ResettledPart) -> Mapping[str, tuple[object, object]]:
    (one,) = part.items
    return {day["field"]: (day["before"], day["after"]) for day in one["changes"]["days"]}


def test_days_become_those_of_the_right_terms_with_rows_of_their_own(book: Diary) -> None:
    contract = notified(book)
    assert book.contract(contract).effective_on == date(2022, 8, 9)
    correct_notice(book)
    part = resettled(book)
    assert days_of(part)["effective_on"] == ("2022-08-09", "2022-07-10")
    ended = book.contract(contract)
    assert (ended.state, ended.effective_on, ended.terminated_on) == ("terminated", *[date(2022, 7, 10)] * 2)
    rows = book.history(contract)
    assert [row["event"] for row in rows[-2:]] == ["resettle", "terminate"]
    assert (rows[-2]["actor"], rows[-2]["reason"], rows[-2]["facts"]) == ("desk", WHY, {})
    assert rows[-1]["effective_at"] == "2022-07-11T00:00:00+09:00"
    assert [finding for part in Checker(book.engine).parts() for finding in part.findings] == []


def test_a_resettlement_leaves_correct_contracts_alone_and_is_idempotent(book: Diary) -> None:
    other = book.accepted(reference="OD-2")
    contract = notified(book)
    correct_notice(book)
    before = book.history(other)
    assert [one["contract_id"] for one in resettled(book).items] == [contract]
    everything = book.everything()
    assert resettled(book).items == ()
    assert book.everything() == everything
    assert book.history(other) == before


def test_an_end_that_should_not_have_fired_is_reversed(book: Diary) -> None:
    early = Editions(replace(terms, notice_days=10) if terms is NEWEST else terms for terms in EDITIONS)
    contract = book.accepted(reference="OD-3")
    book.today("2022-06-10")
    sweep(book.engine, book.now, editions=early)
    facts = NotifyCancellation(arrived_on=day("2022-06-10"), chosen_on=None, keyed_on=day("2022-06-10"))
    with writing(book.engine) as conn:
        execute_event(conn, contract, "notify_cancellation", facts, book.order(), None, early)
    book.today("2022-06-25")
    sweep(book.engine, book.now, editions=early)
    assert book.contract(contract).state == "terminated"
    correct_notice(book, "2022-06-26")
    (one,) = resettled(book).items
    assert [row["event"] for row in one["changes"]["superseded"]] == ["terminate"]
    assert book.contract(contract).state == "cancel_notified"
    assert book.contract(contract).effective_on == date(2022, 7, 10)
    sweep(book.engine, tokyo("2022-07-12"))
    assert book.contract(contract).terminated_on == date(2022, 7, 10)
    assert [finding for part in Checker(book.engine).parts() for finding in part.findings] == []


def effective_day(believed: tuple[Any, Any]) -> object:
    return believed[0]["believed"]["contract"]["cancellation"]["effective_on"]


def test_a_resettlement_does_not_change_the_past_as_known(book: Diary) -> None:
    contract, known = notified(book), tokyo("2022-07-20")

    def believed() -> tuple[Any, Any]:
        with reading(book.engine) as conn:
            return as_known(conn, contract, known, known), as_of(conn, contract, known, known)

    before = believed()
    assert effective_day(before) == "2022-08-09"
    correct_notice(book)
    resettled(book)
    assert believed() == before
    with reading(book.engine) as conn:
        then, now = as_of(conn, contract, known, known), as_of(conn, contract, known, book.now)
        assert editions_known(conn, known).on(date(2022, 6, 10)).notice_days == 60
        assert editions_known(conn, tokyo("2021-01-01")).on(date(2022, 6, 10)).notice_days == 60
        assert editions_known(conn, book.now) is EDITIONS
    assert then is not None and then.contract.state == "cancel_notified"
    assert now is not None and now.contract.state == "terminated"


def test_a_month_that_was_sent_gets_an_adjustment(book: Diary) -> None:
    contract = notified(book)
    book.today("2022-08-02")
    sweep(book.engine, book.now, editions=WRONG)
    with writing(book.engine) as conn:
        issue_statement(conn, contract, Month.parse("2022-07"), book.order())
    correct_notice(book, "2022-08-03")
    (one,) = resettled(book).items
    july = next(line for line in one["changes"]["money"] if line["month"] == "2022-07")
    assert (july["before_yen"], july["after_yen"], july["issued"]) == (200_000, 64_516, True)
    with reading(book.engine) as conn:
        sent = sent_to(conn, [contract])[contract]
    (owed,) = refunds(contract, book.look(contract), sent)
    assert owed.amount_yen == 64_516 - 200_000


def test_a_resettlement_in_parts_continues_after_the_last_part(book: Diary) -> None:
    ids = sorted(notified(book, f"OD-{n}") for n in range(3))
    correct_notice(book)
    first = resettled(book, limit=2)
    assert (first.examined, first.last, len(first.items)) == (2, ids[1], 2)
    with reading(book.engine) as conn:
        assert differing_following(conn, "", 2, book.order(WHY)) == (2, ids[1], [])
        assert differing_following(conn, ids[1], 2, book.order(WHY)) == (1, None, [ids[2]])
    rest = resettled(book, after=ids[1], limit=2)
    assert (rest.examined, rest.last, [one["contract_id"] for one in rest.items]) == (1, None, ids[2:])


def test_the_verifier_accepts_a_resettlement_and_the_judge_lists_unjudged_rows(
    book: Diary, key: SigningKey, tmp_path: Path
) -> None:
    notified(book)
    correct_notice(book)
    resettled(book)
    book.accepted(reference="OD-4")
    seal(book.engine, book.now, Seals(key))
    file = tmp_path / "all.jsonl"
    export_to_file(book.engine, file)
    verdict = verify(file, [], key.public, legal_steps(), Judge())
    assert verdict.code == GOOD, verdict.says
    assert "terms with other values: 1 contracts" in verdict.says
    assert "Judged / 判定: 4 rows follow from the terms." in verdict.says


def test_a_stored_day_that_went_wrong_is_mended_and_judged(diary: Diary, key: SigningKey, tmp_path: Path) -> None:
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", tokyo("2022-04-01")))
    contract = diary.accepted(reference="OD-5")
    diary.today("2022-06-10")
    sweep(diary.engine, diary.now)
    diary.do(acts.notify_cancellation, contract, NOW)
    with writing(diary.engine) as conn:
        conn.execute(update(tables.contract).values(effective_on=date(2022, 8, 9)))
    diary.today("2022-06-20")
    assert days_of(resettled(diary))["effective_on"] == ("2022-08-09", "2022-07-10")
    diary.today("2022-07-20")
    sweep(diary.engine, diary.now)
    seal(diary.engine, diary.now, Seals(key))
    export_to_file(diary.engine, tmp_path / "all.jsonl")
    verdict = verify(tmp_path / "all.jsonl", [], key.public, legal_steps(), Judge())
    assert verdict.code == GOOD, verdict.says
    assert f"Judged / 判定: {len(diary.history(contract))} rows follow from the terms." in verdict.says


def test_late_terms_change_exactly_what_their_rehearsal_showed(diary: Diary) -> None:
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", tokyo("2022-04-01")))
    contracts = [diary.accepted(reference=f"OD-{n}") for n in range(2)]
    diary.today("2022-06-10")
    sweep(diary.engine, diary.now)
    diary.do(acts.notify_cancellation, contracts[0], NOW)
    diary.today("2022-12-01")
    sweep(diary.engine, diary.now)
    premium = replace(NEWEST.items["premium"], monthly_fee_yen=210_000)
    terms = replace(
        NEWEST, in_force_from=date(2022, 6, 1), notice_days=60, items={**NEWEST.items, "premium": premium}
    )
    rehearsal = Rehearsal(terms, tokyo_day(diary.now))
    with reading(diary.engine) as conn:
        said = dict(rehearse(conn, rehearsal))
        before = {id_: diary.look(id_) for id_ in contracts}
    part = resettled(diary, editions=rehearsal.other)
    assert [one["contract_id"] for one in part.items] == contracts[:1]  # the other one's fees follow by themselves
    for contract in contracts:
        one, now = said[contract], diary.look(contract)
        assert one is not None
        days = outcome_differences(before[contract], now)
        money = money_differences(before[contract], now, rehearsal.until, EDITIONS, rehearsal.other)
        told = [{name: value for name, value in line.items() if name != "effect"} for line in one["differences"]]
        assert told == [*days, *money]
    assert diary.contract(contracts[0]).terminated_on == date(2022, 8, 9)
