"""The contract's lifecycle: from application to termination (Art. 2, 6, 7)."""

from statemachine import State, StateMachine

from lifecycle.machines import guards
from lifecycle.machines.check import rules
from lifecycle.machines.timers import due


class ContractLifecycle(StateMachine):
    """States, events and the rules that guard each transition. `start_billing` and `terminate` are the clock's."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    applied = State(initial=True)
    accepted = State()
    billing = State()
    cancel_notified = State()
    terminated = State(final=True)
    rejected = State(final=True)
    withdrawn = State(final=True)

    accept = applied.to(
        accepted,
        validators=rules(
            guards.laws_accepted,
            guards.rights_cleared,
            guards.administrator_named,
            guards.acceptance_not_in_future,
            guards.received_before_accepted,
            guards.accepted_before_billing_start,
            guards.past_billing_start_needs_reason,
        ),
    )
    reject = applied.to(rejected)
    withdraw = applied.to(withdrawn)

    _reschedule = rules(
        guards.billing_not_begun,
        guards.accepted_before_billing_start,
        guards.past_billing_start_needs_reason,
        guards.no_change_relies_on_its_end,
    )
    reschedule_billing = accepted.to(accepted, validators=_reschedule) | cancel_notified.to(
        cancel_notified, validators=_reschedule
    )

    _notice = rules(
        guards.notice_under_terms_in_force,
        guards.arrival_not_in_future,
        guards.late_entry_needs_reason,
        guards.notice_after_acceptance,
    )
    notify_cancellation = (
        accepted.to(cancel_notified, validators=_notice)
        | billing.to(cancel_notified, validators=_notice)
        | cancel_notified.to(cancel_notified, validators=_notice)
    )

    _company = rules(guards.company_end_after_acceptance, guards.past_end_is_not_rewritten)
    end_by_company = (
        accepted.to(cancel_notified, validators=_company)
        | billing.to(cancel_notified, validators=_company)
        | cancel_notified.to(cancel_notified, validators=_company)
    )

    _taken_back = rules(guards.notice_stands)
    revoke_cancellation = (
        cancel_notified.to(cancel_notified, cond=guards.others_stand, validators=_taken_back)
        | cancel_notified.to(billing, cond=guards.billing_has_begun, validators=_taken_back)
        | cancel_notified.to(accepted, validators=_taken_back)
    )

    _starts, _ends = rules(due("start_billing")), rules(due("terminate"))
    start_billing = accepted.to(billing, validators=_starts) | cancel_notified.to(
        cancel_notified, validators=_starts
    )
    terminate = cancel_notified.to(terminated, validators=_ends)
    _held = rules(due("hold_billing"))
    hold_billing = accepted.to(accepted, validators=_held) | cancel_notified.to(cancel_notified, validators=_held)
    change_item = accepted.to(accepted) | billing.to(billing) | cancel_notified.to(cancel_notified)

    _condition = rules(guards.needs_open_condition)
    meet_condition = (
        applied.to(applied, validators=_condition)
        | accepted.to(accepted, validators=_condition)
        | billing.to(billing, validators=_condition)
        | cancel_notified.to(cancel_notified, validators=_condition)
    )
    waive_condition = (
        applied.to(applied, validators=_condition)
        | accepted.to(accepted, validators=_condition)
        | billing.to(billing, validators=_condition)
        | cancel_notified.to(cancel_notified, validators=_condition)
    )
    change_administrator = (
        applied.to(applied) | accepted.to(accepted) | billing.to(billing) | cancel_notified.to(cancel_notified)
    )

    _found = rules(guards.finding_not_in_future)
    report_misuse = (
        applied.to(applied, validators=_found)
        | accepted.to(accepted, validators=_found)
        | billing.to(billing, validators=_found)
        | cancel_notified.to(cancel_notified, validators=_found)
    )
    _reported = rules(guards.report_on_record)
    follow_up_misuse = (
        applied.to(applied, validators=_reported)
        | accepted.to(accepted, validators=_reported)
        | billing.to(billing, validators=_reported)
        | cancel_notified.to(cancel_notified, validators=_reported)
    )
