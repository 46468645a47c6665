"""Every case about credits, run on a real contract: outage, credit, claim window, claim."""

import re
from datetime import date, timedelta

import pytest

from tests.api.desk import Desk, Json
from tests.api.parts import changed, claim, credits_of, ended, entered, later, outage, refusing
from tests.oracle.tables import Row, check, day, day_or_none, rows, table, text, whole

LATE = "2097-01-02"  # after the last instant of every table; everything is entered late
ITEMS = {"100000": "basic", "200000": "premium"}
FIRST = "2020-12-01"
NOTHING = {"units": 0, "amount_yen": 0, "because": [], "state": "refused"}


@pytest.fixture(scope="module")
def book(standing_desk: Desk) -> Desk:
    """A desk long after everything."""
    standing_desk.move_to(LATE)
    return standing_desk


def credit(desk: Desk, contract: Json, known_at: str, recovered_at: str) -> Json:
    """What an outage that is over earned the contract."""
    if later(known_at) == later(recovered_at):
        refusal = outage(desk, [contract], known_at, 409, recovered_at=recovered_at)
        assert refusing(refusal) == [("recovered_after_known", "Art. 8")]
        return NOTHING
    found = outage(desk, [contract], known_at, recovered_at=recovered_at)
    credits = credits_of(desk, contract)
    assert len(credits) == found["concerned"] <= 1
    return credits[0] if credits else NOTHING


SECONDS = {"hour": 3600, "minute": 60, "second": 1}


def counted_seconds(found: Json) -> int:
    """Return the seconds that the rulings count."""
    texts = " ".join(ruling["because"] for ruling in found["because"])
    said = re.search(r"((?:[\d,]+ (?:hour|minute|second)s? ?)+)count\b", texts)
    parts = re.findall(r"([\d,]+) (hour|minute|second)", said[1]) if said else []
    return sum(int(number.replace(",", "")) * SECONDS[unit] for number, unit in parts)


CREDITS = [pytest.param(row, id=row["id"]) for row in rows("annex2_credit") if row["base_fee_yen"] in ITEMS]


@pytest.mark.parametrize("row", CREDITS)
def test_whole_days_of_an_outage_earn_their_thirtieths(book: Desk, row: Row) -> None:
    desk, known_at = book, "2022-05-10T09:00:00+09:00"
    contract = entered(desk, FIRST, ITEMS[text(row, "base_fee_yen")])
    found = credit(desk, contract, known_at, later(known_at, seconds=whole(row, "seconds")))
    eligible = found["state"] != "refused"
    computed = {"units": found["units"], "eligible": eligible, "credit_floor_yen": found["amount_yen"]}
    check(row, computed | {"seconds": counted_seconds(found)})


# The minimum term lets no contract end on its first day.
CLIPPED = [
    pytest.param(row, id=row["id"])
    for row in rows("outage_clipped")
    if row["billing_start_on"] != row["effect_on"]
]


@pytest.mark.parametrize("row", CLIPPED)
def test_an_outage_counts_within_the_contract_alone(book: Desk, row: Row) -> None:
    desk = book
    start, last = day(row, "billing_start_on"), day_or_none(row, "effect_on")
    accepted = min(start, last - timedelta(days=60)) if last else start
    contract = desk.apply(item=ITEMS[text(row, "base_fee_yen")], received_on=str(accepted))
    facts = {"accepted_on": str(accepted), "billing_starts_on": str(start), "reason": "entered late"}
    contract = desk.accept(contract, **facts)
    contract = ended(desk, contract, last) if last else contract
    found = credit(desk, contract, text(row, "known_at"), text(row, "recovered_at"))
    computed = {"counted_seconds": counted_seconds(found), "units": found["units"]}
    check(row, computed | {"credit_floor_yen": found["amount_yen"]})


@table("claim_deadline")
def test_a_claim_is_taken_to_the_last_second_of_its_last_day(book: Desk, row: Row) -> None:
    desk, known_at = book, text(row, "known_at")
    contract = entered(desk, FIRST)
    hit = outage(desk, [contract], known_at, recovered_at=later(known_at, hours=30))
    found = credits_of(desk, contract)[0]
    check(row, {"claimable_on": found["claimable_on"], "last_claim_day": found["last_claim_on"]})
    assert found["state"] == "lapsed"
    after = date.fromisoformat(found["last_claim_on"]) + timedelta(days=1)
    for claimed_at in (f"{after}T00:00:00+09:00", later(f"{found['claimable_on']}T00:00:00+09:00", seconds=-1)):
        refusal = claim(desk, contract, hit, 409, claimed_at=claimed_at)
        assert refusing(refusal) == [("claim_in_time", "Art. 8")]
    done = claim(desk, contract, hit, claimed_at=later(f"{after}T00:00:00+09:00", seconds=-1))
    assert (done["state"], done["claimed_on"]) == ("credited", found["last_claim_on"])  # that month is over
    assert credits_of(desk, contract)[0]["state"] == "credited"


@table("credit_across_item_change")
def test_each_unit_is_priced_by_the_item_of_its_day(book: Desk, row: Row) -> None:
    desk, known_at = book, text(row, "known_at")
    up, down = day_or_none(row, "basic_to_premium_on"), day_or_none(row, "premium_to_basic_on")
    contract = entered(desk, FIRST, "basic" if up else "premium")
    changed(desk, contract, "premium" if up else "basic", up or down or "", accepted_on="2021-01-01")
    found = credit(desk, contract, known_at, later(known_at, days=whole(row, "units"), hours=1))
    assert found["units"] == whole(row, "units")
    check(row, {"credit_floor_yen": found["amount_yen"]})
