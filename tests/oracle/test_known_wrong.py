"""Contracts that were once computed wrong, each with its right days and amounts."""

from dataclasses import replace
from datetime import date

from tests.oracle.changes import corrected, days_served_beyond
from tests.oracle.credits import Credit, credits_of
from tests.oracle.diary import (
    applied,
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
    summary,
    usage,
    yen,
)
from tests.oracle.entries import Entry
from tests.oracle.fold import Folded, fold
from tests.oracle.people import people_at
from tests.oracle.prices import HELD
from tests.oracle.statements import Refund, credit_lines


def credit(folded: Folded) -> Credit:
    (one,) = credits_of(folded)
    return one


def earned(folded: Folded) -> tuple[str, int, int]:
    one = credit(folded)
    return one.state, one.units, one.amount_yen


ENDS_1_JULY = [*running("2022-05-01"), notice("2022-06-01")]


def test_an_ongoing_outage_counts_up_to_now_not_to_the_end_of_the_contract() -> None:
    life = [*ENDS_1_JULY, *down("2022-06-10 00:00", None)]
    assert summary(by(life, "2022-06-11 02:00"))[1] == "2022-07-01"
    assert earned(by(life, "2022-06-11 02:00")) == ("claimable", 1, 6_666)
    assert earned(by(life, "2022-06-10 23:59"))[:2] == ("open", 0)


def test_a_recovery_entered_in_august_counts_from_its_own_instant() -> None:
    life = [*ENDS_1_JULY, *down("2022-06-10 00:00", "2022-06-11 01:00"), claim("2022-06-12")]
    now = by(life, "2022-08-05")
    assert earned(now) == ("credited", 1, 6_666)
    assert (yen(now, "2022-06"), yen(now, "2022-07")) == (200_000 - 6_666, 6_451)


def test_the_attribution_of_an_outage_can_change() -> None:
    life = [*running("2022-05-01"), *down("2022-06-01 00:00", "2022-06-03 00:00", fault=None)]
    wrong = outage("attribute", "2022-06-05", attributable=False)
    right = outage("attribute", "2022-07-05", attributable=True)
    assert earned(by(life, "2022-07-10"))[0] == "open"
    assert earned(by([*life, wrong], "2022-07-10"))[0] == "refused"
    assert earned(by([*life, wrong, right], "2022-07-10")) == ("claimable", 2, 13_333)
    assert earned(by([*life, right, wrong], "2022-07-10"))[0] == "claimable"
    assert earned(by([*life, claim("2022-07-20"), wrong, right], "2022-08-01"))[0] == "credited"


def test_an_outage_counts_if_the_billing_start_moves_before_it() -> None:
    life = [*running("2022-06-10", "basic"), *down("2022-06-03 00:00", "2022-06-05 00:00")]
    earlier = contract("reschedule_billing", "2022-06-08", billing_starts_on="2022-06-02")
    assert credits_of(by(life, "2022-06-20")) == []
    assert earned(by([*life, earlier], "2022-06-20"))[1:] == (2, 6_666)


def test_an_outage_of_all_reaches_a_contract_that_is_entered_after_it() -> None:
    life = [*running("2022-06-02", "basic", "2022-06-01"), *down("2022-06-05 00:00", "2022-06-08 00:00")]
    assert earned(by(life, "2022-06-11"))[1:] == (3, 10_000)


def test_an_end_before_the_billing_start_leaves_no_credit_of_an_ongoing_outage() -> None:
    life = [*running("2022-06-01"), *down("2022-06-05 00:00", None), claim("2022-06-10")]
    assert earned(by(life, "2022-06-20"))[0] == "claimed"
    found = by([*life, notice("2022-04-20")], "2022-06-20")
    assert summary(found) == ("terminated", "2022-05-20", "notice_period")
    assert credits_of(found) == []


def test_a_claim_after_the_last_month_is_money_to_refund() -> None:
    life = [*running("2022-05-01", "basic"), notice("2022-07-20"), *down("2022-07-20 00:00", "2022-07-23 00:00")]
    now = by([*life, claim("2022-09-02")], "2022-10-01")
    assert (summary(now)[:2], earned(now)) == (("terminated", "2022-08-19"), ("credited", 3, 10_000))
    assert credit_lines(now) == ([], [Refund("refund", "2022-09", "outage-1", 10_000)])
    in_time = by([*life, claim("2022-08-02")], "2022-10-01")
    assert credit_lines(in_time)[1] == [] and lines(in_time, "2022-08")["outage_credit"] == -10_000


