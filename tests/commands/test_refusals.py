"""Every rule that guards a command refuses at least once, with its ruling, and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from lifecycle.machines.check import Refused
from lifecycle.machines.dossier import kind_of
from lifecycle.machines.table import CLOCK_EVENTS, EVENTS, OPENINGS, TABLES, NotPossible
from lifecycle.terms.editions import EDITIONS
from tests.commands import acts as contracts
from tests.commands.dated_refusals import DATED_REFUSALS
from tests.commands.diary import NOW, Diary, day, on
from tests.commands.part_refusals import PART_REFUSALS, leaving
from tests.machines.test_guards import CONTRACT, OPTION
from tests.machines.test_guards_of_parts import GUARDS

Act = Callable[[], Any]
Told = Callable[[Diary], Act]
REFUSALS: dict[str, tuple[str, str, Told]] = {}


def refusal(guard: str, rule: str, reading: str) -> Callable[[Told], Told]:
    """Enters a refusal into the table: the guard, the ruling it gives, and the act that meets it."""

    def enter(told: Told) -> Told:
        REFUSALS[guard] = (rule, reading, told)
        return told

    return enter


@refusal("application_in_form", "application_in_form", "R44")
def _(diary: Diary) -> Act:
    contract = diary.apply(in_form=False)
    return lambda: diary.do(contracts.accept, contract, NOW)


@refusal("form_missing", "form_missing", "R44")
def _(diary: Diary) -> Act:
    contract = diary.apply()
    return lambda: diary.do(contracts.enter, contract, "receive_form", arrived_on=day("2022-04-20"))


@refusal("laws_accepted", "laws_accepted", "R28")
def _(diary: Diary) -> Act:
    contract = diary.apply(laws_accepted=False)
    return lambda: diary.do(contracts.accept, contract, NOW)


@refusal("rights_cleared", "rights_cleared", "R28")
def _(diary: Diary) -> Act:
    contract = diary.apply(rights_cleared=False)
    return lambda: diary.do(contracts.accept, contract, NOW)


@refusal("administrator_named", "administrator_named", "R28")
def _(diary: Diary) -> Act:
    contract = diary.apply(personal={"customer": {"name": "x"}, "administrator": None})
    return lambda: diary.do(contracts.accept, contract, NOW)


@refusal("received_before_accepted", "received_before_accepted", "R34")
def _(diary: Diary) -> Act:
    contract = diary.apply()
    return lambda: diary.do(contracts.accept, contract, on("2022-04-19"))


@refusal("accepted_before_billing_start", "accepted_before_billing_start", "R34")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contracts.reschedule_billing, contract, day("2022-04-21"), reason="agreed")


@refusal("past_billing_start_needs_reason", "past_billing_start_needs_reason", "R34")
def _(diary: Diary) -> Act:
    contract = diary.apply()
    diary.today("2022-05-10")
    return lambda: diary.do(contracts.accept, contract, on("2022-04-22"))


@refusal("billing_not_begun", "billing_not_begun", "R33")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    diary.today("2022-05-02")
    diary.do(contracts.notify_cancellation, contract, NOW)
    return lambda: diary.do(contracts.reschedule_billing, contract, day("2022-05-15"))


@refusal("notice_under_terms_in_force", "terms_in_force", "R32")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contracts.notify_cancellation, contract, on("2020-11-30"), reason="found late")


@refusal("late_entry_needs_reason", "late_entry_needs_reason", "R7")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    diary.today("2022-07-12")
    return lambda: diary.do(contracts.notify_cancellation, contract, on("2022-06-10"))


@refusal("notice_after_acceptance", "notice_needs_a_contract", "R10")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    return lambda: diary.do(contracts.notify_cancellation, contract, on("2022-04-21"))


@refusal("notice_stands", "notice_stands", "R13")
def _(diary: Diary) -> Act:
    contract = diary.accepted()
    diary.do(contracts.notify_cancellation, contract, NOW)
    diary.do(contracts.notify_cancellation, contract, NOW)
    first = diary.contract(contract).notices[0].id
    diary.do(contracts.revoke_cancellation, contract, first, reason="agreed")
    return lambda: diary.do(contracts.revoke_cancellation, contract, first, reason="agreed")


@refusal("contract_accepted", "option_needs_accepted_contract", "R17")
def _(diary: Diary) -> Act:
    contract = diary.apply(options=[("drm", "D1")])
    return lambda: diary.accept_option(diary.option(contract).id)


@refusal("premium_on_start", "option_needs_premium", "R17")
def _(diary: Diary) -> Act:
    contract = diary.accepted(item="basic", options=[("drm", "D1")])
    return lambda: diary.accept_option(diary.option(contract).id)


@refusal("not_before_contract", "option_starts_with_base", "R17")
def _(diary: Diary) -> Act:
    contract = diary.accepted(options=[("drm", "D1")])
    return lambda: diary.accept_option(diary.option(contract).id, "2022-04-30")


@refusal("received_under_terms_in_force", "terms_in_force", "R32")
def _(diary: Diary) -> Act:
    return lambda: diary.apply(received=on("2020-11-30"))


@refusal("received_not_in_future", "not_in_future", "R34")
def _(diary: Diary) -> Act:
    return lambda: diary.apply(received=on("2022-04-21"))


@refusal("only_one_option", "one_option_at_a_time", "R17")
def _(diary: Diary) -> Act:
    contract, _ = diary.accepted_with_option()
    return lambda: diary.apply_for_option(contract, "D2")


WITH_LISTS = {guard.guard for guard in GUARDS if guard.case.editions is not EDITIONS} | {"applied_in_range"}
ALL = {**REFUSALS, **PART_REFUSALS, **DATED_REFUSALS}


@pytest.mark.parametrize("guard", ALL)
def test_the_rule_refuses_and_nothing_changes(diary: Diary, guard: str) -> None:
    rule, reading, told = ALL[guard]
    act = told(diary)
    before = diary.everything()
    with pytest.raises(Refused) as refused:
        act()
    assert (rule, reading) in {(ruling.rule, ruling.reading) for ruling in refused.value.rulings}
    assert all(ruling.article and ruling.because and ruling.because_ja for ruling in refused.value.rulings)
    assert diary.everything() == before


def test_a_billing_start_cannot_move_when_an_item_change_relies_on_the_end_of_the_option(diary: Diary) -> None:
    contract, _ = leaving(diary)
    with pytest.raises(Refused) as refused:
        diary.do(contracts.reschedule_billing, contract, day("2022-05-15"))
    assert [(ruling.rule, ruling.reading) for ruling in refused.value.rulings] == [("change_relies_on_end", "R19")]


def test_every_rule_has_a_refusal_here() -> None:
    of_events = {
        rule.__name__
        for table in TABLES.values()
        for (_, event), edges in table.items()
        if event not in CLOCK_EVENTS
        for edge in edges
        for rule in edge.rules
    }
    of_openings = {rule.__name__ for event in OPENINGS.values() for rule in event.rules}
    assert of_events | of_openings >= ALL.keys()
    assert (of_events | of_openings) - ALL.keys() <= rules_of_other_settings()


def rules_of_other_settings() -> set[str]:
    """Rules that refuse nothing under the settings in force: their guards are tried under other ones."""
    return {
        rule.__name__
        for guard in (*CONTRACT, *OPTION)
        if guard.case.editions is not EDITIONS
        for rule in EVENTS[kind_of(guard.case.subject)][guard.event].rules
        if rule(guard.case)
    } | WITH_LISTS


def test_every_rule_that_refuses_is_named_at_once(diary: Diary) -> None:
    contract = diary.apply(laws_accepted=False, rights_cleared=False, personal={"customer": {"name": "x"}})
    with pytest.raises(Refused) as refused:
        diary.do(contracts.accept, contract, on("2022-04-19"), day("2022-04-18"))
    assert [ruling.rule for ruling in refused.value.rulings] == [
        "laws_accepted", "rights_cleared", "administrator_named", "received_before_accepted",
        "accepted_before_billing_start", "past_billing_start_needs_reason",
    ]  # fmt: skip


@pytest.mark.parametrize("command", [contracts.reject, contracts.withdraw, contracts.revoke_cancellation])
def test_a_command_that_the_state_does_not_allow_is_refused_with_the_state(diary: Diary, command: Any) -> None:
    contract = diary.accepted()
    before = diary.everything()
    with pytest.raises(NotPossible) as refused:
        diary.do(command, contract, reason="no")
    assert refused.value.state == "accepted"
    assert diary.everything() == before
