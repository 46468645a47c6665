"""The rules of Art. 8 and both annexes meet every case about amounts, credits and claims."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms import art8_credit as art8
from lifecycle.terms.calendar import Month, start_of
from lifecycle.terms.editions import EDITIONS
from tests.oracle.tables import Row, check, day_or_none, table, text, whole

TERMS = EDITIONS.on(date(2022, 5, 1))
POLICIES = ("none", "calendar_days", "thirtieths")
DAY = timedelta(days=1)


@table("monthly_proration")
def test_a_part_of_a_month_under_every_policy(row: Row) -> None:
    month = Month.parse(text(row, "month"))
    first, last = (month.first + (whole(row, f"served_{end}_day") - 1) * DAY for end in ("from", "to"))
    yen = {}
    for policy in POLICIES:
        ruling = annex1.option_fee(whole(row, "fee_yen"), first, last, TERMS.under(proration=policy))
        yen[f"{policy}_yen"] = ruling.amount_yen
    check(row, yen)


@table("annex2_credit")
def test_a_thirtieth_for_each_full_day(row: Row) -> None:
    seconds, fee = whole(row, "seconds"), whole(row, "base_fee_yen")
    known = start_of(date(2022, 5, 1))
    part = art8.Counted(known, known + timedelta(seconds=seconds))
    units = art8.units(seconds, TERMS)
    rounded = {
        f"credit_{way}_yen": art8.credit(part, lambda _: fee, TERMS.under(yen_rounding=way)).amount_yen
        for way in ("floor", "half_up", "ceil")
    }
    exact = art8.credit_exact([fee] * units, TERMS)
    check(row, {"units": units, "eligible": units > 0, "credit_exact": exact, **rounded})


@table("outage_clipped")
def test_an_outage_counts_only_while_the_contract_is_in_force(row: Row) -> None:
    instants = (datetime.fromisoformat(text(row, name)) for name in ("known_at", "recovered_at"))
    part = art8.counted(*instants, day_or_none(row, "billing_start_on"), day_or_none(row, "effect_on"))
    ruling = art8.credit(part, lambda _: whole(row, "base_fee_yen"), TERMS)
    seconds = part.seconds if part else 0
    check(row, {"counted_seconds": seconds, "units": ruling.days, "credit_floor_yen": ruling.amount_yen})


@table("claim_deadline")
def test_a_claim_is_possible_from_the_day_of_24_hours_and_for_three_months_after_it(row: Row) -> None:
    first, window = art8.claim_window(datetime.fromisoformat(text(row, "known_at")), TERMS)
    check(row, {"claimable_on": first, "last_claim_day": window.on})


@table("credit_across_item_change")
def test_each_unit_is_priced_by_the_item_of_the_day_it_starts_on(row: Row) -> None:
    up, down = day_or_none(row, "basic_to_premium_on"), day_or_none(row, "premium_to_basic_on")

    def fee(day: date) -> int:
        premium = day >= up if up else down is not None and day < down
        return TERMS.items["premium" if premium else "basic"].monthly_fee_yen

    known = datetime.fromisoformat(text(row, "known_at"))
    units = whole(row, "units")
    ruling = art8.credit(art8.Counted(known, known + units * DAY), fee, TERMS)
    fees = [fee(day) for day in art8.unit_days(known, units, TERMS)]
    check(row, {"credit_exact": art8.credit_exact(fees, TERMS), "credit_floor_yen": ruling.amount_yen})


@table("overage")
def test_begun_units_above_what_the_fee_includes(row: Row) -> None:
    item, meter = text(row, "item"), text(row, "meter")
    ruling = annex1.overage(item, meter, Decimal(text(row, "used")), Month(2022, 5), TERMS)
    price = TERMS.items[item].overage_yen[TERMS.meters[meter].price]
    assert ruling.amount_yen is not None
    check(row, {"units_above": ruling.amount_yen // price, "yen": ruling.amount_yen})


seconds = st.integers(0, 40 * 86_400)
instants = st.datetimes(
    datetime(2021, 1, 1), datetime(2024, 1, 1), timezones=st.just(start_of(date(2022, 1, 1)).tzinfo)
)


@given(instants, seconds, seconds)
def test_a_longer_outage_never_earns_less(known: datetime, length: int, more: int) -> None:
    def earned(whole_length: int) -> int:
        part = art8.Counted(known, known + timedelta(seconds=whole_length))
        return art8.credit(part, lambda day: 100_000 + 100_000 * (day.month % 2), TERMS).amount_yen or 0

    assert earned(length) <= earned(length + more)


@given(st.dates(date(2021, 1, 1), date(2024, 12, 31)), st.integers(1, 31), st.integers(1, 2_000_000))
def test_a_month_cut_in_two_costs_no_more_than_the_whole_and_at_most_a_yen_less(
    day: date, cut: int, fee: int
) -> None:
    month = Month.of(day)
    middle = month.first + (min(cut, month.days - 1) - 1) * DAY
    parts = [annex1.prorated(fee, *part, TERMS) for part in ((month.first, middle), (middle + DAY, month.last))]
    assert sum(parts, Fraction(0)) == fee == annex1.prorated(fee, month.first, month.last, TERMS)
    yen = [
        annex1.option_fee(fee, *part, TERMS).amount_yen or 0
        for part in ((month.first, middle), (middle + DAY, month.last))
    ]
    assert fee - 1 <= sum(yen) <= fee


def test_the_residue_of_the_minimum_term_is_reckoned_month_by_month() -> None:
    days = (date(2022, 6, 21), date(2022, 7, 9))
    wanted = {
        "calendar_days": 62_365,
        "thirtieths": 63_333,
        "none": 100_000,
    }  # none: June is charged whole already
    for policy, yen in wanted.items():
        assert annex1.residual_fee(100_000, *days, TERMS.under(proration=policy)).amount_yen == yen
    whole = annex1.residual_fee(100_000, date(2022, 7, 1), date(2022, 7, 31), TERMS.under(proration="none"))
    assert whole.amount_yen == 100_000


def test_the_setting_rounds_overage_units_down() -> None:
    down = TERMS.under(overage_rounding="down")
    ruling = annex1.overage("basic", "transcode_hours", Decimal("102.9"), Month(2022, 5), down)
    assert ruling.amount_yen == 300 and "rounded down" in ruling.because


def test_the_last_claim_day_shifts_only_under_the_setting() -> None:
    known = datetime.fromisoformat("2022-05-10T09:00:00+09:00")  # the last day is 11 August, a holiday
    assert art8.claim_window(known, TERMS)[1].on == date(2022, 8, 11)
    assert art8.claim_window(known, TERMS.under(shift_last_days=True))[1].on == date(2022, 8, 12)
