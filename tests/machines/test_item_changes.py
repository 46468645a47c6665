"""Item changes: the earliest day, the order with notices, and what they never change."""

from datetime import date
from itertools import product

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.items import item_on
from lifecycle.terms.calendar import start_of
from tests.machines.fuller import CHANGE, Full, full
from tests.machines.life import BASE, DRM, at, d, days

DAY = days(1)


def earliest(life: Full, on: date, asked: date) -> date:
    with pytest.raises(Refused) as refusal:
        life.accept_change(asked, on)
    (ruling,) = refusal.value.rulings
    assert (ruling.rule, ruling.reading, ruling.article) == ("option_needs_premium", "R19", "Art. 5(3)")
    assert DRM in ruling.because and ruling.on is not None
    return ruling.on


@pytest.mark.parametrize(
    ("option_start", "on"), [*product((d(5, 1), d(5, 5), d(6, 15)), (d(5, 10), d(5, 31), d(6, 14)))]
)
def test_the_earliest_day_named_is_the_earliest_there_is(option_start: date, on: date) -> None:
    def living() -> Full:
        life = full(d(5, 1), option_start)
        life.ask_change("basic", on)
        return life

    named = earliest(living(), on, on + DAY)
    cancelled = living()
    cancelled.notify(on, subject=DRM)
    assert earliest(cancelled, on, named - DAY) == named, "the day before is refused, and names the same day"
    cancelled.accept_change(named, on)
    cancelled.until(at(named))
    assert (cancelled.contract.item, cancelled.option.state) == ("basic", "terminated")


def test_an_option_cancelled_already_sets_the_day_after_its_end() -> None:
    life = full(d(5, 1), d(5, 1))
    life.notify(d(5, 2), d(8, 31), DRM)
    life.ask_change("basic", d(5, 3))
    assert earliest(life, d(5, 3), d(6, 1)) == d(9, 1)


def test_an_option_that_is_not_accepted_does_not_block_an_item_change() -> None:
    life = full(d(5, 1))
    life.apply_option()
    life.changed("basic", d(6, 1), d(5, 3))
    with pytest.raises(Refused, match="Basic"):
        life.accept(d(5, 10), d(5, 4), DRM)


# The notice leads to E; the change is for C. Which comes first, and what becomes of the change.
ENDS_ON = d(6, 30)
CROSSINGS = [
    (order, changes_on, "effective" if changes_on <= ENDS_ON else "rejected")
    for order in ("notice first", "change first", "applied, notice, accepted")
    for changes_on in (d(6, 10), ENDS_ON - DAY, ENDS_ON, ENDS_ON + DAY, ENDS_ON + 2 * DAY)
]


@pytest.mark.parametrize(("order", "changes_on", "becomes"), CROSSINGS)
def test_a_change_and_a_notice_that_cross(order: str, changes_on: date, becomes: str) -> None:
    life = full(item="basic")
    if order == "notice first":
        life.notify(d(5, 10), ENDS_ON)
    life.ask_change("premium", d(5, 11))
    if order == "applied, notice, accepted":
        life.notify(d(5, 12), ENDS_ON)
    if becomes == "rejected" and order != "change first":
        with pytest.raises(Refused) as refusal:
            life.accept_change(changes_on, d(5, 13))
        (ruling,) = refusal.value.rulings
        assert (ruling.rule, ruling.reading, ruling.on) == ("contract_over", "R19", ENDS_ON)
    else:
        life.accept_change(changes_on, d(5, 13))
    if order == "change first":
        life.notify(d(5, 14), ENDS_ON)
    notice = life.contract.notices[0].id
    life.until(ENDS_ON + 5 * DAY)
    assert (life.contract.state, life.change.state) == ("terminated", becomes)
    assert life.contract.item == ("premium" if becomes == "effective" else "basic")
    last = [entry for entry in life.entries if entry.subject.id == CHANGE][-1]
    if becomes == "rejected":
        assert (last.event, last.act.caused_by) == ("lapse", notice)
        assert last.act.effective_at == life.entries[-2].act.effective_at, "in the same instant as the end"
        assert [entry.event for entry in life.entries[-2:]] == ["terminate", "lapse"], "the end goes first (R15)"
        assert [ruling.rule for ruling in last.rulings] == ["contract_over"]
    else:
        assert last.act.caused_by == f"{CHANGE}.2"


def test_a_revoked_notice_lets_the_item_change_take_effect() -> None:
    life = full(item="basic").changed("premium", d(7, 15), d(5, 11))
    life.notify(d(5, 12))
    assert life.change.due_event == "lapse"
    life.revoke(d(5, 13))
    assert (life.change.due_event, life.until(at(d(7, 15))).contract.item) == ("take_effect", "premium")


