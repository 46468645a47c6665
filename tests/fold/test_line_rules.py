"""Rules over all days: each item change changes the item, and no option is on a Basic day (R17, R19)."""

from typing import Any

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.enter import InvalidatedEntries, enter
from tests.fold.desk import Desk
from tests.fold.short_contracts import book, key
from tests.fold.translate import translated
from tests.oracle.diary import at, change, changed, contract, option, running
from tests.oracle.entries import Entry

WITH_OPTION = [
    *running("2022-05-01"),
    option("apply", "2022-04-01"),
    option("accept", "2022-04-01", billing_starts_on="2022-05-01"),
]
LATER = contract("change_administrator", "2022-07-20")  # whatever comes now of days before is late


def refused(desk: Desk, when: str, entry: Entry) -> list[str]:
    with pytest.raises(Refused) as refusal:
        key(desk, when, entry)
    return [ruling.rule for ruling in refusal.value.rulings]


def invalidated(desk: Desk, when: str, entry: Entry) -> list[str]:
    """The entries that lose their effect by an entry, as the service names them."""
    desk.until(at(when))
    made = translated(entry, at(when), desk.names, desk.stored, len(desk.written))
    with pytest.raises(InvalidatedEntries) as refusal:
        enter(desk.book, made)
    return [desk.names.of_row(invalid.entry.id) for invalid in refusal.value.invalid]


def state(desk: Desk, subject: str) -> Any:
    return desk.dossier.subject(desk.names.subjects[subject]).state


@pytest.mark.parametrize("keyed", ["2022-06-30 09:00", "2022-07-21 09:00"])
def test_a_terminated_option_blocks_an_item_change_on_a_day_it_was_in_force(keyed: str) -> None:
    desk = book(*WITH_OPTION, option("notify_cancellation", "2022-05-21", chosen_on=None))  # it ends on 20 June
    if keyed > "2022-07-20":
        key(desk, "2022-07-20 09:00", LATER)
    asked, accepted = changed("basic", "2022-06-14", "2022-06-15", "2022-06-18")
    key(desk, keyed, asked)
    assert refused(desk, keyed, accepted) == ["option_needs_premium"]
    key(desk, keyed, accepted.but(effective_on=at("2022-06-21").date()))
    assert state(desk, "change-1") == "effective"


def test_an_item_change_entered_late_changes_the_item() -> None:
    desk = book(*running("2022-05-01"), LATER)
    asked, accepted = changed("premium", "2022-06-01", "2022-06-02", "2022-06-10")
    key(desk, "2022-07-21 09:00", asked)
    assert refused(desk, "2022-07-21 09:00", accepted) == ["another_item"]


def test_one_change_a_day() -> None:
    desk = book(*running("2022-05-01"), *changed("basic", "2022-06-01", "2022-06-02", "2022-06-10"), LATER)
    asked, accepted = changed("premium", "2022-06-03", "2022-06-04", "2022-06-10", subject="change-2")
    key(desk, "2022-07-21 09:00", asked)
    assert refused(desk, "2022-07-21 09:00", accepted) == ["changes_in_order"]


@pytest.mark.parametrize("first", [1, 2])
def test_of_two_changes_to_one_item_the_one_accepted_later_is_invalidated_in_any_order_of_entry(
    first: int,
) -> None:
    earlier = changed("basic", "2022-06-01", "2022-06-02", "2022-06-20")
    later = changed("basic", "2022-06-03", "2022-06-04", "2022-06-10", subject="change-2")
    desk = book(*running("2022-05-01"), LATER)
    for asked, _ in (earlier, later):
        key(desk, "2022-07-21 09:00", asked)
    if first == 1:
        key(desk, "2022-07-21 10:00", earlier[1])
        assert refused(desk, "2022-07-21 11:00", later[1]) == ["another_item"]
        return
    key(desk, "2022-07-21 10:00", later[1])
    assert invalidated(desk, "2022-07-21 11:00", earlier[1]) == [later[1].id]
    key(desk, "2022-07-21 11:00", earlier[1])
    assert (state(desk, "change-1"), state(desk, "change-2")) == ("effective", "applied")


def test_an_invalidated_change_takes_effect_again_when_the_rules_allow_it() -> None:
    earlier = changed("basic", "2022-06-01", "2022-06-02", "2022-06-20")
    later = changed("basic", "2022-06-03", "2022-06-04", "2022-06-10", subject="change-2")
    desk = book(*running("2022-05-01"), LATER)
    key(desk, "2022-07-21 10:00", later[0], earlier[0], later[1], earlier[1])
    assert (state(desk, "change-1"), state(desk, "change-2")) == ("effective", "applied")
    key(desk, "2022-07-22 09:00", change("withdraw", "2022-06-05", subject="change-1"))
    assert (state(desk, "change-1"), state(desk, "change-2")) == ("withdrawn", "effective")


def test_an_option_entered_late_needs_premium_on_all_its_days() -> None:
    desk = book(*running("2022-05-01"), *changed("basic", "2022-06-01", "2022-06-02", "2022-06-10"), LATER)
    asked, accepted = option("apply", "2022-06-03"), option("accept", "2022-06-04", billing_starts_on="2022-06-05")
    key(desk, "2022-07-21 09:00", asked)
    assert refused(desk, "2022-07-21 09:00", accepted) == ["option_needs_premium"]


def test_a_revocation_can_invalidate_a_change_that_relies_on_the_notice() -> None:
    """The change to Basic relies on the option's end: the consent invalidates it in the same command (R37)."""
    gone = option("notify_cancellation", "2022-05-21", "letter", chosen_on=None)
    desk = book(*WITH_OPTION, gone, *changed("basic", "2022-06-01", "2022-06-02", "2022-06-21"), LATER)
    consent = option("revoke_cancellation", "2022-06-01", notice="letter")
    assert invalidated(desk, "2022-07-21 09:00", consent) == ["change-1 accept 2022-06-02"]
