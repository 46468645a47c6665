"""The item change's lifecycle: applied for, accepted, effective by the clock (Art. 1, 7; R15, R19, R22)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from statemachine import State, StateMachine

from lifecycle.machines import guards
from lifecycle.machines.check import Case, about_given, given, rules
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Changes, Effect, Given, unchanged
from lifecycle.machines.ends import deciding_notice
from lifecycle.machines.items import binding_after, item_as_if_in_force
from lifecycle.machines.parts import ItemChange
from lifecycle.machines.timers import due
from lifecycle.terms import item_change as terms_of_change
from lifecycle.terms.art6_cancellation import effect
from lifecycle.terms.calendar import DAY, end_of, start_of
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


@about_given
def change_not_in_the_past(case: Case) -> Ruling | None:
    """R34."""
    late = given(case, "effective_on") < case.now_day and not case.reason
    return (
        terms_of_change.past_change_needs_reason(given(case, "effective_on"), case.now_day, case.terms())
        if late
        else None
    )


@about_given
def accepted_before_effective(case: Case) -> Ruling | None:
    """R34."""
    accepted_on, effective_on = given(case, "accepted_on"), given(case, "effective_on")
    return terms_of_change.change_after_acceptance(accepted_on, effective_on, case.terms())


@about_given
def another_item(case: Case) -> Ruling | None:
    """Art. 1: compared with the item of the day before."""
    before = item_as_if_in_force(case.dossier, given(case, "effective_on") - DAY)
    return terms_of_change.needs_another_item(before, case.subject.item, case.terms())


@about_given
def no_option_in_the_way(case: Case) -> Ruling | None:
    """Art. 5(3), R19: every option accepted and alive on that day stands in the way."""
    effective_on, terms = given(case, "effective_on"), case.terms()
    for option in case.dossier.options:
        if option.live and option.accepted_on is not None:
            today = effect(case.now_day, None, option.billing_starts_on, case.editions, option=True)
            refusing = terms_of_change.option_in_the_way(
                option.id, option.effective_on, today.effective_on, case.subject.item, effective_on, terms
            )
            if refusing:
                return refusing
    return None


@about_given
def within_the_contract(case: Case) -> Ruling | None:
    """R15."""
    ends_on = case.dossier.contract.effective_on
    if ends_on is None:
        return None
    return terms_of_change.contract_over(ends_on, given(case, "effective_on"), case.terms())


@about_given
def after_the_others(case: Case) -> Ruling | None:
    """R19: changes are accepted in the order of their days, each resting on the one before."""
    later = binding_after(case.dossier, given(case, "effective_on"))
    return terms_of_change.changes_in_order(later.id, later.effective_on, case.terms()) if later else None


def no_later_change(case: Case) -> Ruling | None:
    """R19: the change that a later one rests on is not withdrawn before that one."""
    change = case.subject
    later = binding_after(case.dossier, change.effective_on + DAY)
    return terms_of_change.changes_in_order(later.id, later.effective_on, case.terms()) if later else None


def no_option_relies_on_the_change(case: Case) -> Ruling | None:
    """Art. 5(3), R17: an accepted move to Premium counts for the option, so it stays while the option lives."""
    change, terms = case.subject, case.terms()
    relying = [o.id for o in case.dossier.options if o.live and o.accepted_on is not None]
    if change.item != terms.option_item or not relying:
        return None
    return terms_of_change.option_relies_on_change(relying[0], change.id, terms)


class ItemChangeLifecycle(StateMachine):
    """`take_effect` is the clock's; so is `lapse`, where the contract ends first."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    applied = State(initial=True)
    accepted = State()
    effective = State(final=True)
    rejected = State(final=True)
    withdrawn = State(final=True)

    accept = applied.to(
        accepted,
        validators=rules(
            guards.contract_accepted_for_change,
            guards.acceptance_not_in_future,
            guards.received_before_accepted,
            accepted_before_effective,
            change_not_in_the_past,
            another_item,
            no_option_in_the_way,
            within_the_contract,
            after_the_others,
        ),
    )
    reject = applied.to(rejected)
    withdraw = applied.to(withdrawn) | accepted.to(
        withdrawn, validators=rules(no_later_change, no_option_relies_on_the_change)
    )
    take_effect = accepted.to(effective, validators=rules(due("take_effect")))
    _lapses = rules(due("lapse"))
    lapse = applied.to(rejected, validators=_lapses) | accepted.to(rejected, validators=_lapses)


def accept(change: ItemChange, given: Given, row: str) -> Changes:
    """Records the acceptance, the day and the fee as agreed."""
    return {name: given[name] for name in ("accepted_on", "effective_on", "fee_yen")} | {"effective_from": row}


def take_effect(change: ItemChange, given: Given, row: str) -> Changes:
    """Keeps the item that was replaced."""
    return {"former_item": given["former_item"]}


EFFECTS: Mapping[str, Effect] = {
    "apply": unchanged,
    "accept": accept,
    "reject": unchanged,
    "withdraw": unchanged,
    "lapse": unchanged,
    "take_effect": take_effect,
}


def given_of_clock(dossier: Dossier, change: ItemChange, event: str) -> dict[str, Any]:
    """The facts of the change's timer."""
    if event != "take_effect":
        return {}
    return {"item": change.item, "former_item": dossier.contract.item, "effective_on": change.effective_on}


def derive(change: ItemChange, dossier: Dossier) -> ItemChange:
    """Its timer: effective on its day, unless the contract ends first (R15: the end goes before the change)."""
    if not change.live:
        return change.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    takes_effect = start_of(change.effective_on) if change.effective_on is not None else None
    if over is not None and (takes_effect is None or over <= takes_effect):
        return change.replace(due_event="lapse", due_at=over)
    if takes_effect is None:
        return change.replace(due_event=None, due_at=None)
    return change.replace(due_event="take_effect", due_at=takes_effect)


def cause(change: ItemChange, dossier: Dossier, editions: Editions) -> str | None:
    """The acceptance, or where the contract's end cut it off, the notice that decided that end."""
    if change.due_event == "take_effect":
        return change.effective_from
    return deciding_notice(dossier.contract, editions)


def governed_on(event: str, case: Case) -> date:
    """The day whose version of the terms governs the event (R32)."""
    named = {"accept": "accepted_on", "take_effect": "effective_on"}.get(event)
    day: date = given(case, named) if named else case.subject.received_on
    return day


def rulings_of(event: str, case: Case, after: ItemChange, editions: Editions) -> tuple[Ruling, ...]:
    """The rulings of an event of the change."""
    terms = editions.on(governed_on(event, case))
    if event == "apply":
        return (editions.in_force(after.received_on),)
    if event == "accept":
        assert after.accepted_on is not None and after.effective_on is not None
        before = item_as_if_in_force(case.dossier, after.effective_on - DAY)
        return (
            terms_of_change.one_off_fee(after.fee_yen, after.accepted_on, terms),
            terms_of_change.changes_on(before, after.item, after.effective_on, terms),
        )
    if event == "take_effect":
        assert after.former_item is not None and after.effective_on is not None
        return (terms_of_change.changes_on(after.former_item, after.item, after.effective_on, terms),)
    ends_on = case.dossier.contract.effective_on
    if event == "lapse" and ends_on is not None:
        over = terms_of_change.contract_over(ends_on, after.effective_on or ends_on + DAY, terms)
        return (over,) if over else ()
    return ()
