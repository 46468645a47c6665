"""Issued months stay as sent; differences are carried or wait for a person; no yen is lost (R25, R40, R41)."""

from itertools import permutations
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.machines.dossier import FeeAgreement
from lifecycle.queries.adjustments import amounts_up_to, refund_id, refunds
from lifecycle.queries.charges import charges, credits_left
from lifecycle.queries.issued import About, BilledElsewhere, Sent, SentAmount
from lifecycle.terms.calendar import Month
from tests.how_many import some_of
from tests.machines.fuller import Full, full
from tests.machines.life import BASE, at, d, days
from tests.queries.sending import NOTHING, SENT_AT, issue, lines, open_yen, settle, shown, waiting
from tests.queries.test_charges import LAST, LIVES, after_story, months
from tests.queries.test_fees_by_version import dearer_from

FULL = ("monthly_base_fee", 100_000)


def basic() -> Full:
    """Accepted on 1 April, billed from 1 May 2022."""
    return full(d(5, 1), item="basic")


def with_credit(claimed: Any = d(6, 20)) -> Full:
    """Two days of outage in June, claimed."""
    life = basic().outage(at(d(6, 10))).recover(at(d(6, 12)))
    return life.claim(at(claimed))


# --- issued months ------------------------------------------------------------------------------


def test_a_change_to_an_issued_month_appears_on_the_next_month_not_issued() -> None:
    sent = issue(basic().dossier, NOTHING, "2022-05", "2022-06", "2022-07")
    now = with_credit().dossier
    assert lines(now, "2022-06", sent) == [FULL]
    assert lines(now, "2022-08", sent) == [FULL, ("adjustment", -6_666)]
    assert shown(now, "2022-08", sent)["total_yen"] == 93_334
    (line,) = shown(now, "2022-06", sent)["adjustments"]
    assert (line["month"], line["amount_yen"], line["adjusts"]) == (
        "2022-08", -6_666, {"month": "2022-06", "kind": "outage_credit"},
    )  # fmt: skip
    assert waiting(now, sent) == []


def test_an_adjustment_that_was_sent_is_not_repeated_and_is_reversed_if_wrong() -> None:
    sent = issue(basic().dossier, NOTHING, "2022-05", "2022-06")
    sent = issue(with_credit().dossier, sent, "2022-07")
    assert lines(with_credit().dossier, "2022-08", sent) == [FULL]
    assert shown(with_credit().dossier, "2022-06", sent)["adjustments"][0]["month"] == "2022-07"
    assert lines(basic().dossier, "2022-08", sent) == [FULL, ("adjustment", 6_666)]


def test_months_may_be_issued_in_any_order() -> None:
    before, now = basic().dossier, with_credit().dossier
    for order in permutations(("2022-05", "2022-06", "2022-07")):
        sent = issue(before, NOTHING, *order)
        assert lines(now, "2022-08", sent) == [FULL, ("adjustment", -6_666)]
    gap = issue(before, NOTHING, "2022-08", "2022-06")
    assert lines(now, "2022-07", gap) == [FULL, ("adjustment", -6_666)]


def test_after_the_end_a_difference_waits_for_a_person() -> None:
    sent = issue(basic().dossier, NOTHING, "2022-05", "2022-06", "2022-07", "2022-08")
    ended = basic().notify(d(5, 16)).dossier  # type: ignore[attr-defined]
    assert waiting(ended, sent) == [
        ("2022-06", "monthly_base_fee", -50_000), ("2022-07", "monthly_base_fee", -100_000),
        ("2022-08", "monthly_base_fee", -100_000),
    ]  # fmt: skip
    assert lines(ended, "2022-08", sent) == [FULL], "as it was sent"


def test_days_served_after_all_are_a_payment_due() -> None:
    wrong, right = basic().notify(d(5, 16)).dossier, basic().notify(d(5, 30)).dossier  # type: ignore[attr-defined]
    sent = issue(wrong, NOTHING, "2022-05", "2022-06")
    assert waiting(right, sent) == [("2022-06", "monthly_base_fee", 96_666 - 50_000)]


def test_a_settled_refund_is_closed_and_a_later_change_opens_another() -> None:
    sent = issue(basic().dossier, NOTHING, "2022-05", "2022-06")
    ended = basic().notify(d(5, 16)).dossier  # type: ignore[attr-defined]
    (refund,) = refunds(BASE, ended, sent)
    about = About(Month(2022, 6), "monthly_base_fee", BASE)
    assert (refund.about, refund.amount_yen, refund.id) == (about, -50_000, refund_id(BASE, about, 0))
    sent = settle(ended, sent, refund)
    assert waiting(ended, sent) == []
    later = basic().notify(d(5, 20)).dossier  # type: ignore[attr-defined]  # until 19 June: 63,333
    (done, another) = refunds(BASE, later, sent)
    assert (done.id, done.amount_yen) == (refund.id, -50_000)
    assert (another.id, another.amount_yen) == (refund_id(BASE, about, 1), 13_333)
    lives_on = basic().dossier
    assert lines(lives_on, "2022-07", sent) == [FULL, ("adjustment", 50_000)], "paid back in error: charged again"


def test_a_month_billed_elsewhere_has_no_statement_and_its_differences_wait() -> None:
    taken_over = basic().dossier
    amounts = [SentAmount(about, yen) for about, yen in amounts_up_to(taken_over, Month(2022, 6)).items()]
    sent = Sent({}, (BilledElsewhere(Month(2022, 6), amounts, SENT_AT),))
    assert [shown(taken_over, month, sent)["total_yen"] for month in ("2022-05", "2022-06", "2022-07")] == [
        0, 0, 100_000,
    ]  # fmt: skip
    assert shown(taken_over, "2022-05", sent)["billed_elsewhere"] and waiting(taken_over, sent) == []
    now = with_credit().dossier
    assert waiting(now, sent) == [("2022-06", "outage_credit", -6_666)]
    assert lines(now, "2022-07", sent) == [FULL]


