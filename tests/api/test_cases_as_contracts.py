"""Every case about notices, options, late entries and fees, run on a real contract."""

from datetime import date, timedelta
from typing import Any
from zlib import crc32

import pytest

from tests.api.desk import Desk, Json, OpenDesk, morning
from tests.oracle.tables import Row, check, day, day_or_none, notices, table

FIRST = date(2020, 12, 1)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, row: Row) -> str:
    """Each row is played on one kind of database: half of the rows on each, always the same ones."""
    url: str = request.getfixturevalue("postgres_url" if crc32(str(row).encode()) % 2 else "sqlite_url")
    return url


def opened(open_desk: OpenDesk, first: date, starts_on: date | None, **facts: Any) -> tuple[Desk, Json]:
    """A desk and a contract accepted before the first day that matters; billing runs where no start is given."""
    early = max(first - timedelta(days=100), FIRST)
    desk = open_desk(morning(early))
    contract = desk.accepted(requested_billing_start_on=str(starts_on or early), **facts)
    return desk, contract


def notify(desk: Desk, subject: Json, arrived: date, chosen: date | None, status: int = 200, **body: Any) -> Json:
    """Enters a notice."""
    given = {"arrived_on": str(arrived), "chosen_on": str(chosen) if chosen else None}
    return desk.do(subject, "notify_cancellation", status, **given, **body)


@table("several_notices")
def test_of_several_notices_the_contract_keeps_the_earliest_day(open_desk: OpenDesk, row: Row) -> None:
    letters, start = notices(row), day_or_none(row, "billing_start_on")
    first = min(arrived for arrived, _ in letters)
    desk, contract = opened(open_desk, first, start)
    for number, (arrived, chosen) in enumerate(letters):
        desk.move_to(max(letter[0] for letter in letters[: number + 1]))
        contract = notify(desk, contract, arrived, chosen)
    each = [notice["effective_on"] for notice in contract["cancellation"]["notices"]]
    if row["policy"] == "residual_fee":  # the setting of the terms file is the other one: each by the preview
        each = [by_residual_fee(desk, start, *letter) for letter in letters]
        check(row, {"effect_on": min(each)})
        return
    ends_on = contract["cancellation"]["effective_on"]
    assert ends_on == min(each)
    desk.move_to(f"{date.fromisoformat(ends_on) + timedelta(days=1)}T00:00:00+09:00")
    over = desk.show(contract)
    check(row, {"effect_on": over["terminated_on"]})
    assert over["state"] == "terminated"


def by_residual_fee(desk: Desk, start: date | None, arrived: date, chosen: date | None) -> str:
    chose = {"chosen_on": str(chosen)} if chosen else {}
    found: str = desk.get(
        "/v1/preview/cancellation", item="basic", billing_starts_on=str(start), arrived_on=str(arrived),
        within_minimum_term="residual_fee", **chose,
    )["effective_on"]  # fmt: skip
    return found


@table("drm_option_end")
def test_an_option_ends_by_its_own_notice_or_with_its_contract(open_desk: OpenDesk, row: Row) -> None:
    subjects = ("base", "option")
    letters = [(day_or_none(row, f"{who}_arrived_on"), day_or_none(row, f"{who}_chosen_on")) for who in subjects]
    first = min(arrived for arrived, _ in letters if arrived)
    start = day(row, "option_billing_start_on")
    desk, contract = opened(open_desk, min(first, start), day_or_none(row, "base_billing_start_on"))
    option = desk.accept(desk.apply_for_option(contract), billing_starts_on=str(start))
    keyed = [
        (arrived, subject, chosen)
        for subject, (arrived, chosen) in zip((contract, option), letters, strict=True)
        if arrived
    ]
    for arrived, subject, chosen in sorted(keyed, key=lambda letter: letter[0]):
        desk.move_to(arrived)
        notify(desk, subject, arrived, chosen)
    pending = desk.show(option)
    desk.move_to(date.fromisoformat(pending["cancellation"]["effective_on"]) + timedelta(days=1))
    over = desk.show(option)
    assert (over["state"], over["cancellation"]) == ("terminated", pending["cancellation"])
    by_base = over["cancellation"]["decided_by"] == "base_contract"
    check(
        row,
        {
            "option_effect_on": over["terminated_on"],
            "ended_by": "base_contract" if by_base else "option_notice",
            "option_min_term_last_day": over["minimum_term_ends_on"],
            "option_min_term_cut_days": over["minimum_term_cut_days"],
        },
    )


@table("late_entry")
def test_a_notice_entered_late_ends_the_contract_by_its_arrival(open_desk: OpenDesk, row: Row) -> None:
    arrived, chosen = day(row, "arrived_on"), day_or_none(row, "chosen_on")
    desk, contract = opened(open_desk, arrived, None)
    desk.move_to(day(row, "keyed_on"))
    needs_reason = row["reason_needed"] == "true"
    if needs_reason:
        refusal = notify(desk, contract, arrived, chosen, 409)
        assert [ruling["rule"] for ruling in refusal["rulings"]] == ["late_entry_needs_reason"]
    noticed = notify(desk, contract, arrived, chosen, reason="found in the post room" if needs_reason else None)
    now = desk.show(contract)
    check(
        row,
        {
            "effect_on": now["terminated_on"] or now["cancellation"]["effective_on"],
            "effect_already_past_when_keyed": now["state"] == "terminated",
            "days_over_served": now["cancellation"]["notices"][0]["days_over_served"],
            "reason_needed": needs_reason,
        },
    )
    assert noticed["cancellation"] == now["cancellation"]


@table("initial_and_monthly_fee")
def test_each_fee_arises_on_its_day_and_is_in_the_history(open_desk: OpenDesk, row: Row) -> None:
    start = day_or_none(row, "billing_start_on") or day(row, "accepted_on")
    accepted, ends_on = day_or_none(row, "accepted_on") or start, day_or_none(row, "ends_on")
    desk = open_desk(morning(accepted))
    contract = desk.accepted(item=row["item"], requested_billing_start_on=str(start))
    if ends_on:
        notify(desk, contract, accepted, ends_on)
    desk.move_to(start + timedelta(days=60))
    events = {entry["event"]: entry for entry in desk.history(contract)}
    initial = fee(events["accept"], "initial_fee")
    monthly = fee(events.get("start_billing"), "monthly_fee")
    found = {
        "initial_yen": initial and initial["amount_yen"],
        "initial_due_on": initial and initial["on"],
        "monthly_yen": monthly and monthly["amount_yen"],
        "monthly_due_from": monthly and monthly["on"],
    }
    asked = ("initial", "monthly") if row["accepted_on"] and row["billing_start_on"] else ()
    asked = asked or (("initial",) if row["accepted_on"] else ("monthly",))
    check(row, {name: value for name, value in found.items() if name.startswith(asked)})


def fee(entry: Json | None, rule: str) -> Json | None:
    """The ruling on a fee in a row of the history."""
    rulings = entry["rulings"] if entry else []
    return next((ruling for ruling in rulings if ruling["rule"] == rule), None)
