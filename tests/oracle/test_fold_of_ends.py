"""Ends and their causes: notices, consent, the company, agreements, conditions, the option (R6 to R38)."""

from datetime import date

import pytest

from tests.oracle.changes import annulled, corrected, moved
from tests.oracle.diary import (
    DOMAIN,
    applied,
    at,
    by,
    change,
    changed,
    contract,
    lines,
    notice,
    option,
    running,
    summary,
    yen,
)
from tests.oracle.entries import Entry
from tests.oracle.fold import Transition

LIVE = running("2022-05-01")
OPTION = [option("apply", "2022-04-01"), option("accept", "2022-04-01", billing_starts_on="2022-05-01")]


def agreed(when: str, ends_on: str, owed_yen: int | None = None, id: str | None = None) -> Entry:
    return contract("end_by_agreement", when, id, ends_on=ends_on, owed_yen=owed_yen)


def test_a_consent_restores_what_was_before_the_notice() -> None:
    life = [*LIVE, *OPTION, notice("2022-06-10", id="n")]
    back = contract("revoke_cancellation", "2022-07-01", notice="n")
    before, after = by(life, "2022-08-01"), by([*life, back], "2022-08-01")
    assert (summary(before)[:2], before.options["option-1"]["state"]) == (
        ("terminated", "2022-07-10"),
        "terminated",
    )
    assert (summary(after), after.options["option-1"]["state"]) == (("billing", None, None), "billing")


def test_a_consent_is_too_late_once_the_end_has_passed() -> None:
    life = [*LIVE, notice("2022-06-10", id="n")]
    for when in ("2022-07-11", "2022-07-11 00:00", "2022-08-01"):
        late = contract("revoke_cancellation", when, "late", notice="n")
        assert by([*life, late], "2022-09-01").invalidated == {"late": "not_in_terminated"}
    in_time = contract("revoke_cancellation", "2022-07-10 23:59", notice="n")
    assert summary(by([*life, in_time], "2022-09-01"))[0] == "billing"


def test_a_consent_revokes_the_notices_it_names_and_no_others() -> None:
    life = [*LIVE, notice("2022-06-10", id="n"), notice("2022-06-12", id="found later")]
    back = contract("revoke_cancellation", "2022-06-20", notice="n")
    assert summary(by([*life, back], "2022-06-30")) == ("cancel_notified", "2022-07-12", "notice_period")


def test_of_equal_ends_the_notice_that_arrived_first_decides() -> None:
    chosen = notice("2022-06-01", "2022-07-10", id="first")
    elapsed = notice("2022-06-10", id="second")
    for life in ([*LIVE, chosen, elapsed], [elapsed, chosen, *LIVE]):
        assert by(life, "2022-06-30").contract["decided_from"] == "first"


@pytest.mark.parametrize(
    ("ends_on", "end"),
    [
        ("2022-06-15", ("terminated", "2022-06-15", "agreement")),  # before the notice's day
        ("2022-07-20", ("terminated", "2022-07-20", "agreement")),  # after it: postponed with consent
        ("2022-09-30", ("cancel_notified", "2022-09-30", "agreement")),
        ("2022-05-03", ("terminated", "2022-05-03", "agreement")),  # no minimum term unless agreed
    ],
)
def test_the_newest_agreement_decides(ends_on: str, end: tuple[str, str, str]) -> None:
    life = [*LIVE, notice("2022-06-01"), agreed("2022-06-10", ends_on)]
    assert summary(by(life, "2022-08-01")) == end


def test_an_agreement_replaces_an_earlier_one() -> None:
    life = [*LIVE, agreed("2022-06-01", "2022-12-31"), agreed("2022-06-10", "2022-08-31")]
    assert summary(by(life, "2022-07-01"))[1] == "2022-08-31"
    assert summary(by([*LIVE, life[3], life[2]], "2022-07-01"))[1] == "2022-08-31"


def test_a_past_end_agreed_on_ended_the_contract_then() -> None:
    life = [*LIVE, *OPTION, agreed("2022-08-10", "2022-06-30", owed_yen=12_345, id="agreed")]
    now = by(life, "2022-09-01")
    assert summary(now) == ("terminated", "2022-06-30", "agreement")
    assert now.options["option-1"]["decided_by"] == "base_contract"
    assert summary(by(life, "2022-07-15"))[0] == "terminated", "as of a day after the end it had ended"
    assert summary(by(life, "2022-06-30"))[0] == "billing", "as of its last day nothing was agreed yet"
    assert lines(now, "2022-06") == {
        "monthly_base_fee": 200_000, "monthly_option_fee": 20_000, "agreed_amount": 12_345,
    }  # fmt: skip
    assert yen(now, "2022-07") == 0


