"""Ends by agreement (合意解約, R38): the newest agreement decides in any order of entry."""

from datetime import date
from itertools import permutations
from typing import Any, NamedTuple

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.table import NotPossible
from lifecycle.queries.charges import statement
from lifecycle.terms.calendar import Month, end_of
from tests.machines.fuller import Full, full
from tests.machines.life import BASE, DRM, Life, at, d, notice, running


def agree(
    life: Life, ends_on: date, agreed_on: date, keyed: date | None = None, owed_yen: int | None = None
) -> Life:
    on = keyed or agreed_on
    facts: dict[str, Any] = {"agreed_on": agreed_on, "ends_on": ends_on, "owed_yen": owed_yen, "keyed_on": on}
    return life.do("end_by_agreement", BASE, on, "agreed in writing", at=at(agreed_on), **facts)


class Ended(NamedTuple):
    """The state of a contract's end."""

    state: str
    effective_on: date | None
    decided_by: str | None


def ended(life: Life) -> Ended:
    return Ended(life.contract.state, life.contract.effective_on, life.contract.decided_by)


# agreed on 10 May, by a contract in billing since 1 May: no notice period, no minimum term
@pytest.mark.parametrize(
    ("ends_on", "state"),
    [
        (d(9, 30), "cancel_notified"),  # far away
        (d(5, 20), "cancel_notified"),  # inside the minimum term
        (d(5, 10), "cancel_notified"),  # today: until midnight
        (d(5, 9), "terminated"),  # yesterday: over at once, as of then
        (d(5, 1), "terminated"),  # the day billing began
        (d(4, 20), "terminated"),  # before billing: it never began
        (d(4, 1), "terminated"),  # the day of the acceptance
    ],
)
def test_the_contract_ends_on_the_day_agreed(ends_on: date, state: str) -> None:
    life = agree(running(d(5, 1)).until(d(5, 1)), ends_on, d(5, 10))
    assert ended(life.until(at(d(5, 10)))) == (state, ends_on, "agreement")
    life.until(d(12, 1))
    assert ended(life) == ("terminated", ends_on, "agreement")
    over = next(entry for entry in life.entries if entry.event == "terminate")
    assert (over.act.effective_at, over.act.caused_by) == (end_of(ends_on), life.notice(0).id)
    assert life.contract.billing_started == (ends_on >= d(5, 1))


def test_an_end_before_the_application_is_not_agreed_on() -> None:
    with pytest.raises(Refused) as refused:
        agree(running(d(5, 1)), d(3, 31), d(5, 10))
    (ruling,) = refused.value.rulings
    assert (ruling.rule, ruling.reading, ruling.on) == ("agreed_end_after_acceptance", "R38", d(4, 1))


def test_an_end_before_the_acceptance_is_not_agreed_on() -> None:
    with pytest.raises(Refused) as refused:
        agree(Life().apply().accept(d(5, 1), d(4, 10)), d(4, 5), d(5, 10))
    (ruling,) = refused.value.rulings
    assert (ruling.rule, ruling.reading, ruling.on) == ("agreed_end_after_acceptance", "R38", d(4, 10))


# a notice of 10 June leads to 10 July; the agreement beside it says …
@pytest.mark.parametrize("agreed_on", [d(6, 1), d(6, 20)])
@pytest.mark.parametrize("ends_on", [d(6, 25), d(7, 10), d(9, 30)])
@pytest.mark.parametrize("agreement_first", [True, False])
def test_an_agreement_decides_over_every_notice_before_or_after(
    agreed_on: date, ends_on: date, agreement_first: bool
) -> None:
    life, keyed = running(d(5, 1)), d(6, 21)
    if agreement_first:
        agree(life, ends_on, agreed_on, keyed).notify(d(6, 10), keyed=keyed)
    else:
        agree(life.notify(d(6, 10), keyed=keyed), ends_on, agreed_on, keyed)
    assert ended(life) == ("cancel_notified", ends_on, "agreement")
    why = {ruling.rule for ruling in standing_rulings(life.contract, life.contract, life.editions)}
    assert "newest_agreement_decides" in why


AGREEMENTS = {"first": (d(6, 1), d(7, 31)), "second": (d(6, 5), d(12, 31)), "third": (d(6, 9), d(9, 30))}


@pytest.mark.parametrize("order", [*permutations(AGREEMENTS)])
def test_of_several_agreements_the_newest_decides_in_whatever_order_they_are_entered(
    order: tuple[str, ...],
) -> None:
    life = running(d(5, 1)).until(d(5, 1))
    for name in order:
        agreed_on, ends_on = AGREEMENTS[name]
        agree(life, ends_on, agreed_on, d(6, 10))
    assert ended(life) == ("cancel_notified", d(9, 30), "agreement")


