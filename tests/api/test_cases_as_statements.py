"""Every case about fees, proration and usage, as charges and statements of real contracts."""

import re
from datetime import date, timedelta

import pytest

from tests import oracle
from tests.api.desk import Desk, Json
from tests.api.parts import amounts, changed, charged, ended, entered, lines, use
from tests.oracle.tables import Row, check, day, day_or_none, table, text, whole

LATE = "2097-01-02"  # after the last day of every table; everything is entered late
ITEMS = {100_000: "basic", 200_000: "premium"}
OTHER = {"basic": "premium", "premium": "basic"}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def book(standing_desk: Desk) -> Desk:
    """A desk long after everything."""
    standing_desk.move_to(LATE)
    return standing_desk


def first_of(found: list[Json], kind: str) -> Json | None:
    return next((charge for charge in found if charge["kind"] == kind), None)


@table("initial_and_monthly_fee")
def test_a_fee_arises_on_its_day_and_is_charged_from_there(book: Desk, row: Row) -> None:
    accepted = day_or_none(row, "accepted_on") or day(row, "billing_start_on")
    start, ends_on = day_or_none(row, "billing_start_on") or accepted, day_or_none(row, "ends_on")
    contract = book.apply(item=row["item"], received_on=str(accepted))
    facts = {"accepted_on": str(accepted), "billing_starts_on": str(start), "reason": "entered late"}
    book.accept(contract, **facts)
    if ends_on:
        arrived = str(max(accepted, ends_on - 30 * DAY))
        book.do(contract, "notify_cancellation", arrived_on=arrived, chosen_on=str(ends_on), reason="late")
    found = charged(book, contract, known_at=f"{LATE}T12:00:00+09:00") if ends_on else charged(book, contract)
    initial, monthly = first_of(found, "initial_fee"), first_of(found, "monthly_base_fee")
    fee = re.search(r", ([\d,]+) yen, for", monthly["ruling"]["because"]) if monthly else None
    computed = {
        "initial_yen": initial and initial["amount_yen"],
        "initial_due_on": initial and initial["arose_at"][:10],
        "monthly_yen": int(fee[1].replace(",", "")) if fee else None,
        "monthly_due_from": monthly and monthly["arose_at"][:10],
    }
    asked = [name for name in computed if row["accepted_on" if "initial" in name else "billing_start_on"]]
    check(row, {name: computed[name] for name in asked})


@table("monthly_proration")
def test_a_part_of_a_month_costs_its_days(book: Desk, row: Row) -> None:
    fee, month = whole(row, "fee_yen"), text(row, "month")
    first = date.fromisoformat(f"{month}-{whole(row, 'served_from_day'):02}")
    last = date.fromisoformat(f"{month}-{whole(row, 'served_to_day'):02}")
    served = served_by_item if fee in ITEMS else served_by_option
    check(row, {"calendar_days_yen": served(book, fee, first, last)})


def served_by_item(desk: Desk, fee: int, first: date, last: date) -> int:
    """A stretch of days under the item of that fee, inside a contract that has the other one around it."""
    item = ITEMS[fee]
    around = first.day > 1
    contract = entered(desk, "2020-12-01", OTHER[item] if around else item)
    if around:
        changed(desk, contract, item, first, accepted_on="2021-01-01")
    if (last + DAY).day > 1:
        changed(desk, contract, OTHER[item], last + DAY, accepted_on="2021-01-01")
    found = [line for line in lines(desk, contract, str(first)[:7]) if line["arose_at"][:10] == str(first)]
    assert [line["kind"] for line in found] == ["monthly_base_fee"]
    assert found[0]["ruling"]["days"] == (last - first).days + 1
    yen: int = found[0]["amount_yen"]
    return yen


def served_by_option(desk: Desk, fee: int, first: date, last: date) -> int:
    """The option's quoted fee; it was billed from the month before and ends within this one."""
    contract, start = entered(desk, "2020-12-01", "premium"), str(first - 40 * DAY)
    option = desk.apply_for_option(contract, received_on=start)
    facts = {"accepted_on": start, "billing_starts_on": start, "monthly_fee_yen": fee, "reason": "late"}
    ended(desk, desk.accept(option, **facts), last)
    line = first_of(lines(desk, contract, str(first)[:7]), "monthly_option_fee")
    assert line is not None
    yen: int = line["amount_yen"]
    return yen


@table("overage")
def test_use_above_what_is_included_is_on_the_statement(book: Desk, row: Row) -> None:
    item, meter = text(row, "item"), text(row, "meter")
    contract = entered(book, "2022-04-01", item)
    use(book, contract, "2022-05", **{meter: text(row, "used")})
    found = lines(book, contract, "2022-05")
    line = first_of(found, f"overage_{meter}")
    over = re.search(r"([\d,]+) (?:hour|GB)s? over", line["ruling"]["because"]) if line else None
    check(row, {"units_above": over[1].replace(",", "") if over else 0, "yen": line["amount_yen"] if line else 0})
    assert amounts(found)[0] == ("monthly_base_fee", oracle.monthly_fee(item))
    assert len(found) == (2 if line else 1)