def test_the_initial_fee_is_that_of_the_item_accepted() -> None:
    life = [
        *running("2022-10-01", "basic", "2022-10-01"),
        *changed("premium", "2022-10-01", "2022-10-01", "2022-10-01"),
    ]
    now = by(life, "2022-10-02")
    assert lines(now, "2022-10") == {"initial_fee": 80_000, "monthly_base_fee": 200_000, "one_off_fee": None}


def test_no_part_is_accepted_before_its_contract() -> None:
    parts = [
        option("apply", "2022-04-01"),
        option("accept", "2022-04-05", "too early", billing_starts_on="2022-05-01"),
        change("apply", "2022-04-01", item="basic"),
        change("accept", "2022-04-05", "too early as well", effective_on="2022-06-01", fee_yen=50_000),
    ]
    late = [applied("2022-04-01"), contract("accept", "2022-04-10", billing_starts_on="2022-05-01")]
    found = by([*late, *parts], "2022-06-10")
    assert found.invalidated == dict.fromkeys(("too early", "too early as well"), "contract_applied")
    assert (found.options["option-1"]["state"], found.item_changes["change-1"]) == ("applied", "applied")
    assert "one_off_fee" not in lines(found, "2022-04"), "an act that does not hold takes its fee along"


def test_the_state_on_a_day_does_not_depend_on_entries_in_between() -> None:
    life = [
        *running("2022-09-01", "basic", "2022-08-20"),
        notice("2022-10-20"),
        *changed("premium", "2022-10-10", "2022-10-10", "2022-11-01"),
    ]
    assert summary(by(life, "2022-10-15"))[0] == "billing"
    assert summary(by(life, "2022-10-20"))[0] == "cancel_notified"


def test_billing_set_to_have_begun_two_days_ago_has_begun_two_days_ago() -> None:
    domain = {"custom_domain": {"name": "v.example.jp", "acquired": False, "dns_registered": True}}
    held = running("2022-10-20", "basic", "2022-10-01", delivery=domain)
    begun = [
        *held,
        contract("meet_condition", "2022-10-25 10:00", condition="domain"),
        contract("reschedule_billing", "2022-10-26 10:00", billing_starts_on="2022-10-24"),
    ]
    before, after = by(held, "2022-10-25 12:00").contract, by(begun, "2022-10-25 12:00").contract
    assert (before["state"], before["billing_held"], before["billing_starts_on"]) == ("accepted", True, None)
    assert (after["state"], after["billing_held"], after["billing_starts_on"]) == (
        "billing", False, date(2022, 10, 24),
    )  # fmt: skip


def test_as_of_a_day_the_people_of_that_day() -> None:
    to = {"name": "佐藤花子"}
    life = [*running("2022-05-01"), contract("change_administrator", "2022-06-10", administrator=to)]
    now = by(life, "2022-07-01")
    assert people_at(now, at("2022-06-09"))["administrator"] == {"name": "山田太郎"}
    assert people_at(now, at("2022-06-10"))["administrator"] == to


def test_a_statement_as_known_at_an_instant_uses_the_entries_of_that_instant() -> None:
    known = [*running("2022-09-01", "basic", "2022-08-20"), notice("2022-10-20", "2022-11-29")]
    later = [*known, notice("2022-08-25")]
    assert yen(by(known, "2022-10-28"), "2022-11") == 96_666
    assert yen(by(later, "2022-12-28"), "2022-11") == 0


def test_a_notice_found_after_an_end_moves_the_end_back() -> None:
    life = [*running("2022-05-01", "basic"), notice("2022-12-20", id="late")]
    assert summary(by(life, "2023-02-01")) == ("terminated", "2023-01-19", "notice_period")
    found = by([*life, notice("2022-11-20", id="found")], "2023-02-01")
    assert summary(found) == ("terminated", "2022-12-20", "notice_period")
    assert [t.at for t in found.transitions if t.event == "terminate"] == [at("2022-12-21")]
    assert found.verdicts["late"].effect == "in_force", "it arrived on the last day in force"
    moot = by([*life, notice("2022-11-19", id="found")], "2023-02-01")
    assert moot.verdicts["late"].effect == "moot"


def test_the_minimum_term_does_not_defer_the_companys_end() -> None:
    end = contract("end_by_company", "2022-05-02 15:00", ends_on="2022-05-02", ground="非常事態")
    now = by([*running("2022-05-01"), end], "2022-06-01")
    assert summary(now) == ("terminated", "2022-05-02", "company")
    assert now.contract["minimum_term_ends_on"] == date(2022, 5, 31)
    assert yen(now, "2022-05") == 200_000 * 2 // 31