def test_a_fee_set_after_its_month_was_issued_is_carried() -> None:
    life = basic().changed("premium", d(7, 1), d(6, 2))
    sent = issue(life.dossier, NOTHING, "2022-06")
    assert lines(life.dossier, "2022-06", sent) == [FULL, ("one_off_fee", None)]
    life.tell("set_fee", "i_1", at(d(7, 5)), fee_yen=30_000, agreed_on=d(7, 5))
    assert ("adjustment", 30_000) in lines(life.dossier, "2022-07", sent)


# --- credits (R25) ------------------------------------------------------------------------------


def test_a_credit_above_the_base_fee_of_its_month_is_refunded() -> None:
    life = basic().notify(d(7, 20))  # ends on 19 August
    life.outage(at(d(7, 20))).recover(at(d(7, 23)))  # type: ignore[attr-defined]
    life.claim(at(d(9, 2)))  # type: ignore[attr-defined]
    assert waiting(life.dossier, NOTHING) == [("2022-09", "credit_left", -10_000)]
    in_time = basic().notify(d(7, 20))
    in_time.outage(at(d(7, 20))).recover(at(d(7, 23)))  # type: ignore[attr-defined]
    in_time.claim(at(d(8, 2)))  # type: ignore[attr-defined]
    assert waiting(in_time.dossier, NOTHING) == []
    assert ("outage_credit", -10_000) in lines(in_time.dossier, "2022-08", NOTHING)


def test_two_credits_of_a_month_share_its_base_fee_and_the_rest_is_refunded() -> None:
    life = basic().outage(at(d(5, 2)), id="k_1").recover(at(d(5, 25)), id="k_1")
    life.outage(at(d(5, 26)), id="k_2").recover(at(d(6, 14)), id="k_2")
    for credit in ("k_1", "k_2"):
        life.claim(at(d(6, 20)), id=credit)
    assert waiting(life.dossier, NOTHING) == [("2022-06", "credit_left", -(76_666 + 63_333 - 100_000))]


# --- no yen is lost -----------------------------------------------------------------------------


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(LIVES, st.randoms(use_true_random=False))
def test_statements_and_refunds_add_up_to_the_charges_whatever_is_learned_between(
    story: Any, random: Random
) -> None:
    """Issued, not yet issued, settled and waiting amounts add up to what the recorded facts owe."""
    item, start, option, wishes = story
    sent = NOTHING
    some = random.sample(months(), 5)
    for count, month in enumerate(some):
        known = after_story((item, start, option, wishes[: count * len(wishes) // 5]))
        sent = issue(known.dossier, sent, str(month))
        open_ = [one for one in refunds(BASE, known.dossier, sent) if one.settled is None]
        if open_ and random.random() < 0.5:
            sent = settle(known.dossier, sent, random.choice(open_))
    now = after_story(story).dossier
    until = Month.of(LAST)
    # a year later, so that no adjustment is after the compared months
    statements = [shown(now, str(month), sent) for month in [*months(), *after(until, 60)]]
    settled = sum(one.amount_yen for one in sent.settled)
    owed = sum(amounts_up_to(now, after(until, 60)[-1]).values()) - sum(yen for *_, yen in credits_left(now))
    assert sum(one["total_yen"] for one in statements) + open_yen(now, sent) + settled == owed
    for month in some:
        assert shown(now, str(month), sent)["total_yen"] == sent.issued[month].total_yen


def after(month: Month, count: int) -> list[Month]:
    found = [month.following]
    while len(found) < count:
        found.append(found[-1].following)
    return found


@settings(max_examples=some_of(60), deadline=None, database=None)
@given(
    LIVES,
    st.sampled_from(["calendar_days", "thirtieths", "none"]),
    st.integers(0, 120),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 9)), max_size=3),
)
def test_amounts_computed_without_rulings_equal_the_amounts_of_the_rulings(
    story: Any, proration: str, dearer: int, agreed: Any
) -> None:
    """Whatever turns on any day of a month: the version of the terms, the item, the option's fee, the end."""
    editions = dearer_from(d(4, 15) + days(dearer)).under(proration=proration)
    now = after_story(story, editions).dossier
    fees = [
        FeeAgreement(f"o_1.{n}", 1_001 * yen, d(4, 1) + days(on), d(4, 1)) for n, (on, yen) in enumerate(agreed)
    ]
    now = now._replace(options=tuple(option.replace(fees=tuple(fees)) for option in now.options))
    for until in months():
        by_ruling: dict[About, int] = {}
        for one in charges(now, until.last, editions):
            about = About(one.month, one.kind, one.subject_id)
            by_ruling[about] = by_ruling.get(about, 0) + (one.amount_yen or 0)
        assert amounts_up_to(now, until, editions) == by_ruling


@settings(max_examples=some_of(30), deadline=None, database=None)
@given(LIVES, st.randoms(use_true_random=False))
def test_the_order_in_which_months_are_issued_changes_nothing(story: Any, random: Random) -> None:
    early, now = after_story((*story[:3], story[3][:4])).dossier, after_story(story).dossier
    some = [str(month) for month in random.sample(months(), 4)]
    one = issue(early, NOTHING, *some)
    other = issue(early, NOTHING, *reversed(some))
    assert waiting(now, one) == waiting(now, other)
    for month in months():
        assert lines(now, str(month), one) == lines(now, str(month), other)
