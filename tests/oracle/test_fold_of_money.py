"""Credits, fees, issued months, refunds, and who they concern (R22 to R27, R39 to R41)."""

import pytest

from tests.oracle.credits import credits_of
from tests.oracle.diary import (
    at,
    by,
    change,
    changed,
    claim,
    contract,
    down,
    lines,
    notice,
    option,
    outage,
    running,
    yen,
)
from tests.oracle.entries import Entry
from tests.oracle.people import party_of, people_at
from tests.oracle.statements import Line, Refund, Sent, adjustments, issue, refunds, total

BASIC = running("2022-05-01", "basic")
OPTION = [option("apply", "2022-04-01"), option("accept", "2022-04-01", billing_starts_on="2022-05-01")]


# --- credits ----------------------------------------------------------------------------------


def states(life: list[Entry], until: str) -> list[tuple[str, int, int]]:
    return [(one.state, one.units, one.amount_yen) for one in credits_of(by(life, until))]


TWO_DAYS = down("2022-06-10 09:00", "2022-06-12 09:00")


@pytest.mark.parametrize(
    ("until", "state"),
    [
        ("2022-06-10 09:00", None),
        ("2022-06-11 08:59", ("open", 0, 0)),
        ("2022-06-11 09:00", ("claimable", 1, 3_333)),
        ("2022-06-12 09:00", ("claimable", 2, 6_666)),
        ("2022-09-11 23:59", ("claimable", 2, 6_666)),
        ("2022-09-12", ("lapsed", 2, 6_666)),
    ],
)
def test_without_a_claim_the_right_lapses(until: str, state: tuple[str, int, int] | None) -> None:
    assert states([*BASIC, *TWO_DAYS], until) == ([state] if state else [])


@pytest.mark.parametrize(
    ("claimed", "state"),
    [
        ("2022-06-10 23:59", "lapsed"),  # before the day on which 24 hours were reached
        ("2022-06-11", "credited"),
        ("2022-09-11 23:59", "credited"),
        ("2022-09-12 00:00", "lapsed"),
    ],
)
def test_a_claim_counts_inside_its_window(claimed: str, state: str) -> None:
    assert states([*BASIC, *TWO_DAYS, claim(claimed)], "2022-12-01")[0][0] == state


def test_a_claim_waits_until_the_fault_is_known() -> None:
    life = [*BASIC, *down("2022-06-10 09:00", "2022-06-12 09:00", fault=None), claim("2022-06-15")]
    assert states(life, "2023-06-01") == [("open", 2, 6_666)]
    own = outage("attribute", "2023-06-01", attributable=True)
    assert states([*life, own], "2023-06-02") == [("credited", 2, 6_666)]


def test_a_short_outage_is_open_while_ongoing_and_refused_afterwards() -> None:
    life = [*BASIC, *down("2022-06-10 09:00", "2022-06-10 20:00")]
    assert [states(life, f"2022-06-10 {hour}:00")[0][0] for hour in (19, 20)] == ["open", "refused"]


def test_an_outage_ends_with_its_contract() -> None:
    life = [*BASIC, notice("2022-06-01"), *down("2022-07-01 12:00", None)]
    assert [states(life, day)[0][0] for day in ("2022-07-01 13:00", "2022-07-02")] == ["open", "refused"]


def test_overlapping_hours_count_once_for_the_outage_known_first() -> None:
    first = down("2022-06-10 00:00", "2022-06-12 00:00")
    second = down("2022-06-11 00:00", "2022-06-14 00:00", subject="outage-2")
    assert states([*BASIC, *second, *first], "2022-07-01") == [("claimable", 2, 6_666), ("claimable", 2, 6_666)]
    inside = down("2022-06-11 00:00", "2022-06-12 00:00", subject="outage-2")
    assert states([*BASIC, *first, *inside], "2022-07-01")[1] == ("refused", 0, 0)


def test_hours_that_are_not_the_companys_fault_cover_no_others() -> None:
    theirs = down("2022-06-10 00:00", "2022-06-14 00:00", fault=False)
    ours = down("2022-06-11 00:00", "2022-06-13 00:00", subject="outage-2")
    assert states([*BASIC, *theirs, *ours], "2022-07-01")[1] == ("claimable", 2, 6_666)


def test_an_outage_of_other_contracts_earns_nothing() -> None:
    other = outage("open", "2022-06-10 00:00", attributable=True, contracts=[])
    assert states([*BASIC, other], "2022-07-01") == []


def test_credits_of_one_month_share_its_base_fee_and_the_rest_is_refunded() -> None:
    life = [*BASIC, *down("2022-06-01 00:00", "2022-06-25 00:00"), claim("2022-07-01")]
    life += [
        *down("2022-06-25 12:00", "2022-07-05 12:00", subject="outage-2"),
        claim("2022-07-06", subject="outage-2"),
    ]
    now = by(life, "2022-08-01")
    assert [one.amount_yen for one in credits_of(now)] == [80_000, 33_333]
    assert yen(now, "2022-07") == 0
    assert refunds(now, {}) == [Refund("refund", "2022-07", "outage-2", 13_333)]


# --- fees -------------------------------------------------------------------------------------