def test_acts_after_a_past_end_are_invalidated_with_their_fees() -> None:
    life = [*LIVE, *changed("basic", "2022-07-01", "2022-07-05", "2022-07-20")]
    with_end = by([*life, agreed("2022-08-10", "2022-06-30")], "2022-09-01")
    assert set(with_end.invalidated) == {"change-1 apply 2022-07-01", "change-1 accept 2022-07-05"}
    assert "one_off_fee" in lines(by(life, "2022-09-01"), "2022-07") and lines(with_end, "2022-07") == {}


def test_an_end_of_the_company_waits_for_no_notice_period() -> None:
    end = contract("end_by_company", "2022-06-10", ends_on="2022-06-12", ground="滞納")
    assert summary(by([*LIVE, end], "2022-07-01")) == ("terminated", "2022-06-12", "company")
    assert by(
        [*LIVE, contract("end_by_company", "2022-06-10", "past", ends_on="2022-06-09")], "2022-07-01"
    ).invalidated


def test_an_end_before_the_billing_start_leaves_the_initial_fee_alone() -> None:
    life = [*running("2022-06-01"), notice("2022-04-20")]
    now = by(life, "2022-07-01")
    assert (summary(now), now.contract["minimum_term_ends_on"]) == (
        ("terminated", "2022-05-20", "notice_period"),
        None,
    )
    assert (lines(now, "2022-04"), lines(now, "2022-06")) == ({"initial_fee": 150_000}, {})
    assert [t.event for t in now.transitions] == ["terminate"]


HELD = running("2022-05-01", delivery=DOMAIN)


def test_an_open_condition_holds_the_billing_start_until_the_operator_decides() -> None:
    met = contract("meet_condition", "2022-05-10 12:00", condition="domain")
    held, later = by(HELD, "2022-06-01"), by([*HELD, met], "2022-06-01")
    for found in (held, later):
        assert (found.contract["state"], found.contract["billing_held"]) == ("accepted", True)
    decided = contract("reschedule_billing", "2022-05-11", billing_starts_on="2022-05-15")
    now = by([*HELD, met, decided], "2022-06-01")
    assert (now.contract["state"], now.contract["billing_starts_on"]) == ("billing", date(2022, 5, 15))
    assert [(t.event, t.at) for t in now.transitions] == [
        ("hold_billing", at("2022-05-01")), ("start_billing", at("2022-05-15")),
    ]  # fmt: skip


def test_a_condition_met_or_waived_in_time_holds_nothing() -> None:
    for event in ("meet_condition", "waive_condition"):
        assert (
            by([*HELD, contract(event, "2022-04-30", condition="domain")], "2022-05-01").contract["state"]
            == "billing"
        )


def test_a_decision_taken_with_a_condition_open_is_held_again() -> None:
    decided = contract("reschedule_billing", "2022-05-11", billing_starts_on="2022-05-09")
    met = contract("meet_condition", "2022-05-12", condition="domain")
    now = by([*HELD, decided, met], "2022-06-01")
    assert now.contract["billing_held"] and [t.event for t in now.transitions] == ["hold_billing"] * 2


def test_the_newest_agreement_on_the_billing_start_wins_however_far_it_reaches_back() -> None:
    newer = contract("reschedule_billing", "2022-04-20", billing_starts_on="2022-04-05")
    older = contract("reschedule_billing", "2022-04-10", "older", billing_starts_on="2022-05-20")
    found = by([*LIVE, newer, older], "2022-04-25")
    assert (found.contract["billing_starts_on"], found.contract["state"]) == (date(2022, 4, 5), "billing")
    assert found.verdicts["older"] == ("moot", "overtaken")


def test_a_past_billing_start_cannot_be_moved() -> None:
    late = contract("reschedule_billing", "2022-05-10", "late", billing_starts_on="2022-05-20")
    assert by([*LIVE, late], "2022-06-01").invalidated == {"late": "billing_not_begun"}


