"""The rulings on conditions, item changes, measures, amounts and credits, for every_ruling.py."""

from datetime import date, timedelta
from decimal import Decimal

from lifecycle.terms import agreed_end, issued_months, item_change, succession
from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art7_fees as art7
from lifecycle.terms import art8_credit as art8
from lifecycle.terms import art10_measures as art10
from lifecycle.terms.calendar import Month, end_of, start_of
from lifecycle.terms.ranges import RangeList
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import Terms
from tests.terms.worlds import DAY

RANGES = RangeList(date(2022, 4, 1), ("jp",), ("OV",))
GROUNDS = ("merger", "split", "transfer", "inheritance")


def on_conditions(day: date, terms: Terms) -> list[Ruling | None]:
    """Art. 3 and 4."""
    return [
        conditions.administrator_changed(terms),
        conditions.delivery_changed(terms),
        conditions.misuse_reported(day, terms),
        conditions.report_on_record(False, terms),
        *(
            conditions.in_range(name, said, RANGES, terms)
            for name in ("domain", "certificate")
            for said in ("x", None)
        ),
        *(conditions.open_condition(name, terms) for name in conditions.CONDITIONS),
        *(conditions.needs_open_condition(name, False, terms) for name in conditions.CONDITIONS),
        *(
            conditions.condition_settled(n, waived, terms)
            for n in conditions.CONDITIONS
            for waived in (True, False)
        ),
    ]


def on_changes(day: date, terms: Terms) -> list[Ruling | None]:
    """Art. 1, 5(3), 7 and 10."""
    return [
        item_change.needs_another_item("basic", "basic", terms),
        item_change.option_in_the_way("o_1", day, day, "basic", day, terms),
        item_change.option_in_the_way("o_1", None, day, "basic", day, terms),
        item_change.contract_over(day, day + DAY, terms),
        item_change.one_off_fee(None, day, terms),
        item_change.one_off_fee(5_000, day, terms),
        item_change.fee_is_set(5_000, terms),
        item_change.fee_needs_acceptance(terms),
        item_change.changes_on("basic", "premium", day, terms),
        item_change.contract_needed("applied", terms),
        item_change.change_relies_on_end("o_1", "i_1", terms),
        item_change.changes_in_order("i_1", day, terms),
        item_change.option_relies_on_change("o_1", "i_1", terms),
        item_change.change_after_acceptance(day + DAY, day, terms),
        item_change.past_change_needs_reason(day, day + DAY, terms),
        *(art10.measure_taken(kind, told, terms) for kind in art10.MEASURES for told in (True, False)),
        *(art10.measure_over(kind, lifted, terms) for kind in art10.MEASURES for lifted in (True, False)),
        agreed_end.agreed_end(day, day, terms),
        agreed_end.agreement_decides(day, day, terms),
        agreed_end.agreed_end_after_acceptance(day, day - DAY, terms),
        agreed_end.agreement_stands(terms),
        agreed_end.agreed_amount(50_000, day, terms),
        *(succession.succession(ground, day, None, terms) for ground in GROUNDS),
        *(succession.succession(ground, day, day, terms) for ground in GROUNDS),
        succession.particulars_changed(day, terms),
        succession.application_amended(day, terms),
        art10.company_end(day, terms),
        art10.company_end_after_acceptance(day, day - DAY, terms),
        art10.company_end_to_come(day - DAY, day, terms),
        art10.measure_in_order(False, terms),
        art10.measure_needs_contract("applied", terms),
    ]


def on_amounts(day: date, terms: Terms) -> list[Ruling | None]:
    """Art. 8, Annexes 1 and 2; under every way of prorating."""
    month = Month.of(day)
    found: list[Ruling | None] = []
    for proration in ("calendar_days", "thirtieths", "none"):
        under = terms.under(proration=proration)
        found += [annex1.base_fee(item, day, month.last, under) for item in terms.items]
        found += [annex1.option_fees([(day, day, 5_000), (day + DAY, day + 2 * DAY, 6_000)], under)]
        found += [annex1.option_fee(6_789, day, month.last, under), annex1.residual_fee(6_789, day, day, under)]
        found += [annex1.residual_fee(6_789, day, day, under, option=True)]
    for rounding in ("up", "down"):
        under = terms.under(overage_rounding=rounding)
        found += [annex1.overage("basic", meter, Decimal("12345.6"), month, under) for meter in under.meters]
    known = start_of(day)
    two_days = art8.Counted(known, known + timedelta(days=2))
    found += [art8.credit(part, lambda _: 100_000, terms) for part in (None, two_days)]
    found += [art8.too_short(part, terms) for part in (None, art8.Counted(known, known + timedelta(hours=3)))]
    for number in range(7):
        first, window = art8.claim_window(known + timedelta(days=number), terms)
        found.append(art8.claim_window(known + timedelta(days=number), terms.under(shift_last_days=True))[1])
        assert window.on is not None
        late, early = end_of(window.on), start_of(first) - timedelta(seconds=1)
        found += [window, *(art8.claim_in_time(at, first, window.on, terms) for at in (early, late))]
    found += [
        art7.agreed_monthly_fee(6_000, day, day, terms),
        issued_months.month_over(month, month.last, terms),
        issued_months.billed_elsewhere(month, terms),
        *(issued_months.adjustment(month, yen, terms) for yen in (-6_666, 6_666)),
        art8.outage_known(day, terms),
        art8.outage_alone("x_1", terms),
        art8.credit_needs_customer(day, terms),
        art8.credit_needs_customer(None, terms),
        art8.recovered_after_known(known, known, terms),
        annex1.clearing_needs_reason(("live_hours",), month, terms),
        annex1.month_has_begun(day, day - DAY, terms),
    ]
    return [*found, art8.not_attributable(terms)]