def test_a_fee_not_agreed_at_the_acceptance_can_be_set_once() -> None:
    life = [*BASIC, *changed("premium", "2022-06-01", "2022-06-02", "2022-06-16")]
    assert lines(by(life, "2022-07-01"), "2022-06") == {
        "one_off_fee": None, "monthly_base_fee": 100_000 * 15 // 30 + 200_000 * 15 // 30,
    }  # fmt: skip
    life += [change("set_fee", "2022-08-01", fee_yen=30_000), change("set_fee", "2022-08-02", "twice", fee_yen=1)]
    now = by(life, "2022-09-01")
    assert (lines(now, "2022-06")["one_off_fee"], now.invalidated) == (30_000, {"twice": "fee_is_set"})


def test_a_changed_option_fee_is_rounded_once_per_month() -> None:
    dearer = option("change_fees", "2022-06-01", monthly_fee_yen=33_333, from_on="2022-06-11")
    now = by([*running("2022-05-01"), *OPTION, dearer], "2022-08-01")
    exact = (20_000 * 10 + 33_333 * 20) / 30
    assert [lines(now, m)["monthly_option_fee"] for m in ("2022-05", "2022-06", "2022-07")] == [
        20_000, int(exact), 33_333,
    ]  # fmt: skip


def test_of_two_agreements_on_a_fee_the_newer_holds_from_its_day() -> None:
    older = option("change_fees", "2022-06-01", monthly_fee_yen=50_000, from_on="2022-08-01")
    newer = option("change_fees", "2022-06-10", monthly_fee_yen=60_000, from_on="2022-07-01")
    for life in ([older, newer], [newer, older]):
        now = by([*running("2022-05-01"), *OPTION, *life], "2022-09-01")
        assert [lines(now, m)["monthly_option_fee"] for m in ("2022-06", "2022-07", "2022-08")] == [
            20_000, 60_000, 60_000,
        ]  # fmt: skip


# --- issued months ----------------------------------------------------------------------------


def sent(life: list[Entry], until: str, *months: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for month in months:
        found[month] = issue(by(life, until), month, found)
    return found


def test_a_change_to_an_issued_month_appears_on_the_next_month_not_issued() -> None:
    issued = sent(BASIC, "2022-08-01", "2022-05", "2022-06", "2022-07")
    life = [*BASIC, *down("2022-06-10 00:00", "2022-06-12 00:00"), claim("2022-06-20")]
    now = by(life, "2022-08-20")
    assert adjustments(now, issued) == (
        [Line("adjustment", "outage-1", "2022-08", at("2022-08-01").date(), -6_666, "2022-06 outage_credit")], [],
    )  # fmt: skip
    assert total(issue(now, "2022-08", issued)) == 100_000 - 6_666


def test_an_adjustment_that_was_sent_is_not_made_again() -> None:
    life = [*BASIC, *down("2022-06-10 00:00", "2022-06-12 00:00"), claim("2022-06-20")]
    issued = sent(BASIC, "2022-07-01", "2022-05", "2022-06")
    issued["2022-07"] = issue(by(life, "2022-08-01"), "2022-07", issued)
    assert adjustments(by(life, "2022-08-20"), issued) == ([], [])
    taken_back = by(BASIC, "2022-08-20")
    assert [(line.month, line.amount_yen) for line in adjustments(taken_back, issued)[0]] == [("2022-08", 6_666)]


def test_after_the_end_a_difference_waits_for_a_person() -> None:
    issued = sent(BASIC, "2022-09-01", "2022-05", "2022-06", "2022-07", "2022-08")
    found = by([*BASIC, notice("2022-05-16")], "2022-09-10")
    assert adjustments(found, issued) == (
        [],
        [
            Refund("refund", "2022-06", "monthly_base_fee contract", 50_000),
            Refund("refund", "2022-07", "monthly_base_fee contract", 100_000),
            Refund("refund", "2022-08", "monthly_base_fee contract", 100_000),
        ],
    )


def test_days_that_were_served_after_all_are_a_payment_due() -> None:
    life = [*BASIC, notice("2022-05-16", id="wrong")]
    issued: Sent = sent(life, "2022-08-01", "2022-05", "2022-06")
    right = [*BASIC, notice("2022-05-30")]
    assert adjustments(by(right, "2022-08-01"), issued)[1] == [
        Refund("payment", "2022-06", "monthly_base_fee contract", 96_666 - 50_000)
    ]


def test_months_billed_before_the_book_was_taken_over_have_no_statement() -> None:
    now = by(running("2022-05-01", "basic", billed_until="2022-06"), "2022-08-01")
    assert [yen(now, month) for month in ("2022-05", "2022-06", "2022-07")] == [0, 0, 100_000]


# --- people -----------------------------------------------------------------------------------


def test_a_months_statement_is_for_the_party_of_its_last_day() -> None:
    merged = contract(
        "succeed", "2022-06-30", ground="merger", consented_on=None,
        customer={"name": "存続株式会社"}, administrator={"name": "佐藤花子"},
    )  # fmt: skip
    phone = contract("change_particulars", "2022-07-10", customer={"phone": "03-0000-0000"})
    now = by([*BASIC, merged, phone], "2022-08-01")
    assert [party_of(now, month)["name"] for month in ("2022-05", "2022-06")] == [
        "株式会社サンプル配信", "存続株式会社",
    ]  # fmt: skip
    assert people_at(now, at("2022-07-10")) == {
        "customer": {"name": "存続株式会社", "phone": "03-0000-0000"}, "administrator": {"name": "佐藤花子"},
    }  # fmt: skip
    assert now.contract["minimum_term_ends_on"] == at("2022-05-31").date()