def test_an_agreement_found_after_the_end_by_notice_moves_the_end() -> None:
    life = running(d(5, 1)).notify(d(6, 10)).until(d(7, 20))
    assert ended(life) == ("terminated", d(7, 10), "notice_period")
    agree(life, d(9, 30), d(7, 1), d(7, 20))
    assert ended(life) == ("cancel_notified", d(9, 30), "agreement")
    assert ended(life.until(d(10, 1))) == ("terminated", d(9, 30), "agreement")


def test_an_end_agreed_on_for_the_past_moves_one_that_has_come() -> None:
    life = running(d(5, 1)).notify(d(6, 10)).until(d(7, 20))
    agree(life, d(6, 30), d(7, 20))
    assert ended(life) == ("terminated", d(6, 30), "agreement")


def test_an_agreement_does_not_reopen_a_terminated_contract() -> None:
    life = running(d(5, 1)).notify(d(6, 10)).until(d(7, 20))
    with pytest.raises(NotPossible):
        agree(life, d(9, 30), d(7, 20))


def test_the_option_ends_with_it() -> None:
    life = agree(running(d(5, 1), d(5, 1)).until(d(5, 2)), d(5, 20), d(5, 10))
    assert (life.option.effective_on, life.option.decided_by) == (d(5, 20), "base_contract")
    assert life.option.minimum_term_cut_days == 11
    assert life.until(d(5, 21)).states == ("terminated", "terminated")


def test_an_agreed_end_cannot_be_revoked_but_notices_beside_it_can() -> None:
    life = agree(running(d(5, 1)).until(d(5, 1)), d(9, 30), d(6, 1))
    for which in (None, life.notice(0).id):
        with pytest.raises(Refused) as refused:
            life.revoke(d(6, 2), which)
        assert [r.rule for r in refused.value.rulings] == ["agreed_end_stands"]
    life.notify(d(6, 3)).revoke(d(6, 4))
    assert [n.revoked for n in life.contract.notices] == [False, True]
    assert ended(life) == ("cancel_notified", d(9, 30), "agreement")


def lines(life: Life, month: str) -> list[tuple[str, int | None]]:
    return [(line["kind"], line["amount_yen"]) for line in statement(life.dossier, Month.parse(month))["lines"]]


@pytest.mark.parametrize("keyed", [d(6, 1), d(8, 20)])
def test_an_agreed_amount_is_one_line_of_the_month_of_the_end(keyed: date) -> None:
    life: Full = full(d(5, 1))
    agree(life, d(6, 15), d(6, 1), keyed, 50_000)
    life.until(d(9, 1))
    assert lines(life, "2022-06") == [("monthly_base_fee", 100_000), ("agreed_amount", 50_000)]
    assert lines(life, "2022-07") == []


def test_of_two_agreements_only_the_newest_one_s_amount_is_owed_and_the_minimum_term_leaves_nothing() -> None:
    life = agree(agree(running(d(5, 1)), d(6, 15), d(5, 2), None, 50_000), d(5, 20), d(5, 3), None, None)
    assert lines(life.until(d(7, 1)), "2022-05") == [("monthly_base_fee", 129_032)]
    assert lines(life, "2022-06") == []


# E, S and the day of entry: the days served beyond E, never days before billing
SERVED = [
    (date(2023, 1, 1), date(2023, 1, 5), date(2023, 1, 26), 21),
    (date(2023, 2, 10), date(2023, 1, 5), date(2023, 2, 26), 15),
    (date(2023, 2, 10), date(2023, 1, 5), date(2023, 2, 11), 0),
    (date(2023, 1, 1), date(2023, 2, 1), date(2023, 1, 26), 0),
]


@pytest.mark.parametrize(("ends_on", "starts_on", "keyed_on", "served"), SERVED)
def test_days_served_beyond_the_end_count_from_billing(
    ends_on: date, starts_on: date, keyed_on: date, served: int
) -> None:
    agreed = agree(running(starts_on), ends_on, date(2022, 12, 2), keyed_on)
    arrived = date.fromordinal(ends_on.toordinal() - 30)
    noticed = running(starts_on).do(
        "notify_cancellation", BASE, keyed_on, "found", **notice(arrived, None, keyed_on)
    )
    for life in (agreed, noticed):
        row = next(e for e in reversed(life.entries) if e.event in ("end_by_agreement", "notify_cancellation"))
        assert life.contract.effective_on == ends_on
        assert [r.days for r in row.rulings if r.reading in ("R7", "R38") and r.days is not None] == [served]


def test_a_later_agreed_end_of_the_contract_does_not_change_the_notice_of_an_option() -> None:
    life = running(d(5, 1), d(5, 1)).notify(d(5, 20), subject=DRM)
    agree(life, d(9, 30), d(6, 1))
    assert (life.option.effective_on, life.option.decided_by) == (d(6, 19), "notice_period")