@pytest.mark.parametrize(
    ("base", "own", "expected"),
    [
        (None, "2022-05-02", ("2022-06-01", "notice_period", 0)),
        (None, "2022-04-15", ("2022-05-31", "minimum_term", 0)),
        ("2022-04-10", None, ("2022-05-31", "base_contract", 0)),
        ("2022-06-10", "2022-06-10", ("2022-07-10", "notice_period", 0)),
        ("2022-06-10", "2022-06-11", ("2022-07-10", "base_contract", 0)),
    ],
)
def test_an_option_ends_by_its_notice_or_with_its_contract(
    base: str | None, own: str | None, expected: tuple[str, str, int]
) -> None:
    life = [*LIVE, *OPTION]
    life += [notice(base)] if base else []
    life += [option("notify_cancellation", own, chosen_on=None)] if own else []
    days = by(life, "2022-06-30").options["option-1"]
    assert (days["effective_on"].isoformat(), days["decided_by"], days["minimum_term_cut_days"]) == expected


def test_the_contracts_end_cuts_the_options_own_term() -> None:
    life = [*LIVE, option("apply", "2022-04-01"), option("accept", "2022-04-01", billing_starts_on="2022-06-20")]
    days = by([*life, notice("2022-06-01")], "2022-06-30").options["option-1"]
    assert (days["effective_on"], days["minimum_term_ends_on"], days["minimum_term_cut_days"]) == (
        date(2022, 7, 1), date(2022, 7, 19), 18,
    )  # fmt: skip


def test_an_option_does_not_start_before_its_contract() -> None:
    moved_base = contract("reschedule_billing", "2022-04-20", billing_starts_on="2022-05-10")
    assert by([*LIVE, *OPTION, moved_base], "2022-05-05").options["option-1"]["billing_starts_on"] == date(
        2022, 5, 10
    )


def test_an_item_change_on_the_day_after_the_end_lapses() -> None:
    life = [*LIVE, notice("2022-06-10"), *changed("basic", "2022-06-01", "2022-06-02", "2022-07-11")]
    now = by(life, "2022-07-11")
    assert (now.item_changes["change-1"], summary(now)[0]) == ("rejected", "terminated")
    assert [t.event for t in now.transitions if t.at == at("2022-07-11")] == ["terminate", "lapse"]
    a_day_earlier = corrected(life, "change-1 accept 2022-06-02", effective_on=date(2022, 7, 10))
    assert by(a_day_earlier, "2022-07-11").item_changes["change-1"] == "effective"


def test_parts_of_an_application_end_with_it() -> None:
    life = [applied("2022-04-01"), option("apply", "2022-04-01"), change("apply", "2022-04-02", item="basic")]
    for event, state in (("reject", "rejected"), ("withdraw", "withdrawn")):
        now = by([*life, contract(event, "2022-04-05")], "2022-05-01")
        assert {summary(now)[0], now.options["option-1"]["state"], now.item_changes["change-1"]} == {state}


def test_a_correction_supersedes_what_the_clock_did_and_adds_what_it_should_have_done() -> None:
    life = [*LIVE, notice("2022-07-01", id="typed")]
    before, after = by(life, "2022-08-10"), by(corrected(life, "typed", when=date(2022, 8, 1)), "2022-08-10")
    assert (summary(before)[0], summary(after)[:2]) == ("terminated", ("cancel_notified", "2022-08-31"))
    assert moved(before, after) == ([Transition("contract", "terminate", at("2022-08-01"), "typed")], [])


def test_a_contract_continues_unchanged_after_the_annulment_of_a_wrong_notice() -> None:
    life = [*LIVE, *OPTION, notice("2022-06-10", id="not theirs")]
    after = by(annulled(life, {"not theirs"}), "2022-09-01")
    assert (summary(after)[0], after.contract["minimum_term_ends_on"]) == ("billing", date(2022, 5, 31))
    assert lines(after, "2022-08") == {"monthly_base_fee": 200_000, "monthly_option_fee": 20_000}


def test_an_entry_invalidated_by_an_annulment_becomes_valid_again_when_the_rules_allow_it() -> None:
    basic = [*running("2022-05-01", "basic"), *changed("premium", "2022-05-02", "2022-05-03", "2022-06-01")]
    option_ = [
        option("apply", "2022-05-05"),
        option("accept", "2022-05-06", "drm", billing_starts_on="2022-06-01"),
    ]
    without = annulled([*basic, *option_], {"change-1 accept 2022-05-03"})
    assert by(without, "2022-07-01").invalidated == {"drm": "option_needs_premium"}
    assert by([*basic, *option_], "2022-07-01").invalidated == {}
