"""The DRM option's lifecycle: its own term and notices, and never longer than its contract (Art. 5)."""

from statemachine import State, StateMachine

from lifecycle.machines import guards
from lifecycle.machines.check import rules
from lifecycle.machines.timers import due


class DrmOptionLifecycle(StateMachine):
    """As the contract's; besides, the contract's end ends it from any living state (R18)."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    applied = State(initial=True)
    accepted = State()
    billing = State()
    cancel_notified = State()
    terminated = State(final=True)
    rejected = State(final=True)
    withdrawn = State(final=True)

    _start = (guards.accepted_before_billing_start, guards.premium_on_start, guards.not_before_contract)
    accept = applied.to(
        accepted,
        validators=rules(
            guards.contract_accepted,
            guards.acceptance_not_in_future,
            guards.received_before_accepted,
            *_start,
            guards.past_billing_start_needs_reason,
        ),
    )
    reject = applied.to(rejected)
    withdraw = applied.to(withdrawn)

    _reschedule = rules(guards.billing_not_begun, *_start, guards.past_billing_start_needs_reason)
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

    _taken_back = rules(guards.notice_stands, guards.no_change_relies_on_its_end)
    revoke_cancellation = (
        cancel_notified.to(cancel_notified, cond=guards.others_stand, validators=_taken_back)
        | cancel_notified.to(billing, cond=guards.billing_has_begun, validators=_taken_back)
        | cancel_notified.to(accepted, validators=_taken_back)
    )

    _starts, _ends = rules(due("start_billing")), rules(due("terminate"))
    start_billing = accepted.to(billing, validators=_starts) | cancel_notified.to(
        cancel_notified, validators=_starts
    )
    terminate = (
        accepted.to(terminated, validators=_ends)
        | billing.to(terminated, validators=_ends)
        | cancel_notified.to(terminated, validators=_ends)
    )