def test_of_two_notices_the_lapse_names_the_one_that_decides() -> None:
    life = full(item="basic").changed("premium", d(9, 15), d(5, 11))
    life.notify(d(5, 12)).notify(d(5, 13), d(8, 1)).until(at(d(7, 1)))
    assert life.last.event == "lapse" and life.last.act.caused_by == life.contract.notices[0].id


def test_a_change_never_restarts_the_minimum_term_nor_touches_the_end() -> None:
    life = full(d(5, 1), item="basic").notify(d(5, 20), d(8, 1))
    before = life.contract
    life.changed("premium", d(5, 25), d(5, 21)).until(at(d(5, 25)))  # type: ignore[attr-defined]
    for name in ("billing_starts_on", "minimum_term_ends_on", "effective_on", "decided_by", "due_at", "state"):
        assert getattr(life.contract, name) == getattr(before, name)
    assert [entry.event for entry in life.entries[-2:]] == ["take_effect", "change_item"]
    assert life.last.act.caused_by == f"{CHANGE}.3"


def test_the_end_of_an_option_cannot_be_revoked_while_a_change_relies_on_it() -> None:
    life = full(d(5, 1), d(5, 1))
    life.notify(d(5, 2), d(6, 30), DRM)
    life.changed("basic", d(7, 1), d(5, 3))
    with pytest.raises(Refused, match="withdraw it first") as refusal:
        life.revoke(d(5, 4), subject=DRM)
    assert [ruling.reading for ruling in refusal.value.rulings] == ["R19"]
    life.do("withdraw", CHANGE, d(5, 5)).revoke(d(5, 6), subject=DRM)
    assert life.option.state == "billing"


def test_the_notice_of_the_contract_can_be_revoked_whatever_a_change_relies_on() -> None:
    life = full(d(5, 1), d(5, 1))
    life.notify(d(5, 2), d(6, 30), DRM)
    life.changed("basic", d(7, 1), d(5, 3)).notify(d(5, 4), d(6, 15)).revoke(d(5, 5))
    life.until(at(d(7, 1)))
    assert (life.contract.item, life.option.state) == ("basic", "terminated")


def test_moving_the_billing_start_may_not_carry_an_option_beyond_the_change() -> None:
    life = full(d(5, 20), d(5, 20))
    life.notify(d(5, 1), d(6, 30), DRM)
    life.changed("basic", d(7, 1), d(5, 3))
    with pytest.raises(Refused, match="withdraw it first"):
        life.reschedule(d(6, 15), d(5, 4))


def test_two_changes_in_a_row_give_a_timeline() -> None:
    life = full(d(5, 1), item="basic").changed("premium", d(6, 1), d(5, 3))
    life.changed("basic", d(7, 1), d(5, 4), "i_2")

    def timeline() -> list[str | None]:
        return [item_on(life.dossier, day) for day in (d(5, 31), d(6, 1), d(6, 30), d(7, 1))]

    wanted = ["basic", "premium", "premium", "basic"]
    assert timeline() == wanted
    life.until(at(d(6, 1)))
    assert timeline() == wanted
    life.until(at(d(7, 1)))
    assert timeline() == wanted and life.contract.item == "basic"
    assert [change.former_item for change in life.dossier.item_changes] == ["basic", "premium"]


def test_a_change_entered_late_takes_effect_as_of_its_day() -> None:
    late = full(d(5, 1), item="basic").ask_change("premium", d(5, 8))
    late.do("accept", CHANGE, d(5, 20), "found late", accepted_on=d(5, 8), effective_on=d(5, 9), fee_yen=None,
            at=at(d(5, 8)))  # fmt: skip
    late.until(at(d(5, 20)))
    entry = next(e for e in late.entries if e.event == "take_effect")
    assert (entry.act.effective_at, entry.act.now) == (start_of(d(5, 9)), at(d(5, 20)))
    assert item_on(late.dossier, d(5, 8)) == "basic" and item_on(late.dossier, d(5, 9)) == "premium"


def test_item_changes_lapse_when_their_contract_is_rejected() -> None:
    life = Full().apply(item="basic").ask_change("premium", d(4, 2))  # type: ignore[attr-defined]
    life.do("reject", BASE, d(4, 3), "no")
    assert life.change.state == "rejected"


def test_an_application_for_a_change_lapses_with_the_contract() -> None:
    life = full(item="basic").ask_change("premium", d(5, 2))
    life.notify(d(5, 3)).until(at(d(6, 4)))
    assert life.change.state == "rejected" and life.last.event == "lapse"
    assert [ruling.rule for ruling in life.last.rulings] == ["contract_over"]


def test_a_fee_without_a_value_is_null_and_not_zero() -> None:
    life = full(item="basic").changed("premium", d(6, 1), d(5, 3))
    assert life.last.rulings[0].amount_yen is None and "not set" in life.last.rulings[0].because
    agreed = full(item="basic").changed("premium", d(6, 1), d(5, 3), fee_yen=0)
    assert agreed.last.rulings[0].amount_yen == 0