def test_a_notice_two_hours_before_the_acceptance_cancels_nothing() -> None:
    early = notice("2022-04-05 09:00", id="early")
    life = [applied("2022-04-01"), contract("accept", "2022-04-05 11:00", "yes", billing_starts_on="2022-05-01")]
    assert by([*life, early], "2022-05-01").invalidated == {"early": "notice_needs_a_contract"}
    taken_back = by([*life, contract("withdraw", "2022-04-05 09:00")], "2022-05-01")
    assert (summary(taken_back)[0], taken_back.invalidated) == ("withdrawn", {"yes": "not_in_withdrawn"})


def test_on_days_without_times_the_acceptance_precedes_the_notice() -> None:
    for accepted, arrived in (
        ("2022-04-05", "2022-04-05"),
        ("2022-04-05 11:00", "2022-04-05"),
        ("2022-04-05", "2022-04-05 09:00"),
    ):
        life = [applied("2022-04-01"), contract("accept", accepted, billing_starts_on="2022-06-01")]
        assert summary(by([*life, notice(arrived)], "2022-04-20"))[:2] == ("cancel_notified", "2022-05-05")


def test_days_served_beyond_the_end_count_from_the_billing_start() -> None:
    life = [*running("2023-01-05", accepted="2022-12-01"), notice("2022-12-02")]
    assert summary(by(life, "2023-01-26"))[:2] == ("terminated", "2023-01-01")
    assert days_served_beyond(by(life, "2023-01-26"), date(2023, 1, 26)) == 21
    billed = [*running("2022-05-01", accepted="2022-04-01"), notice("2022-12-02")]
    assert days_served_beyond(by(billed, "2023-01-26"), date(2023, 1, 26)) == 24


def test_the_version_on_the_first_billed_day_of_a_month_sets_the_monthly_fee() -> None:
    dearer = replace(HELD[-1], from_on=date(2023, 5, 15), monthly={"basic": 110_000, "premium": 220_000})
    life = running("2023-05-17", "basic", "2023-05-16")
    new = fold(life, at("2023-07-01"), [*HELD, dearer])
    assert lines(new, "2023-05")["monthly_base_fee"] == 110_000 * 15 // 31
    old = fold(running("2023-05-01", "basic"), at("2023-07-01"), [*HELD, dearer])
    assert [yen(old, month) for month in ("2023-05", "2023-06")] == [100_000, 110_000]


OPTION = [option("apply", "2022-04-01"), option("accept", "2022-04-01", billing_starts_on="2022-05-01")]


def test_no_option_is_in_force_on_a_basic_day() -> None:
    life = [
        *running("2022-05-01"),
        *OPTION,
        option("notify_cancellation", "2022-05-21", chosen_on=None),
        *changed("basic", "2022-06-10", "2022-06-15", "2022-06-18"),
    ]
    found = by(life, "2022-06-30")
    assert found.options["option-1"]["effective_on"] == date(2022, 6, 20)
    assert found.invalidated == {"change-1 accept 2022-06-15": "option_needs_premium"}
    possible = corrected(life, "change-1 accept 2022-06-15", effective_on=date(2022, 6, 21))
    assert by(possible, "2022-06-30").invalidated == {}


def test_a_mistyped_fee_is_corrected() -> None:
    life: list[Entry] = [*running("2022-05-01", "basic"), change("apply", "2022-06-01", item="premium")]
    typed = change("accept", "2022-06-02", "typed", effective_on="2022-07-01", fee_yen=500_000)
    assert lines(by([*life, typed], "2022-07-05"), "2022-06")["one_off_fee"] == 500_000
    right = corrected([*life, typed], "typed", fee_yen=50_000)
    assert lines(by(right, "2022-07-05"), "2022-06")["one_off_fee"] == 50_000


def test_a_meter_that_a_later_entry_leaves_out_stays() -> None:
    life = [*running("2022-05-01", "basic"), usage("2022-05", "2022-06-01", transcode_hours="300")]
    both = [*life, usage("2022-05", "2022-06-02", delivery_gb="1001")]
    assert lines(by(both, "2022-06-10"), "2022-05") == {
        "monthly_base_fee": 100_000, "overage_transcode_hours": 30_000, "overage_delivery_gb": 8,
    }  # fmt: skip
    cleared = by([*both, usage("2022-05", "2022-06-03", transcode_hours=None)], "2022-06-10")
    assert "overage_transcode_hours" not in lines(cleared, "2022-05")
