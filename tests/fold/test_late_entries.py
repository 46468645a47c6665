"""Single late entries: cases that the random contracts have found."""

from datetime import date
from typing import Any

import pytest

from lifecycle.machines.entries import entries_of
from lifecycle.machines.fold import fold
from lifecycle.machines.table import NotPossible
from tests.fold.desk import Desk
from tests.fold.short_contracts import book, key
from tests.oracle.diary import at, changed, claim, contract, down, notice, option, outage, running
from tests.oracle.entries import Entry


def part(desk: Desk, subject: str) -> Any:
    return desk.dossier.subject(desk.names.subjects[subject])


def measure(event: str, when: str, **facts: Any) -> Entry:
    return Entry(f"measure {event}", "measure", "measure-1", event, at(when), facts)


def test_a_change_is_accepted_in_the_state_of_its_day_though_the_contract_has_ended_since() -> None:
    desk = book(*running("2022-05-01"), notice("2022-06-10"))
    applied, accepted = changed("basic", "2022-06-13", "2022-06-14", "2022-06-20")
    key(desk, "2022-08-01 09:00", applied)
    assert part(desk, "change-1").state == "rejected", "it lapsed with the contract on 10 July"
    key(desk, "2022-08-02 09:00", accepted)
    assert (part(desk, "change-1").state, part(desk, "change-1").former_item) == ("effective", "premium")


def test_an_end_by_the_company_entered_after_its_day_was_in_the_future_when_declared() -> None:
    desk = book(*running("2022-05-01"))
    end = contract("end_by_company", "2022-08-10", ends_on="2022-08-20", ground="滞納")
    key(desk, "2022-09-05 09:00", end)
    assert part(desk, "contract").terminated_on == date(2022, 8, 20)


def test_a_consent_without_a_notice_on_record_is_refused() -> None:
    desk = book(*running("2022-05-01"), contract("change_administrator", "2022-07-01"))
    consent = contract("revoke_cancellation", "2022-06-20", notice="a letter that nobody keyed")
    with pytest.raises(NotPossible, match="in the state billing"):
        key(desk, "2022-07-02 09:00", consent)


def test_an_option_not_accepted_has_no_billing_start_to_move() -> None:
    desk = book(
        *running("2022-06-01"), option("apply", "2022-04-02"), contract("change_administrator", "2022-05-10")
    )
    moved = option("reschedule_billing", "2022-05-01", billing_starts_on="2022-06-15")
    with pytest.raises(NotPossible, match="in the state applied"):
        key(desk, "2022-05-11 09:00", moved)


def test_a_lifting_entered_after_the_planned_end_lifts_as_of_its_instant() -> None:
    suspended = measure(
        "take", "2022-06-01 09:00", kind="suspension", ground="第19条", notified=True,
        starts_at=at("2022-06-01 09:00"), ends_at=at("2022-06-10 09:00"),
    )  # fmt: skip
    desk = book(*running("2022-05-01"), suspended)
    key(desk, "2022-06-20 09:00", measure("lift", "2022-06-05 09:00"))
    assert (part(desk, "measure-1").state, part(desk, "measure-1").lifted_at) == ("lifted", at("2022-06-05 09:00"))


def test_a_fee_agreed_after_the_option_s_end_counts_for_the_days_that_it_reaches_back_to() -> None:
    life = [*running("2022-05-01"), option("apply", "2022-04-01"),
            option("accept", "2022-04-01", billing_starts_on="2022-05-01"),
            option("notify_cancellation", "2022-06-01", chosen_on=None)]  # fmt: skip
    desk = book(*life)  # it ends on 1 July
    key(
        desk, "2022-07-09 09:00", option("change_fees", "2022-07-09", monthly_fee_yen=15_500, from_on="2022-06-16")
    )
    (agreed,) = part(desk, "option-1").fees
    assert (agreed.monthly_fee_yen, part(desk, "option-1").state) == (15_500, "terminated")


# --- credits ----------------------------------------------------------------------------------


def credit(desk: Desk, number: int = 1) -> Any:
    return part(desk, f"outage-{number}")


def test_hours_of_an_outage_found_late_are_no_longer_credited_for_another_one() -> None:
    desk = book(*running("2022-05-01"), *down("2022-06-10 09:00", "2022-06-12 09:00"), claim("2022-06-13"))
    key(desk, "2022-07-02 09:00", *down("2022-06-09 09:00", None, subject="outage-2"))
    key(desk, "2022-07-02 10:00", outage("recover", "2022-06-13 09:00", subject="outage-2"))
    assert (credit(desk, 1).state, credit(desk, 1).units) == ("refused", 0)
    assert (credit(desk, 2).state, credit(desk, 2).units) == ("claimable", 4)


def test_an_outage_not_attributable_is_refused_during_another_ongoing_one() -> None:
    desk = book(*running("2022-05-01"), *down("2022-06-01 09:00", None))
    key(desk, "2022-06-20 09:00", *down("2022-06-12 09:00", None, None, subject="outage-2"))
    key(desk, "2022-07-12 09:00", outage("attribute", "2022-07-12 09:00", subject="outage-2", attributable=False))
    assert (credit(desk, 1).state, credit(desk, 2).state) == ("claimable", "refused")


def test_as_of_a_day_before_the_finding_the_fault_was_whose_it_was() -> None:
    desk = book(*running("2022-05-01"), *down("2022-06-10 09:00", "2022-06-12 09:00", None))
    key(desk, "2022-07-20 09:00", outage("attribute", "2022-07-20 09:00", attributable=False))
    found = fold(entries_of(desk.rows()), at("2022-06-15")).dossier
    assert found is not None and found.credits[0].state == "refused"
