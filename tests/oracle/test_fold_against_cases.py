"""The fold meets the tables of cases: each row as a contract."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracle.changes import days_served_beyond
from tests.oracle.credits import Credit, credits_of
from tests.oracle.days import DAY, civil, start_of
from tests.oracle.diary import DECLARED, QUOTED, down, usage
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import Folded, fold
from tests.oracle.statements import statement
from tests.oracle.tables import Row, check, day, day_or_none, notices, text, whole
from tests.oracle.tables import table as each_row

MUCH_LATER = start_of(date(9000, 1, 1))


def begun(start: date, item: str = "basic", before: date | None = None) -> list[Entry]:
    """An application and an acceptance before all other entries."""
    accepted = max(date(2020, 12, 1), min(start, before or start) - 40 * DAY)
    facts = {"item": item, "declarations": DECLARED, "administrator": {"name": "山田太郎"}}
    return [
        Entry("application", "contract", CONTRACT, "apply", accepted, facts),
        Entry("acceptance", "contract", CONTRACT, "accept", accepted, {"billing_starts_on": start}),
    ]


def notice_of(
    arrived: date | datetime, chosen: date | None, kind: str = "contract", subject: str = CONTRACT
) -> Entry:
    return Entry(
        f"{kind} {arrived} {chosen}", kind, subject, "notify_cancellation", arrived, {"chosen_on": chosen}
    )


@each_row("art6_effect_date")
def test_a_notice_ends_the_contract(row: Row) -> None:
    arrived = day(row, "arrived_on")
    found = fold([*begun(date(2020, 12, 1)), notice_of(arrived, day_or_none(row, "chosen_on"))], MUCH_LATER)
    days = found.contract
    check(row, {"effect_on": days["terminated_on"], "decided_by": days["decided_by"]})


@each_row("minimum_term_guard")
def test_a_notice_inside_the_minimum_term(row: Row) -> None:
    start, arrived = day(row, "billing_start_on"), day(row, "arrived_on")
    life = [*begun(start, before=arrived), notice_of(arrived, day_or_none(row, "chosen_on"))]
    days = fold(life, MUCH_LATER).contract
    check(
        row,
        {
            "min_term_last_day": days["minimum_term_ends_on"],
            "billing_starts": days["billing_begun"],
            "effect_on_policy_defer": days["effective_on"],
            "decided_by_policy_defer": days["decided_by"],
        },
    )


@each_row("several_notices")
def test_of_several_notices_the_earliest_day(row: Row) -> None:
    if row["policy"] == "residual_fee":
        return  # a setting that the fold does not know
    first = min(arrived for arrived, _ in notices(row))
    start = day_or_none(row, "billing_start_on") or date(2031, 1, 1)
    life = [*begun(start, before=first), *(notice_of(*one) for one in dict.fromkeys(notices(row)))]
    check(row, {"effect_on": fold(life, start_of(first + 400 * DAY)).contract["effective_on"]})


@each_row("drm_option_end")
def test_an_option_ends_by_its_own_notice_or_with_its_contract(row: Row) -> None:
    start, base_start = day(row, "option_billing_start_on"), day_or_none(row, "base_billing_start_on")
    base, own = day_or_none(row, "base_arrived_on"), day_or_none(row, "option_arrived_on")
    first = min(d for d in (start, base_start, base, own) if d is not None)
    life = begun(base_start or first, "premium", before=first)
    accepted = life[0].when
    life.append(Entry("asked", "option", "option-1", "apply", accepted))
    facts = {"billing_starts_on": start, **QUOTED}
    life.append(Entry("agreed", "option", "option-1", "accept", accepted, facts))
    if base is not None:
        life.append(notice_of(base, day_or_none(row, "base_chosen_on")))
    if own is not None:
        life.append(notice_of(own, day_or_none(row, "option_chosen_on"), "option", "option-1"))
    days = fold(life, MUCH_LATER).options["option-1"]
    by_base = days["decided_by"] == "base_contract"
    check(
        row,
        {
            "option_effect_on": days["terminated_on"],
            "ended_by": "base_contract" if by_base else "option_notice",
            "option_min_term_last_day": days["minimum_term_ends_on"],
            "option_min_term_cut_days": days["minimum_term_cut_days"],
        },
    )


@each_row("late_entry")
def test_the_day_of_entry_does_not_change_the_result(row: Row) -> None:
    life = [*begun(date(2021, 1, 1)), notice_of(day(row, "arrived_on"), day_or_none(row, "chosen_on"))]
    found, keyed = fold(life, MUCH_LATER), day(row, "keyed_on")
    days = found.contract
    check(row, {"effect_on": days["effective_on"], "days_over_served": days_served_beyond(found, keyed)})


@each_row("arrival_day_is_japan_day")
def test_a_notice_arrives_on_a_day_in_japan(row: Row) -> None:
    arrived = datetime.fromisoformat(text(row, "arrived_at"))
    found = fold([*begun(date(2021, 1, 1)), notice_of(arrived, None)], MUCH_LATER)
    check(row, {"arrived_on": civil(arrived), "effect_on": found.contract["effective_on"]})


def one_credit(folded: Folded) -> Credit | None:
    return next(iter(credits_of(folded)), None)


@each_row("outage_clipped")
def test_an_outage_inside_the_time_in_force(row: Row) -> None:
    known, recovered = (datetime.fromisoformat(text(row, name)) for name in ("known_at", "recovered_at"))
    start, end = day_or_none(row, "billing_start_on"), day_or_none(row, "effect_on")
    item = {100_000: "basic", 200_000: "premium"}[whole(row, "base_fee_yen")]
    life = begun(start or date(2021, 1, 1), item, before=(end or date(2031, 1, 1)))
    if end is not None:
        life.append(Entry("end", "contract", CONTRACT, "end_by_company", life[0].when, {"ends_on": end}))
    life.append(Entry("known", "outage", "outage-1", "open", known, {"attributable": True, "contracts": "all"}))
    life.append(Entry("over", "outage", "outage-1", "recover", recovered))
    one = one_credit(fold(life, MUCH_LATER))
    counted = one.until - one.since if one and one.until and one.since else timedelta(0)
    units, yen = (one.units, one.amount_yen) if one else (0, 0)
    seconds = counted // timedelta(seconds=1)
    check(row, {"counted_seconds": seconds, "units": units, "credit_floor_yen": yen})


@each_row("claim_deadline")
def test_a_claim_is_possible_within_its_window_alone(row: Row) -> None:
    known = datetime.fromisoformat(text(row, "known_at"))
    life = [*begun(date(2021, 1, 1)), *down("2022-01-01", None)[1:]]
    life.append(Entry("known", "outage", "outage-1", "open", known, {"attributable": True, "contracts": "all"}))
    one = one_credit(fold(life, known + timedelta(hours=24)))
    assert one is not None and one.state == "claimable"
    check(row, {"claimable_on": one.claimable_on, "last_claim_day": one.last_claim_on})


@each_row("credit_across_item_change")
def test_the_item_of_the_day_a_unit_starts_on(row: Row) -> None:
    known = datetime.fromisoformat(text(row, "known_at"))
    up, down_on = day_or_none(row, "basic_to_premium_on"), day_or_none(row, "premium_to_basic_on")
    life = begun(date(2021, 1, 1), "basic" if up else "premium")
    for number, (item, on) in enumerate([("premium", up), ("basic", down_on)]):
        if on is not None:
            subject = f"change-{number}"
            asked = on - 5 * DAY
            life.append(Entry(f"{subject} asked", "item_change", subject, "apply", asked, {"item": item}))
            facts = {"effective_on": on, "fee_yen": None}
            life.append(Entry(f"{subject} agreed", "item_change", subject, "accept", asked, facts))
    life.append(Entry("known", "outage", "outage-1", "open", known, {"attributable": True, "contracts": "all"}))
    one = one_credit(fold(life, known + timedelta(hours=24 * whole(row, "units"), minutes=1)))
    assert one is not None
    check(row, {"credit_floor_yen": one.amount_yen})


@each_row("overage")
def test_use_above_the_included_amount(row: Row) -> None:
    life = [*begun(date(2022, 1, 1), text(row, "item"))]
    life.append(usage("2022-05", "2022-06-01", **{text(row, "meter"): text(row, "used")}))
    lines = statement(fold(life, MUCH_LATER), "2022-05")
    check(row, {"yen": sum(line.amount_yen or 0 for line in lines if line.kind.startswith("overage"))})


@each_row("monthly_proration")
def test_the_days_served_of_a_month(row: Row) -> None:
    month, first, last = text(row, "month"), whole(row, "served_from_day"), whole(row, "served_to_day")
    item = {100_000: "basic", 200_000: "premium"}.get(whole(row, "fee_yen"))
    if item is None:
        return  # no item has that fee
    year, number = int(month[:4]), int(month[5:])
    start = date(year, number, first) if first > 1 else date(year - 1, 1, 1)
    life = begun(start, item)
    end = date(year, number, last)
    life.append(Entry("end", "contract", CONTRACT, "end_by_company", life[0].when, {"ends_on": end}))
    lines = statement(fold(life, MUCH_LATER), month)
    check(row, {"calendar_days_yen": sum(line.amount_yen or 0 for line in lines if line.kind != "initial_fee")})


@each_row("initial_and_monthly_fee")
def test_each_fee_is_owed_from_its_day(row: Row) -> None:
    accepted, start = day_or_none(row, "accepted_on"), day_or_none(row, "billing_start_on")
    ends, item = day_or_none(row, "ends_on"), text(row, "item")
    if accepted is None:
        return
    life = begun(accepted, item)[:1]
    facts = {"billing_starts_on": start or date(2040, 1, 1)}
    life.append(Entry("acceptance", "contract", CONTRACT, "accept", accepted, facts))
    if ends is not None:
        life.append(Entry("end", "contract", CONTRACT, "end_by_company", accepted, {"ends_on": ends}))
    found = fold(life, MUCH_LATER)
    months = {f"{day_.year:04d}-{day_.month:02d}" for day_ in (accepted, start) if day_ is not None}
    lines = [line for month in sorted(months) for line in statement(found, month)]
    initial = next(line for line in lines if line.kind == "initial_fee")
    monthly = next((line for line in lines if line.kind == "monthly_base_fee"), None)
    check(
        row,
        {
            "initial_yen": initial.amount_yen,
            "initial_due_on": initial.on,
            "monthly_due_from": monthly.on if monthly else None,
        },
    )
    assert monthly is None or Fraction(monthly.amount_yen or 0) <= whole(row, "monthly_yen")
